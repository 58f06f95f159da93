"""The judges of an evaluation: the reward runtime, and the same without rewards for texts that break one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Self

from iacrl.config.recipes import Config
from iacrl.domains.base import Options
from iacrl.domains.programs import SecondOpinion
from iacrl.domains.registry import second_judge
from iacrl.scoring.runtime import Outcome
from iacrl.scoring.samples import ScoredSample
from iacrl.tasks import Task

#: A rubric without written rewards: a verdict and the clauses of the intent.
_VERDICT_ONLY = {"weights": {"syntax": 1.0}, "gates": {}}


class Judges:
    """The reward runtime as an evaluation uses it; a context manager. Its processes start with the first batch.

    A text that breaks a reward gets the lowest score. But its verdict does not depend on that reward, so it is judged
    again without rewards.

    Attributes:
        most_failed: The greatest share of an evaluation without a verdict because scoring failed.

    Raises:
        UserError: A reward is unknown or fails to load, or a gate does not fit.
    """

    def __init__(self, config: Config) -> None:
        self.most_failed = config.rewards.max_failed
        # The share counts over the whole evaluation: its small last batch must not decide.
        self._scoring = _with_rewards(config, max_failed=1.0).runtime(place_met=True)
        self._plain = _with_rewards(config, max_failed=1.0, **_VERDICT_ONLY).runtime(place_met=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._scoring.close()
        self._plain.close()

    def judge(self, completions: Sequence[str], tasks: Sequence[Task]) -> list[tuple[Outcome, ScoredSample]]:
        """Return the outcome of each completion, and its record."""
        outcomes = self._scoring.score_batch(completions, tasks).outcomes
        samples = [outcome.sample(task, text) for outcome, task, text in zip(outcomes, tasks, completions, strict=True)]
        odd = [number for number, outcome in enumerate(outcomes) if outcome.kind == "broken"]
        if odd:
            plain = self._plain.score_batch([completions[number] for number in odd], [tasks[number] for number in odd])
            for number, outcome in zip(odd, plain.outcomes, strict=True):
                if outcome.kind == "judged":
                    sample = outcome.sample(tasks[number], completions[number])
                    error = outcomes[number].error
                    samples[number] = replace(sample, score=outcomes[number].total, parts={}, error=error)
        return list(zip(outcomes, samples, strict=True))

    def judge_all(
        self, batches: Sequence[tuple[Sequence[str], Sequence[Task]]]
    ) -> Iterator[list[tuple[Outcome, ScoredSample]]]:
        """Yield what `judge` returns for each batch of completions and their tasks, in order."""
        return (self.judge(*batch) for batch in batches)

    def ask_program(
        self, domain: str, options: Options, batches: Sequence[Sequence[str]]
    ) -> Iterator[Sequence[SecondOpinion]]:
        """Yield the opinions of a domain's second judge on each batch of texts, in order.

        Raises:
            UserError: The domain has no second judge, or it is not available.
        """
        with second_judge(domain, options) as judge:
            for batch in batches:
                yield judge.judge(batch)


def _with_rewards(config: Config, **changes: Any) -> Config:
    return config.model_copy(update={"rewards": config.rewards.model_copy(update=changes)})
