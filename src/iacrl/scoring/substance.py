"""What an answer must have before it earns anything: it declares something."""

from __future__ import annotations

from functools import cache

from iacrl.domains.registry import find_domain
from iacrl.scoring.judgement import JudgedLayer, Judgement


def declares(verdict: Judgement) -> bool:
    """Say whether a text declares something. Empty and comment-only texts pass every layer but are not answers.

    Parts that only refer to others are not answers either (`Category.is_answer`). If a domain has no documents, its
    validator alone decides.
    """
    if verdict.document is None:
        return not find_domain(verdict.domain).categories
    about_others = _about_others(verdict.domain)
    return any(entity.category not in about_others for entity in verdict.document.entities)


@cache
def _about_others(domain: str) -> frozenset[str]:
    return frozenset(category.name for category in find_domain(domain).categories if not category.is_answer)


def passes(verdict: Judgement, layer: JudgedLayer) -> float:
    """Return 1.0 if the text passed this layer and declares something, else 0.0."""
    return float(layer in verdict.layers and declares(verdict))
