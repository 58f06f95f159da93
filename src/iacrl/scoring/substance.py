"""What the rewards of the validation layers have in common."""

from __future__ import annotations

from iacrl.validators.verdict import Layer, Verdict


def passes(verdict: Verdict, layer: Layer) -> float:
    """Return 1.0 where the text passed this layer and declares something, else 0.0.

    Empty and comment-only texts pass every layer, and are no answer.
    """
    declares = verdict.document is not None and len(verdict.document.entities) > 0
    return float(layer in verdict.layers and declares)
