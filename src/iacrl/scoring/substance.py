"""What an answer must have before it earns anything: it declares something."""

from __future__ import annotations

from typing import Final

from iacrl.domains.verdict import Layer, Verdict

#: Blocks of Terraform that speak of what is declared elsewhere, or of the state: alone they are no answer.
_ABOUT_OTHERS: Final = frozenset({"moved", "removed", "import", "check"})


def declares(verdict: Verdict) -> bool:
    """Say whether a text declares something. Empty and comment-only texts pass every layer, and are no answer."""
    document = verdict.document
    return document is not None and any(entity.category not in _ABOUT_OTHERS for entity in document.entities)


def passes(verdict: Verdict, layer: Layer) -> float:
    """Return 1.0 where the text passed this layer and declares something, else 0.0."""
    return float(layer in verdict.layers and declares(verdict))
