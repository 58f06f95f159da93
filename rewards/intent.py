"""Does the text do what was asked?"""

from __future__ import annotations

from iacrl.scoring.judgement import Judgement
from iacrl.scoring.registry import reward
from iacrl.tasks.task import Task


@reward
def intent(task: Task, verdict: Judgement) -> float | None:
    """The share of the task's clauses that valid text meets; 0 for invalid text. Abstains without an intent.

    If the task gives a text to change, the clauses that this text already meets are worth at most a fifth together.
    """
    if task.intent is None:
        return None
    return verdict.intent.met_share if verdict.intent is not None else 0.0
