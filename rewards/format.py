"""Is the answer code and nothing else?"""

from __future__ import annotations

from iacrl.domains.extract import holds_fence, is_one_block, without_reasoning
from iacrl.scoring.judgement import Judgement
from iacrl.scoring.registry import reward
from iacrl.tasks.task import Task


@reward
def format(task: Task, verdict: Judgement) -> float:
    """1 for one closed fenced block, or bare code that parses, with nothing around it; 0 otherwise.

    A leading reasoning section is not part of the answer and does not count.
    """
    answer = without_reasoning(verdict.completion)
    if holds_fence(answer):
        return float(is_one_block(answer, task.domain))
    return float("syntax" in verdict.layers and bool(answer.strip()))
