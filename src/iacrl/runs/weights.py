"""Weights of tasks, and drawing tasks in proportion to them."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from iacrl.errors import UserError
from iacrl.files import read_rows
from iacrl.tasks import Task


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of a file; a task that it does not name has weight 1.

    Attributes:
        digest: SHA-256 of ids and weights.
    """

    by_task: Mapping[str, float]
    digest: str

    def of(self, tasks: Sequence[Task]) -> list[float]:
        """Return the weights of tasks, in their order."""
        return [self.by_task.get(task.id, 1.0) for task in tasks]


def read_weights(path: Path, tasks: Sequence[Task]) -> Weights:
    """Return the weights in a file of rows `{"task": ID, "weight": NUMBER}`; further keys are ignored.

    Args:
        tasks: The training tasks; one at least must be named.

    Raises:
        UserError: The file cannot be read, a row is malformed, no row names a training task, or all weigh 0.
    """
    found: dict[str, float] = {}
    for number, row in read_rows(path):
        task, weight = row.get("task"), row.get("weight")
        if not isinstance(task, str) or isinstance(weight, bool) or not isinstance(weight, int | float):
            raise UserError(f'{path}:{number}: a row is {{"task": ID, "weight": NUMBER}}.')
        if not (math.isfinite(weight) and weight >= 0):
            raise UserError(f"{path}:{number}: the weight {weight} is not a number from 0 on.")
        if found.setdefault(task, float(weight)) != weight:
            raise UserError(f"{path}:{number}: gives {task} another weight than a row before it.")
    named = [task.id for task in tasks if task.id in found]
    if not named:
        raise UserError(
            f"{path}: names none of the {len(tasks)} training tasks; `iacrl data check --scores` writes one."
        )
    if not any(found.get(task.id, 1.0) for task in tasks):
        raise UserError(f"{path}: every training task has weight 0.")
    text = json.dumps(sorted(found.items()))
    return Weights(found, f"sha256:{hashlib.sha256(text.encode()).hexdigest()}")


def draw(weights: Sequence[float], count: int, random: Random) -> list[int]:
    """Return `count` indices, each as often as its weight asks, rounded up or down, in a random order.

    Systematic resampling (Kitagawa 1996): one random start and equal steps through the cumulated weights. It varies
    less than independent draws; equal weights give every index equally often.

    Args:
        weights: At least one is above 0.
    """
    step = sum(weights) / count
    place = random.random() * step
    drawn: list[int] = []
    reached = 0.0
    for index, weight in enumerate(weights):
        reached += weight
        while len(drawn) < count and place < reached:
            drawn.append(index)
            place += step
    # Rounding may leave the last place just past the end.
    drawn += [max(index for index, weight in enumerate(weights) if weight)] * (count - len(drawn))
    random.shuffle(drawn)
    return drawn
