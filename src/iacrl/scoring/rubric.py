"""The rubric: from a completion to the one score that training and evaluation see."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from iacrl.errors import UserError
from iacrl.scoring.judge import judge
from iacrl.scoring.registry import Reward, find_reward
from iacrl.tasks.task import Task
from iacrl.validators.verdict import Verdict

#: The default rubric. Nothing above the small syntax share is earned by text that does not do what was asked.
DEFAULT_WEIGHTS: Mapping[str, float] = {"syntax": 0.1, "valid": 0.1, "intent": 0.4, "complete": 0.4}


@dataclass(frozen=True, slots=True)
class Score:
    """What one completion earned.

    Attributes:
        total: In [0, 1]: the weighted mean of the parts; a part that abstained counts with neither value nor weight.
        parts: Each reward's own value in [0, 1], or None where it abstained.
        verdict: What was judged and found, the intent's clauses included.
    """

    total: float
    parts: Mapping[str, float | None]
    verdict: Verdict

    @property
    def valid(self) -> bool:
        """True when the text is valid and declares something; an empty text is valid Terraform but no answer."""
        document = self.verdict.document
        return self.verdict.valid and document is not None and len(document.entities) > 0

    @property
    def passed(self) -> bool:
        """True when the answer is valid and does everything that was asked."""
        return "intent" in self.verdict.layers


@dataclass(frozen=True, slots=True)
class Rubric:
    """Weighted rewards, and the Kubernetes API that they judge by (None: the newest with a schema)."""

    rewards: tuple[tuple[Reward, float], ...]
    kubernetes_version: str | None = None

    def score(self, completion: str, task: Task) -> Score:
        """Judge one raw completion for one task.

        Raises:
            UserError: A reward returned something that is not a number in [0, 1] or None.
        """
        verdict = judge(completion, task, kubernetes_version=self.kubernetes_version)
        parts = {reward.name: _checked(reward, reward(task, verdict)) for reward, _ in self.rewards}
        counted = [(parts[reward.name], weight) for reward, weight in self.rewards]
        weights = sum(weight for value, weight in counted if value is not None)
        total = sum(value * weight for value, weight in counted if value is not None) / weights if weights else 0.0
        return Score(total, parts, verdict)


def build_rubric(weights: Mapping[str, float] = DEFAULT_WEIGHTS, *, kubernetes_version: str | None = None) -> Rubric:
    """Return the rubric of these rewards (names or files) and weights.

    Raises:
        UserError: A reward is not known or fails to load.
    """
    return Rubric(tuple((find_reward(name), weight) for name, weight in weights.items()), kubernetes_version)


def score(completion: str, task: Task) -> Score:
    """Judge one raw completion for one task by the default rubric."""
    return _default_rubric().score(completion, task)


@cache
def _default_rubric() -> Rubric:
    return build_rubric()


def _checked(reward: Reward, value: float | None) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value) or not 0 <= value <= 1:
        raise UserError(f"Reward {reward.name!r} returned {value!r}; it must return a number in [0, 1] or None.")
    return float(value)
