"""The findings of the rules, before they are placed in the text.

A rule identifies a value by its steps, such as `("spec", "replicas")`. The text is read again for positions only if
there are findings, so they cost nothing on a clean manifest. Plain classes, because importing `dataclasses` takes as
long as judging a hundred manifests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from iacrl.domains.paths import Steps
from iacrl.domains.ranges import START, Range
from iacrl.domains.verdict import Diagnostic
from iacrl.text import shortened

if TYPE_CHECKING:
    from iacrl.domains.kubernetes.yaml.value_places import ValuePlace
    from iacrl.domains.rules import Rule

#: Nobody reads more, and a hostile text could cause millions.
MAX_FINDINGS = 200
_LONGEST = 400


class Finding(NamedTuple):
    """One finding: `on` says whether the value or its key is at fault."""

    rule: Rule
    message: str
    document: int
    steps: Steps
    on: Literal["value", "key"]


class Findings:
    """All findings in one text: at most `MAX_FINDINGS` errors and as many warnings."""

    __slots__ = ("errors", "warnings")

    def __init__(self) -> None:
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []

    def add(self, rule: Rule, message: str, document: int, steps: Steps, on: Literal["value", "key"] = "value") -> None:
        """Add a finding, unless there are already too many of its severity."""
        kept = self.errors if rule.severity == "error" else self.warnings
        if len(kept) < MAX_FINDINGS:
            kept.append(Finding(rule, shortened(message, _LONGEST), document, steps, on))

    @property
    def full(self) -> bool:
        """Whether more errors would be left out."""
        return len(self.errors) >= MAX_FINDINGS


def place(text: str, findings: Findings) -> tuple[Diagnostic, ...]:
    """Turn findings into diagnostics in the order of the text, each once."""
    found_all = [*findings.errors, *findings.warnings]
    if not found_all:
        return ()
    from iacrl.domains.kubernetes.yaml.reader import locate

    documents = locate(text)
    unique = {
        (found.rule.code, where.start, found.message): Diagnostic(
            found.rule.code, found.rule.severity, found.message, found.rule.layer, where
        )
        for found in found_all
        for where in (_range(documents, found),)
    }
    return tuple(sorted(unique.values(), key=lambda each: (each.range.start, each.code)))


def _range(documents: list[ValuePlace], found: Finding) -> Range:
    if found.document >= len(documents):
        return START
    at = documents[found.document].find(found.steps)
    if found.on == "key" and at.key is not None:
        return at.key
    return at.headline()
