"""Is the answer no longer than it needs to be?"""

from __future__ import annotations

from functools import lru_cache

from iacrl.domains.extract import without_reasoning
from iacrl.scoring.judgement import Judgement
from iacrl.scoring.registry import reward
from iacrl.scoring.tokens import count_tokens
from iacrl.tasks.task import Task

#: Tokens that any answer may have on top of twice its gold answer: fences, comments, another layout.
_SPARE = 64
#: Tokens that an answer may have if the task has no gold answer.
_WITHOUT_GOLD = 1024


@reward
def brevity(task: Task, verdict: Judgement) -> float:
    """1 up to an allowance of tokens, falling in a straight line to 0 at twice the allowance.

    The soft overlong penalty of DAPO (arXiv:2503.14476, section 3.4), with a limit for each task: twice the tokens
    of the gold answer and 64 more, or 1024 without a gold answer. `iacrl.scoring.tokens` counts tokens without a
    model. A leading reasoning section does not count.
    """
    allowance = _allowance(task.output)
    over = count_tokens(without_reasoning(verdict.completion)) - allowance
    return min(1.0, max(0.0, 1.0 - over / allowance))


@lru_cache(maxsize=4096)
def _allowance(gold: str) -> int:
    return 2 * count_tokens(gold) + _SPARE if gold.strip() else _WITHOUT_GOLD
