"""The outcomes of one batch, and the figures that a trainer logs about it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from iacrl.scoring.runtime.outcome import Outcome
from iacrl.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Batch:
    """The outcome of each completion of a batch, in its order.

    Attributes:
        outcomes: One for each completion.
        cached: How many were known from an earlier batch.
        duplicates: How many repeat another completion of this batch; each text was judged once.
        seconds: Wall time of the whole batch.
    """

    outcomes: tuple[Outcome, ...]
    cached: int
    duplicates: int
    seconds: float

    @property
    def totals(self) -> list[float | None]:
        """The scores; None where scoring failed."""
        return [outcome.total for outcome in self.outcomes]

    def count(self, kind: str) -> int:
        """Return how many outcomes are of this kind."""
        return sum(outcome.kind == kind for outcome in self.outcomes)

    def rows(self, tasks: Sequence[Task], completions: Sequence[str], *, step: int) -> list[dict[str, Any]]:
        """Return the rows of an optimizer step for `samples.jsonl`, given the completions and tasks again."""
        asked = zip(self.outcomes, tasks, completions, strict=True)
        return [outcome.row(task, completion, step=step) for outcome, task, completion in asked]

    def metrics(self) -> dict[str, float]:
        """Return the figures by name; an empty batch has none.

        `reward/NAME` and `reward/NAME/std`: mean and deviation of each part where it did not abstain. `passed`: the
        share that is valid and complete. `scoring/unchecked`: the share that cannot be judged, among those on which no
        reward broke. `scoring/broken`, `/failed`, `/cached`, `/duplicates`: shares of the batch. `scoring/seconds`:
        wall time of the batch. `scoring/ms/NAME`: milliseconds per completion, for judging (`judge`) and for each
        reward.
        """
        size = len(self.outcomes)
        if not size:
            return {}
        figures: dict[str, float] = {}
        parts: dict[str, list[float]] = {}
        spent: dict[str, list[float]] = {}
        for outcome in self.outcomes:
            for name, value in outcome.parts.items():
                if value is not None:
                    parts.setdefault(name, []).append(value)
            for name, seconds in outcome.seconds.items():
                spent.setdefault(name, []).append(seconds * 1000)
        for name, values in parts.items():
            figures[f"reward/{name}"] = statistics.fmean(values)
            figures[f"reward/{name}/std"] = statistics.pstdev(values)
        figures["passed"] = sum(outcome.passed for outcome in self.outcomes) / size
        figures["scoring/unchecked"] = sum(outcome.unchecked for outcome in self.outcomes) / size
        figures["scoring/broken"] = self.count("broken") / size
        figures["scoring/failed"] = self.count("failed") / size
        figures["scoring/cached"] = self.cached / size
        figures["scoring/duplicates"] = self.duplicates / size
        figures["scoring/seconds"] = self.seconds
        return figures | {f"scoring/ms/{name}": statistics.fmean(values) for name, values in spent.items()}
