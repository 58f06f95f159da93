"""Rules that many fields share, and the small checks that apply them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from iacrl.domains.kubernetes.findings import Manifest
from iacrl.domains.kubernetes.grammar import Check
from iacrl.domains.kubernetes.rules.rule_sources import machinery, page, reference
from iacrl.domains.paths import path_text
from iacrl.domains.quantities import meant_quantity, parse_quantity
from iacrl.domains.rules import Rule, coded_rule
from iacrl.errors import did_you_mean

UNSUPPORTED_VALUE = coded_rule(
    "KB400",
    "Unsupported value",
    "The field takes one of a few words, written exactly as the API has them (`ClusterIP`, `Always`, `TCP`), and "
    "this is none of them. The OpenAPI schema only says that it is a string.",
    machinery("util/validation/field/errors.go", "NotSupported"),
)
REQUIRED = coded_rule(
    "KB401",
    "Required value",
    "The API server refuses the object when this field is absent or empty, though its schema lets that pass.",
    machinery("util/validation/field/errors.go", "Required"),
)
OUT_OF_RANGE = coded_rule(
    "KB402",
    "Number out of range",
    "The number is below or above what the field allows: counts, seconds and user ids are never negative.",
    machinery("api/validation/generic.go", "ValidateNonnegativeField"),
)
MALFORMED = coded_rule(
    "KB403",
    "Malformed value",
    "The text does not follow the grammar of the field: a name, host name, path, IP address or CIDR block.",
    page("concepts/overview/working-with-objects/names"),
)
CONFLICT = coded_rule(
    "KB404",
    "Conflicting fields",
    "Two fields exclude each other, or one has a meaning only together with another.",
    machinery("util/validation/field/errors.go", "Forbidden"),
)
QUANTITY = coded_rule(
    "KB406",
    "Malformed quantity",
    "Quantities are a number and one of the suffixes n, u, m, k, M, G, T, P, E (decimal) or Ki, Mi, Gi, Ti, Pi, Ei "
    "(binary), or an exponent: `500m`, `128Mi`, `1e3`. `MB`, `Gb` and `K` do not exist.",
    reference("common-definitions/quantity"),
)
NEGATIVE_QUANTITY = coded_rule(
    "KB407",
    "Negative quantity",
    "An amount of a resource is never negative, and a claim asks for more than nothing.",
    "https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/validation/validation.go "
    "(ValidateNonnegativeQuantity)",
)
PERCENTAGE = coded_rule(
    "KB408",
    "Malformed number or percentage",
    "The field takes a whole number of pods that is not negative, or a percentage such as `25%`.",
    reference("workload-resources/deployment-v1"),
)

PROTOCOLS = frozenset({"TCP", "UDP", "SCTP"})
RESTART_POLICIES = frozenset({"Always", "OnFailure", "Never"})

Step = str | int
#: Identities, and the steps to what has each.
Named = Sequence[tuple[Any, tuple[Step, ...]]]
#: The volumes of a pod: name -> source, such as `configMap`; `emptyDir` for one without a source.
Volumes = dict[str, str]


def one_of(manifest: Manifest, value: Any, allowed: Collection[str], *steps: Step) -> bool:
    """Report a value that is none of `allowed`; an absent one is left to the API's default.

    Where the field is a plain string to the API server, and not a pointer to one, its empty text is absent, too: such
    a field is passed as `value or None`.
    """
    if value is None or value in allowed:
        return True
    same = next((word for word in allowed if word.lower() == str(value).lower()), None)
    near = f" Did you mean {same!r}?" if same else did_you_mean(str(value), allowed)
    words = ", ".join(sorted(allowed))
    manifest.report(UNSUPPORTED_VALUE, f"{path_text(steps)} is {value!r}.{near} It takes one of: {words}.", *steps)
    return False


def within(manifest: Manifest, value: Any, low: int, high: int | None, *steps: Step) -> bool:
    """Report a number outside of low to high; an absent one is fine."""
    if value is None or (value >= low and (high is None or value <= high)):
        return True
    limit = f"at least {low}" if high is None else f"from {low} to {high}"
    manifest.report(OUT_OF_RANGE, f"{path_text(steps)} is {value}; it must be {limit}.", *steps)
    return False


def follows(manifest: Manifest, value: str | None, grammar: Check, *steps: Step) -> bool:
    """Report a text that does not follow a grammar; an absent one is fine."""
    if value is None or (why := grammar(value)) is None:
        return True
    manifest.report(MALFORMED, f"{path_text(steps)} {value!r}: {why}.", *steps)
    return False


def needs(manifest: Manifest, holder: dict[str, Any], field: str, *steps: Step) -> bool:
    """Report a field that is absent or empty."""
    if holder.get(field) not in (None, "", [], {}):
        return True
    at = (*steps, field) if field in holder else steps
    manifest.report(REQUIRED, f"{path_text((*steps, field))} is required.", *at)
    return False


def must_follow(manifest: Manifest, holder: dict[str, Any], field: str, grammar: Check, *steps: Step) -> bool:
    """Report a field that is absent or empty, or does not follow a grammar."""
    return needs(manifest, holder, field, *steps) and follows(manifest, holder[field], grammar, *steps, field)


def quantity(manifest: Manifest, value: Any, *steps: Step, positive: bool = False) -> bool:
    """Report a malformed or negative quantity; an absent one is fine."""
    if value is None:
        return True
    amount = parse_quantity(value)
    if amount is None:
        meant = meant_quantity(value) if isinstance(value, str) else ""
        manifest.report(QUANTITY, f"{path_text(steps)} {value!r} is not a quantity.{meant}", *steps)
        return False
    if amount < 0 or (positive and amount == 0):
        least = "more than nothing" if positive else "at least nothing"
        manifest.report(NEGATIVE_QUANTITY, f"{path_text(steps)} is {value}; it must be {least}.", *steps)
        return False
    return True


def number_or_percentage(manifest: Manifest, value: Any, *steps: Step, whole: int | None = None) -> bool:
    """Report what is no count of pods and no percentage (of at most `whole` %)."""
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
        manifest.report(
            PERCENTAGE,
            f"{path_text(steps)} is {value!r}; write a count such as 1, or a percentage{limit} such as 25%.",
            *steps,
        )
    return good


def entries(value: Any) -> list[tuple[int, Any]]:
    """Return the elements of a list that are not null, with their indices; nothing for an absent list."""
    return [(index, each) for index, each in enumerate(value) if each is not None] if value else []


def placed(value: Any, *steps: Step) -> list[tuple[tuple[Step, ...], Any]]:
    """Return what `entries` does, with the steps to each element of a list that is at `steps`."""
    return [((*steps, index), each) for index, each in entries(value)]


def report_duplicates(manifest: Manifest, rule: Rule, named: Named, what: str) -> None:
    """Report each entry after the first of those with the same identity, at its steps."""
    seen: set[Any] = set()
    for identity, steps in named:
        if identity in seen:
            words = "/".join(map(str, identity)) if isinstance(identity, tuple) else identity
            manifest.report(rule, f"{path_text(steps)}: {what} {words!r} is already taken.", *steps)
        seen.add(identity)
