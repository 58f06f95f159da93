"""Is the text valid, and not just empty?"""

from __future__ import annotations

from iacrl.scoring.registry import reward
from iacrl.tasks.task import Task
from iacrl.validators.verdict import Verdict


@reward
def valid(task: Task, verdict: Verdict) -> float:
    """1 for valid text that declares something, 0 otherwise."""
    declares = verdict.document is not None and len(verdict.document.entities) > 0
    return float(verdict.valid and declares)
