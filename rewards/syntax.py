"""Does the text parse?"""

from __future__ import annotations

from iacrl.scoring.registry import reward
from iacrl.tasks.task import Task
from iacrl.validators.verdict import Verdict


@reward
def syntax(task: Task, verdict: Verdict) -> float:
    """1 for text that parses and declares something, 0 otherwise."""
    declares = verdict.document is not None and len(verdict.document.entities) > 0
    return float("syntax" in verdict.layers and declares)
