"""What an answer must have before it earns anything: it declares something."""

from __future__ import annotations

from iacrl.domains.registry import find_domain
from iacrl.domains.verdict import Layer, Verdict


def declares(verdict: Verdict) -> bool:
    """Say whether a text declares something. Empty and comment-only texts pass every layer, and are no answer.

    Nor are parts alone that only speak of others (`Category.is_answer`). Where a domain has no documents its validator
    alone decides.
    """
    categories = find_domain(verdict.domain).categories
    if verdict.document is None:
        return not categories
    about_others = {category.name for category in categories if not category.is_answer}
    return any(entity.category not in about_others for entity in verdict.document.entities)


def passes(verdict: Verdict, layer: Layer) -> float:
    """Return 1.0 where the text passed this layer and declares something, else 0.0."""
    return float(layer in verdict.layers and declares(verdict))
