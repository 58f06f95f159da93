"""From the tasks of a split to the rows that each stage trains on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from datasets import Dataset

from iacrl.config.recipes import Config
from iacrl.errors import UserError
from iacrl.runs.splits import Tasks, spread
from iacrl.runs.weights import Weights, draw, read_weights
from iacrl.tasks import Task
from iacrl.tasks.prompt import build_answer, build_prompt


def sft_tasks(config: Config, train: Tasks) -> list[Task]:
    """Return the training tasks whose gold answers SFT sees, in equal shares over domains and families."""
    return [task for task in spread(train.tasks) if task.output][: config.data.sft_rows]


def grpo_tasks(config: Config, train: Tasks, seen: Collection[str] | None = None) -> list[Task]:
    """Return the training tasks whose prompts GRPO sees: those whose gold answers SFT did not see.

    Args:
        seen: The tasks whose gold the parent saw; by default those that SFT would see with the same configuration.

    Raises:
        UserError: None is left.
    """
    if seen is None:
        seen = {task.id for task in sft_tasks(config, train)}
    left = prompts_left(train, seen)
    if not left:
        asking = sum(task.intent is not None for task in train.tasks)
        raise UserError(
            f"No training task is left for GRPO: {asking} have an intent, and SFT sees the gold of all of them, "
            "while GRPO never trains on a task whose gold was shown. Train SFT on fewer (data.sft_rows=N), or add "
            "tasks without a gold answer to data.train."
        )
    return left[: config.data.grpo_rows]


def prompts_left(train: Tasks, seen: Collection[str]) -> list[Task]:
    """Return the training tasks that GRPO can ask: those with an intent, except the ones in `seen`."""
    return [task for task in spread(train.tasks) if task.intent and task.id not in seen]


def weights_of(config: Config, train: Tasks) -> Weights | None:
    """Return the weights of the training tasks; None without `data.weights`.

    Raises:
        UserError: See `read_weights`.
    """
    return None if config.data.weights is None else read_weights(Path(config.data.weights), train.tasks)


def without_weight_0(train: Tasks, weights: Weights | None) -> Tasks:
    """Return the tasks that can be drawn."""
    if weights is None:
        return train
    kept = (task for task, weight in zip(train.tasks, weights.of(train.tasks), strict=True) if weight)
    return replace(train, tasks=tuple(kept))


def sft_row(task: Task) -> dict[str, Any]:
    """Return the prompt and the gold answer in the trainer's form."""
    return {"prompt": build_prompt(task), "completion": build_answer(task)}


def prompt_order(tasks: int, prompts: int, seed: int, weights: Sequence[float] | None = None) -> list[int]:
    """Return the index of the task that each prompt of a run asks; with weights, in proportion to them.

    The order is made for the whole run at once. The trainer's own sampler shuffles with a generator that a resumed run
    starts again. So after the first pass over the tasks, it would see other prompts than an uninterrupted run.
    """
    random = Random(seed)
    order: list[int] = []
    while len(order) < prompts:
        order.extend(random.sample(range(tasks), tasks) if weights is None else draw(weights, tasks, random))
    return order[:prompts]


def prompt_rows(tasks: Sequence[Task], order: Sequence[int]) -> Dataset:
    """Return one row for each prompt of a run: its messages and the index of its task."""
    return Dataset.from_dict({"prompt": [build_prompt(tasks[index]) for index in order], "task": list(order)})
