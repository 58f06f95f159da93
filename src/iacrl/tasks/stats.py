"""Counts what a task file contains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from iacrl.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Stats:
    """The numbers of a set of tasks.

    Attributes:
        tasks: How many.
        families: Tasks of each family.
        difficulties: Tasks of each difficulty; 0 for those without one.
        instructions: The number of different instructions.
        outputs: The number of different gold answers.
        lengths: Median, 90th percentile and longest, in characters, of instruction, input (if any) and output.
    """

    tasks: int
    families: dict[str, int]
    difficulties: dict[int, int]
    instructions: int
    outputs: int
    lengths: dict[str, tuple[int, int, int]]


def measure(tasks: Sequence[Task]) -> Stats:
    """Count."""
    texts = {name: [getattr(task, name) for task in tasks] for name in ("instruction", "input", "output")}
    return Stats(
        tasks=len(tasks),
        families=dict(sorted(Counter(task.family for task in tasks).items())),
        difficulties=dict(sorted(Counter(task.difficulty or 0 for task in tasks).items())),
        instructions=len(set(texts["instruction"])),
        outputs=len(set(texts["output"])),
        lengths={name: _spread(len(text) for text in found if text) for name, found in texts.items()},
    )


def _spread(lengths: Iterable[int]) -> tuple[int, int, int]:
    ordered = sorted(lengths)
    if not ordered:
        return 0, 0, 0
    return ordered[len(ordered) // 2], ordered[len(ordered) * 9 // 10], ordered[-1]
