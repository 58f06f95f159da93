"""Which task each prompt of a GRPO run asks: every task once, shuffled, before any again."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from datasets import Dataset

from iacrl.tasks import Task
from iacrl.tasks.prompt import build_prompt


def prompt_order(tasks: int, prompts: int, seed: int) -> list[int]:
    """Return the index of the task that each prompt of a run asks.

    The order is laid out for the whole run at once. The trainer's own sampler shuffles from a generator that a resumed
    run starts anew, so past the first pass over the tasks it would see other prompts than an uninterrupted one.
    """
    random = Random(seed)
    order: list[int] = []
    while len(order) < prompts:
        order.extend(random.sample(range(tasks), tasks))
    return order[:prompts]


def prompt_rows(tasks: Sequence[Task], order: Sequence[int]) -> Dataset:
    """Return one row for each prompt of a run: its messages and the index of its task."""
    return Dataset.from_dict({"prompt": [build_prompt(tasks[index]) for index in order], "task": list(order)})
