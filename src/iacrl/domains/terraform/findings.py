"""Errors that evaluation finds, before they become a `Diagnostic`."""

from __future__ import annotations

from iacrl.domains.rules import Rule
from iacrl.domains.terraform.syntax.nodes import Node


class Finding:
    """One error in one text.

    Attributes:
        summary: Terraform's own headline ("Invalid operand"); by default the rule's title.
        detail: Terraform's own sentence about this case.
    """

    __slots__ = ("detail", "end", "rule", "start", "summary")

    def __init__(self, rule: Rule, detail: str, start: int, end: int, *, summary: str | None = None) -> None:
        self.rule = rule
        self.summary = rule.title if summary is None else summary
        self.detail = detail
        self.start = start
        self.end = end

    def __repr__(self) -> str:
        return f"Finding({self.rule.code} {self.start}-{self.end} {self.message})"

    @property
    def message(self) -> str:
        """Headline and sentence, as a diagnostic shows them."""
        return f"{self.summary}: {self.detail}"


def finding_at(node: Node, rule: Rule, detail: str, *, summary: str | None = None) -> Finding:
    """Return a finding about a whole node."""
    return Finding(rule, detail, node.start, node.end, summary=summary)


def refuse(
    report: list[Finding], where: Node | tuple[int, int], rule: Rule, detail: str, summary: str | None = None
) -> None:
    """Report a finding about a whole node, or about the text between two offsets."""
    start, end = where if isinstance(where, tuple) else (where.start, where.end)
    report.append(Finding(rule, detail, start, end, summary=summary))
