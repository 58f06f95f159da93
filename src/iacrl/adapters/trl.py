"""A reward function and rows for TRL's trainers.

    GRPOTrainer(reward_funcs=reward_function(), train_dataset=dataset("terraform"), ...)

Rows of your own need a column `task`: a row of a task file, or it as JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iacrl.adapters import read_task, runtime_of, tasks_of, text_of
from iacrl.errors import UserError
from iacrl.scoring.runtime import Runtime
from iacrl.tasks import Split
from iacrl.tasks.prompt import build_prompt

if TYPE_CHECKING:
    from datasets import Dataset

Completion = str | list[dict[str, Any]]


def dataset(domain: str | None = None, split: Split = "train", *, tasks: str | Path | None = None) -> Dataset:
    """Return rows for a trainer: `prompt`, the chat messages, and `task`, the row of the task file as JSON text.

    Args:
        domain: None for every domain with shipped tasks.
        split: Which of the shipped tasks.
        tasks: A JSONL file of tasks, instead of the shipped ones.

    Raises:
        UserError: See `tasks_of`.
    """
    from datasets import Dataset

    found = tasks_of(domain, split, tasks)
    prompts = [build_prompt(task) for task in found]
    return Dataset.from_dict({"prompt": prompts, "task": [json.dumps(task.to_json()) for task in found]})


def reward_function(runtime: Runtime | None = None, *, config: str | None = None) -> Callable[..., list[float | None]]:
    """Return a function that scores a batch; a completion that could not be judged gets None.

    Args:
        runtime: How completions are scored; if None, by the rubric of `config`.
        config: The name or the file of a recipe with another rubric than the default one.
    """

    def rubric(
        completions: Sequence[Completion],
        task: Sequence[object] | None = None,
        log_metric: Callable[[str, float], None] | None = None,
        **_: Any,
    ) -> list[float | None]:
        if task is None:
            raise UserError("The rows have no column `task`: each needs a row of a task file, or it as JSON text.")
        texts = [text_of(completion) for completion in completions]
        batch = (runtime or runtime_of(config)).score_batch(texts, [read_task(row) for row in task])
        if log_metric is not None:
            for name, value in batch.metrics().items():
                log_metric(name, value)
        return batch.totals

    return rubric
