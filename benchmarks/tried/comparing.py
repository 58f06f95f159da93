"""What the arms reach, and what each adds to GRPO with the same completions and in the same time, task by task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import fmean
from typing import Any

from arms import Arm, Plan

from iacrl.evaluation.metrics import paired_difference
from tried.kept import FIGURES, Kept

#: A figure of a task: its mean over completions and seeds.
ByTask = Mapping[str, float]
#: What an arm or its repairs answered, in one decoding.
Key = tuple[str, str]


class Measured:
    """The runs of an arm that have finished and were measured as they are asked now.

    Attributes:
        lines: One for each finished seed.
        seconds: Processor time of a training, with the start of its process; None if it was not measured.
        families: The tasks, in order, each with its family.
    """

    def __init__(self, kept: Kept, plan: Plan, seeds: Sequence[int], arm: Arm, seconds: float | None) -> None:
        self.arm = arm
        self.lines = [line for seed in seeds if (line := kept.find(plan, seed, arm)) is not None]
        self.seconds = seconds
        self.families = kept.families(self.lines[0]) if self.lines else {}

    @property
    def measured(self) -> list[Key]:
        """What was measured, in order: the arm or its repairs, and the decoding."""
        return [(one["policy"], one["decoding"]) for one in self.lines[0]["answers"]]

    def by_seed(self, key: Key, figure: str) -> list[float]:
        """Return the mean of a figure over the tasks, seed by seed."""
        return [fmean(one[figure]) for one in self._of(key)]

    def by_task(self, key: Key, figure: str) -> ByTask:
        """Return the mean of a figure over the seeds, task by task."""
        return dict(
            zip(self.families, map(fmean, zip(*(one[figure] for one in self._of(key)), strict=True)), strict=True)
        )

    def tokens(self, key: Key) -> float:
        """Return the tokens generated for one answer, with those of the answers that it repairs."""
        return fmean(one["tokens"] for one in self._of(key))

    def counts(self) -> dict[str, float]:
        """Return what the training of a seed generated, on average: completions, flat groups, and wrong verdicts."""
        names = [name for name in ("completions", "flat groups", "wrong verdicts") if name in self.lines[0]]
        return {name: round(fmean(line[name] for line in self.lines), 3) for name in names}

    def _of(self, key: Key) -> list[dict[str, Any]]:
        return [one for line in self.lines for one in line["answers"] if (one["policy"], one["decoding"]) == key]


def compared(
    kept: Kept, plan: Plan, seeds: Sequence[int], warm: Arm, arms: Sequence[Arm], seconds: Mapping[str, float]
) -> dict[str, Any]:
    """Return the figures of every arm that has finished for all seeds, and of the warm start.

    Args:
        seconds: The processor time of each arm's training, where it is known.
    """
    found = [Measured(kept, plan, seeds, arm, seconds.get(arm.name)) for arm in (warm, *arms)]
    whole = [one for one in found if len(one.lines) == len(seeds)]
    base = next((one for one in whole if one.arm.name == "grpo"), None)
    lengths = [one for name in GRPO_LENGTHS for one in whole if one.arm.name == name and one.seconds is not None]
    rows = []
    for one in whole:
        for key in one.measured:
            row: dict[str, Any] = {"arm": one.arm.name + key[0].removeprefix(one.arm.stage), "decoding": key[1]}
            row |= {"processor seconds": one.seconds, **one.counts(), "tokens": round(one.tokens(key), 1)}
            row |= {figure: [round(rate, 4) for rate in one.by_seed(key, figure)] for figure in FIGURES}
            plain = ("grpo", key[1])
            if base is not None and one is not base:
                row["over grpo"] = {name: _over(one, key, base.by_task(plain, name), name) for name in FIGURES}
                if one.seconds is not None and len(lengths) == len(GRPO_LENGTHS):
                    row["over grpo in this time"] = {
                        name: _over(one, key, at_time(one.seconds, _points(lengths, plain, name)), name)
                        for name in FIGURES
                    }
            rows.append(row)
    return {"seeds": list(seeds), "unfinished": [one.arm.name for one in found if one not in whole], "rows": rows}


#: GRPO by the recipe, for different numbers of steps, the shortest first.
GRPO_LENGTHS = ("grpo", "grpo-1.5x", "grpo-2x")


def _points(lengths: Sequence[Measured], key: Key, figure: str) -> list[tuple[float, ByTask]]:
    return [(one.seconds or 0.0, one.by_task(key, figure)) for one in lengths]


def at_time(seconds: float, points: Sequence[tuple[float, ByTask]]) -> ByTask:
    """Return what GRPO reaches on each task in some processor time: on the line between two of its lengths.

    Outside of them it is the nearest length.

    Args:
        points: The time of each length and its figures, the shortest first.
    """
    after = next((at for at, point in enumerate(points) if point[0] >= seconds), len(points) - 1)
    before = max(0, after - 1) if points[after][0] > seconds else after
    (early, low), (late, high) = points[before], points[after]
    share = (seconds - early) / (late - early) if late > early else 0.0
    return {task: (1 - share) * low[task] + share * high[task] for task in low}


def _over(one: Measured, key: Key, before: ByTask, figure: str) -> dict[str, float]:
    after = one.by_task(key, figure)
    gained = paired_difference(
        [after[task] for task in after], [before[task] for task in after], [*one.families.values()]
    )
    return asdict(gained)


def table(found: Mapping[str, Any]) -> str:
    """Return pass@1 as a Markdown table, in percent, and the differences from GRPO in points, with their intervals."""
    titles = ["arm", "decoding", "completions", "processor s", "tokens", "pass@1", "over GRPO", "in the same time"]
    lines = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    for row in found["rows"]:
        cells = [row["arm"], row["decoding"], row.get("completions", ""), row["processor seconds"] or "", row["tokens"]]
        rates = row["pass@1"]
        cells.append(f"{100 * fmean(rates):.1f} ({', '.join(f'{100 * rate:.0f}' for rate in rates)})")
        for difference in ("over grpo", "over grpo in this time"):
            one = row.get(difference, {}).get("pass@1")
            numbers = [100 * one[name] for name in ("value", "low", "high")] if one else []
            cells.append("{:+.1f} [{:+.1f}, {:+.1f}]".format(*numbers) if one else "")
        lines.append(f"| {' | '.join(map(str, cells))} |")
    if found["unfinished"]:
        lines.append(f"\nNot finished for all seeds: {', '.join(found['unfinished'])}.")
    return "\n".join(lines)
