"""A reward function for TRL's trainers.

    GRPOTrainer(reward_funcs=reward_function(), train_dataset=rows, ...)

The rows need a column `task`: a row of a task file, or it as JSON text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from iacrl.adapters import default_runtime, read_task
from iacrl.errors import UserError
from iacrl.scoring.runtime import Runtime

Completion = str | list[dict[str, Any]]


def reward_function(runtime: Runtime | None = None) -> Callable[..., list[float | None]]:
    """Return a function that scores a batch; a completion that could not be judged gets None.

    Args:
        runtime: How completions are scored; by the default rubric when None.
    """

    def rubric(
        completions: Sequence[Completion],
        task: Sequence[object] | None = None,
        log_metric: Callable[[str, float], None] | None = None,
        **_: Any,
    ) -> list[float | None]:
        if task is None:
            raise UserError("The rows have no column `task`: each needs a row of a task file, or it as JSON text.")
        texts = [text if isinstance(text, str) else text[-1]["content"] for text in completions]
        batch = (runtime or default_runtime()).score_batch(texts, [read_task(row) for row in task])
        if log_metric is not None:
            for name, value in batch.metrics().items():
                log_metric(name, value)
        return batch.totals

    return rubric
