"""From the configured task files to the rows that each stage trains on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal

from iacrl.config.loading import Config
from iacrl.errors import UserError
from iacrl.tasks import Task, load_tasks, read_tasks
from iacrl.tasks.files import digest_tasks
from iacrl.tasks.prompt import build_answer, build_prompt

Split = Literal["train", "validation", "test"]


@dataclass(frozen=True, slots=True)
class Tasks:
    """The tasks of one split, and the digest of each file's rows as a run records them."""

    tasks: tuple[Task, ...]
    digests: Mapping[str, str]


def read_split(config: Config, split: Split) -> Tasks:
    """Return the configured tasks of a split: the wanted domains, up to the wanted difficulty.

    Raises:
        UserError: A file is missing or malformed, or nothing is left of it.
    """
    source: str = getattr(config.data, split)
    tasks: list[Task] = []
    digests: dict[str, str] = {}
    for domain in config.data.domains:
        found = load_tasks(domain, split=split) if source == "shipped" else read_tasks(Path(source), domain=domain)
        found = [task for task in found if task.domain == domain]
        digests[f"{domain}-{split}"] = digest_tasks(found)
        kept = [task for task in found if (task.difficulty or 1) <= config.data.max_difficulty]
        if not kept:
            raise UserError(
                f"data.{split} = {source}: no {domain} task of difficulty {config.data.max_difficulty} or less is left."
            )
        tasks.extend(kept)
    return Tasks(tuple(tasks), digests)


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


def spread(tasks: Sequence[Task]) -> list[Task]:
    """Order tasks so that any prefix holds domains and families in equal shares."""
    place: dict[tuple[str, str], int] = {}
    ranked: list[tuple[int, str, str, Task]] = []
    for task in tasks:
        key = (task.domain, task.family)
        place[key] = place.get(key, -1) + 1
        ranked.append((place[key], task.domain, task.family, task))
    return [task for _, _, _, task in sorted(ranked, key=lambda item: item[:3])]


def in_shares(tasks: Sequence[Task], count: int | None) -> list[Task]:
    """Return at most `count` tasks, taken from the domains in turn, and within each from its families in turn."""
    domains = sorted({task.domain for task in tasks})
    queues = [spread([task for task in tasks if task.domain == domain]) for domain in domains]
    return [task for turn in zip_longest(*queues) for task in turn if task is not None][:count]
