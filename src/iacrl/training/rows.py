"""From the tasks of a split to the rows that each stage trains on."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from iacrl.config.loading import Config
from iacrl.errors import UserError
from iacrl.runs.splits import Tasks, spread
from iacrl.tasks import Task
from iacrl.tasks.prompt import build_answer, build_prompt


def sft_tasks(config: Config, train: Tasks) -> list[Task]:
    """Return the training tasks whose gold answers SFT sees, in equal shares over domains and families."""
    return [task for task in spread(train.tasks) if task.output][: config.data.sft_rows]


def grpo_tasks(config: Config, train: Tasks, seen: Collection[str] | None = None) -> list[Task]:
    """Return the training tasks whose prompts GRPO sees: those whose gold SFT did not see.

    Args:
        config: The resolved configuration.
        train: Its training tasks.
        seen: The tasks whose gold the parent saw; by default those that SFT would see by the same configuration.

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
    """Return the training tasks that GRPO can ask, those with an intent, except the ones seen with their gold."""
    return [task for task in spread(train.tasks) if task.intent and task.id not in seen]


def sft_row(task: Task) -> dict[str, Any]:
    """Return the prompt and the gold answer as the trainer takes them."""
    return {"prompt": build_prompt(task), "completion": build_answer(task)}
