"""Terraform: from a text to a verdict, in process."""

from __future__ import annotations

from iacrl.validators.verdict import Diagnostic, Position, Range, Verdict, layers_passed


def validate_text(text: str) -> Verdict:
    """Judge one Terraform source text by its syntax."""
    import hcl2

    from iacrl.tasks.interim_document import read_document

    try:
        hcl2.loads(text)
    except Exception as error:  # noqa: BLE001 - python-hcl2 raises whatever its parser generator raises
        start = Position(max(getattr(error, "line", 1), 1), max(getattr(error, "column", 1), 1))
        message = str(error).splitlines()[0]
        found = (Diagnostic("TF100", "error", message, "syntax", Range(start, Position(start.line, start.column + 1))),)
        return Verdict("terraform", found, layers_passed(("extract", "syntax"), found))
    return Verdict("terraform", (), ("extract", "syntax"), document=read_document(text, "terraform"))
