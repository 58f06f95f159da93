"""Does the text do everything that was asked?"""

from __future__ import annotations

from iacrl.scoring.judgement import Judgement
from iacrl.scoring.registry import reward
from iacrl.tasks.task import Task


@reward
def complete(task: Task, verdict: Judgement) -> float | None:
    """1 for valid text that meets every clause of the task, 0 otherwise. Abstains without an intent.

    Added to the share of clauses (`intent`), it makes the last clause worth more than the ones before. With the share
    alone, a policy gains by leaving out the values it is unsure of, and it passes less often than before.
    """
    if task.intent is None:
        return None
    return float("intent" in verdict.layers)
