"""Which task each prompt of a GRPO run asks: all alike, or first those that the policy passes sometimes.

A group of completions that all pass, or all fail, teaches nothing; a task with pass rate p has the signal p (1 - p).
With `variance`, each task is measured before training, tasks near 0 and 1 are set aside, and the others come in the
order of their signal, every one once before any comes again. What training samples measures them anew, and a share of
each round goes to those set aside, the longest not measured first, so that they come back when the policy has moved.

The trainer's loader reads one round ahead. So the prompts of round r are chosen from what was measured up to round
r - 2, and a resumed run, which reads the same from `samples.jsonl`, chooses the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Protocol

from datasets import Dataset

from iacrl.config.monitoring import SamplingSection
from iacrl.tasks import Task
from iacrl.tasks.prompt import build_prompt
from iacrl.training.measuring import Rate


class Order(Protocol):
    """The order of the prompts of a run."""

    def task_of(self, slot: int) -> int:
        """Return the index of the task that the prompt in this place asks."""
        ...


def prompt_rows(tasks: Sequence[Task], order: Order, prompts: int) -> Dataset:
    """Return one row for each prompt of a run: its messages and the index of its task, looked up when it is read."""

    def look_up(rows: dict[str, list[int]]) -> dict[str, list[Any]]:
        indices = [order.task_of(slot) for slot in rows["slot"]]
        return {"prompt": [build_prompt(tasks[index]) for index in indices], "task": indices}

    return Dataset.from_dict({"slot": range(prompts)}).with_transform(look_up)


class UniformOrder:
    """Every task once, shuffled, before any comes again.

    The order is laid out for the whole run at once. The trainer's own sampler shuffles from a generator that a resumed
    run starts anew, so past the first pass over the tasks it would see other prompts than an uninterrupted one.
    """

    def __init__(self, tasks: int, prompts: int, seed: int) -> None:
        random = Random(seed)
        self._order: list[int] = []
        while len(self._order) < prompts:
            self._order.extend(random.sample(range(tasks), tasks))

    def task_of(self, slot: int) -> int:
        """Return the index of the task that the prompt in this place asks."""
        return self._order[slot]


@dataclass(slots=True)
class _Standing:
    """What is known of one task: discounted passes and samples, the round of its newest ones, how often it came."""

    passed: float
    samples: float
    measured: int = -1
    chosen: int = 0

    @property
    def rate(self) -> float:
        return self.passed / self.samples


class VarianceOrder:
    """Tasks with the greatest signal first.

    Args:
        rates: The first measurement of each task, in the order of the tasks.
        section: The settings.
        prompts: How many prompts a round generates for.
        steps: Optimizer steps in a round.
        samples: The file of scored completions, which grows as the run goes on.
        seed: Decides between equal signals.
    """

    def __init__(
        self, rates: Sequence[Rate], section: SamplingSection, *, prompts: int, steps: int, samples: Path, seed: int
    ) -> None:
        self._section = section
        self._prompts = prompts
        self._rollouts = _Rollouts(samples, steps)
        self._standing = [_Standing(sum(rate.passed), len(rate.passed)) for rate in rates]
        self._index = {rate.task: index for index, rate in enumerate(rates)}
        self._lot = Random(seed).sample(range(len(rates)), len(rates))
        self._chosen: list[list[int]] = []

    def task_of(self, slot: int) -> int:
        """Return the index of the task that the prompt in this place asks."""
        turn, place = divmod(slot, self._prompts)
        while len(self._chosen) <= turn:
            self._choose(len(self._chosen))
        return self._chosen[turn][place]

    def _choose(self, turn: int) -> None:
        if turn >= 2:
            self._learn(turn - 2)
        open_tasks: list[int] = []
        aside: list[int] = []
        for index, standing in enumerate(self._standing):
            is_open = self._section.edge < standing.rate < 1 - self._section.edge
            (open_tasks if is_open else aside).append(index)
        open_tasks.sort(key=lambda index: (self._standing[index].chosen, -self._signal(index), self._lot[index]))
        aside.sort(key=lambda index: (self._standing[index].measured, self._standing[index].chosen, self._lot[index]))
        explored = aside[: round(self._prompts * self._section.explore)]
        picked = [*open_tasks[: self._prompts - len(explored)], *explored]
        picked += [index for index in [*aside, *open_tasks] if index not in picked][: self._prompts - len(picked)]
        round_of_all = [picked[place % len(picked)] for place in range(self._prompts)]
        for index in picked:
            self._standing[index].chosen += 1
        self._chosen.append(round_of_all)

    def _signal(self, index: int) -> float:
        rate = self._standing[index].rate
        return rate * (1 - rate)

    def _learn(self, turn: int) -> None:
        """Take in what the rollouts of a round showed; older measurements count less from then on."""
        for task, (passed, samples) in self._rollouts.of_round(turn).items():
            standing = self._standing[self._index[task]]
            standing.passed = self._section.memory * standing.passed + passed
            standing.samples = self._section.memory * standing.samples + samples
            standing.measured = turn


class _Rollouts:
    """Passes and samples of each task by round, read from the growing file of scored completions."""

    def __init__(self, file: Path, steps: int) -> None:
        self._file = file
        self._steps = steps
        self._read = 0
        self._found: dict[int, dict[str, tuple[int, int]]] = {}

    def of_round(self, turn: int) -> dict[str, tuple[int, int]]:
        if turn not in self._found and self._file.exists():
            with self._file.open("rb") as file:
                file.seek(self._read)
                for line in file:
                    if not line.endswith(b"\n"):
                        break  # another process is writing it; what is asked for stands before
                    self._read += len(line)
                    self._add(json.loads(line))
        return self._found.get(turn, {})

    def _add(self, row: dict[str, Any]) -> None:
        if row.get("outcome") == "failed":
            return  # the instrument, not the policy
        of_round = self._found.setdefault((row["step"] - 1) // self._steps, {})
        passed, samples = of_round.get(row["task"], (0, 0))
        of_round[row["task"]] = passed + row["passed"], samples + 1
