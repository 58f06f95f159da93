"""One object under validation, and the small checks that many fields share.

A plain class, because importing `dataclasses` takes as long as judging a hundred manifests.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from iacrl.domains.kubernetes.findings import Findings
from iacrl.domains.kubernetes.grammar import Check
from iacrl.domains.kubernetes.rules.common import (
    MALFORMED,
    NEGATIVE_QUANTITY,
    OUT_OF_RANGE,
    PERCENTAGE,
    QUANTITY,
    REQUIRED,
    UNSUPPORTED_VALUE,
    Named,
    Step,
)
from iacrl.domains.paths import Steps, path_text
from iacrl.domains.quantities import meant_quantity, parse_quantity
from iacrl.domains.rules import Rule
from iacrl.errors import did_you_mean

#: Why an object is not checked in full.
TOO_MUCH = "a regular expression or a rule that takes too long"


class Manifest:
    """One object under validation.

    Attributes:
        values: The whole object, as plain data.
        document: Index of its YAML document.
        steps: Its place in that document: empty, or `("items", 2)` in a List.
        findings: Collects what `report` adds; shared by all objects of a text.
        version: The Kubernetes minor version to judge by, as in `1.37`.
        name, namespace: Empty if they are absent or not strings.
        judged: Whether there was a schema and every rule was run.
        borrowed: Whether the kind has a name of Kubernetes' own, in a group that does not serve it.
        sound: Whether the object fits its schema, so that all fields have the API's types.
    """

    __slots__ = (
        "api_version", "borrowed", "document", "findings", "judged", "kind", "name", "namespace", "sound", "steps",
        "values", "version",
    )  # fmt: skip

    def __init__(self, values: dict[str, Any], document: int, steps: Steps, findings: Findings, version: str) -> None:
        self.values = values
        self.document = document
        self.steps = steps
        self.findings = findings
        self.version = version
        self.api_version = ""
        self.kind = ""
        self.name = ""
        self.namespace = ""
        self.judged = True
        self.borrowed = False
        self.sound = False

    @property
    def group(self) -> str:
        """The API group, empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def minor(self) -> int:
        """The minor version as a number: 37 for `1.37`."""
        return int(self.version.partition(".")[2])

    def report(self, rule: Rule, message: str, *steps: str | int) -> None:
        """Add a finding about the value at `steps` of this object."""
        self.findings.add(rule, message, self.document, (*self.steps, *steps))

    def report_key(self, rule: Rule, message: str, *steps: str | int) -> None:
        """Add a finding about the key that the last step names."""
        self.findings.add(rule, message, self.document, (*self.steps, *steps), "key")

    def one_of(self, value: Any, allowed: Collection[str], *steps: Step) -> bool:
        """Report a value that is not in `allowed`; an absent one gets the API's default.

        If the API server has the field as a plain string, not as a pointer, an empty text is absent too. Pass such a
        field as `value or None`.
        """
        if value is None or value in allowed:
            return True
        same = next((word for word in allowed if word.lower() == str(value).lower()), None)
        near = f" Did you mean {same!r}?" if same else did_you_mean(str(value), allowed)
        words = ", ".join(sorted(allowed))
        self.report(UNSUPPORTED_VALUE, f"{path_text(steps)} is {value!r}.{near} It takes one of: {words}.", *steps)
        return False

    def within(self, value: Any, low: int, high: int | None, *steps: Step) -> bool:
        """Report a number outside low to high; an absent one is fine."""
        if value is None or (value >= low and (high is None or value <= high)):
            return True
        limit = f"at least {low}" if high is None else f"from {low} to {high}"
        self.report(OUT_OF_RANGE, f"{path_text(steps)} is {value}; it must be {limit}.", *steps)
        return False

    def follows(self, value: str | None, grammar: Check, *steps: Step) -> bool:
        """Report a text that does not match a grammar; an absent one is fine."""
        if value is None or (why := grammar(value)) is None:
            return True
        self.report(MALFORMED, f"{path_text(steps)} {value!r}: {why}.", *steps)
        return False

    def needs(self, holder: dict[str, Any], field: str, *steps: Step) -> bool:
        """Report a field that is absent or empty."""
        if holder.get(field) not in (None, "", [], {}):
            return True
        at = (*steps, field) if field in holder else steps
        self.report(REQUIRED, f"{path_text((*steps, field))} is required.", *at)
        return False

    def must_follow(self, holder: dict[str, Any], field: str, grammar: Check, *steps: Step) -> bool:
        """Report a field that is absent or empty, or does not match a grammar."""
        return self.needs(holder, field, *steps) and self.follows(holder[field], grammar, *steps, field)

    def quantity(self, value: Any, *steps: Step, positive: bool = False) -> bool:
        """Report a malformed or negative quantity; an absent one is fine."""
        if value is None:
            return True
        amount = parse_quantity(value)
        if amount is None:
            meant = meant_quantity(value) if isinstance(value, str) else ""
            self.report(QUANTITY, f"{path_text(steps)} {value!r} is not a quantity.{meant}", *steps)
            return False
        if amount < 0 or (positive and amount == 0):
            least = "more than nothing" if positive else "at least nothing"
            self.report(NEGATIVE_QUANTITY, f"{path_text(steps)} is {value}; it must be {least}.", *steps)
            return False
        return True

    def number_or_percentage(self, value: Any, *steps: Step, whole: int | None = None) -> bool:
        """Report a value that is neither a count of pods nor a percentage (of at most `whole` %)."""
        if value is None:
            return True
        if isinstance(value, int):
            good = value >= 0
        else:
            digits = value.removesuffix("%")
            good = digits != value and digits.isascii() and digits.isdigit()
            good = good and (whole is None or int(digits[:9]) <= whole)
        if not good:
            limit = f" of at most {whole}%" if whole is not None else ""
            self.report(
                PERCENTAGE,
                f"{path_text(steps)} is {value!r}; write a count such as 1, or a percentage{limit} such as 25%.",
                *steps,
            )
        return good

    def unique(self, rule: Rule, what: str, elements: Iterable[tuple[tuple[Step, ...], Any]], *fields: str) -> None:
        """Report each element after the first with the same texts in these fields, at the first of the fields."""
        named = [(tuple(each.get(field) or "" for field in fields), (*at, fields[0])) for at, each in elements]
        self.report_duplicates(rule, named, what)

    def report_duplicates(self, rule: Rule, named: Named, what: str) -> None:
        """Report each entry after the first of those with the same identity, at its steps."""
        seen: set[Any] = set()
        for identity, steps in named:
            if identity in seen:
                words = "/".join(map(str, identity)) if isinstance(identity, tuple) else identity
                self.report(rule, f"{path_text(steps)}: {what} {words!r} is already taken.", *steps)
            seen.add(identity)
