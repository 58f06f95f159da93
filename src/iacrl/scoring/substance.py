"""What an answer must have before it earns anything: it declares something."""

from __future__ import annotations

from functools import cache

from iacrl.domains.registry import find_domain
from iacrl.scoring.judgement import JudgedLayer, Judgement


def declares(verdict: Judgement) -> bool:
    """Say whether a text declares something. Empty and comment-only texts pass every layer, and are no answer."""
    document = verdict.document
    if document is None:
        return False
    no_answers = _no_answers(document.domain)
    return any(entity.category not in no_answers for entity in document.entities)


@cache
def _no_answers(domain: str) -> frozenset[str]:
    """Return the categories of what speaks of things declared elsewhere, or of the state: alone they are no answer."""
    return frozenset(category.name for category in find_domain(domain).categories if not category.is_answer)


def passes(verdict: Judgement, layer: JudgedLayer) -> float:
    """Return 1.0 where the text passed this layer and declares something, else 0.0."""
    return float(layer in verdict.layers and declares(verdict))
