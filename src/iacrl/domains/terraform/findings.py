"""What evaluation finds wrong, before it becomes a `Diagnostic`."""

from __future__ import annotations

from iacrl.domains.terraform.syntax.nodes import Node


class Finding:
    """One error in one text.

    Attributes:
        code: The rule (`TF410`).
        summary: Terraform's own headline ("Invalid operand").
        detail: Terraform's own sentence about this case.
        start: Offset of the offending token in the text.
        end: Offset after it.
    """

    __slots__ = ("code", "detail", "end", "start", "summary")

    def __init__(self, code: str, summary: str, detail: str, start: int, end: int) -> None:
        self.code = code
        self.summary = summary
        self.detail = detail
        self.start = start
        self.end = end

    def __repr__(self) -> str:
        return f"Finding({self.code} {self.start}-{self.end} {self.message})"

    @property
    def message(self) -> str:
        """Headline and sentence, as a diagnostic shows them."""
        return f"{self.summary}: {self.detail}"


def finding_at(node: Node, code: str, summary: str, detail: str) -> Finding:
    """Return a finding about a whole node."""
    return Finding(code, summary, detail, node.start, node.end)
