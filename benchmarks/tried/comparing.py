"""What the arms reach, and what each adds to GRPO with the same completions and in the same time, task by task."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import asdict
from statistics import fmean
from typing import Any

from arms import Arm, Plan, evaluation, is_complete, processor_seconds, run_name

from iacrl.evaluation.metrics import paired_difference
from iacrl.evaluation.rates import cluster_of, gather
from iacrl.files import read_rows
from iacrl.scoring.samples import DecodingName, ScoredSample, read_samples
from tried.scores import only_errors

#: A figure of a task: its mean over completions and seeds.
ByTask = Mapping[str, float]

_FIGURES: Mapping[str, Callable[[ScoredSample], float]] = {
    "pass@1": lambda one: float(one.passed),
    "valid@1": lambda one: float(one.valid),
    "score": lambda one: one.score or 0.0,
}


class Measured:
    """The evaluations of an arm, of every finished seed.

    Attributes:
        seeds: The finished seeds.
        seconds: Mean processor time of a seed's training, with the start of its process; 0 if it trains nothing.
        clusters: The cluster of each task.
    """

    def __init__(self, plan: Plan, seeds: Sequence[int], arm: Arm) -> None:
        self.arm = arm
        self.seeds = [seed for seed in seeds if is_complete(evaluation(plan, seed, arm))]
        self.seconds = fmean([processor_seconds(plan, seed, arm) for seed in self.seeds] or [0.0])
        self.clusters: dict[str, Hashable] = {}
        self._found: list[dict[tuple[str, DecodingName], dict[str, list[ScoredSample]]]] = []
        for seed in self.seeds:
            of_arm = gather(read_samples(evaluation(plan, seed, arm) / "samples.jsonl"))
            self._found.append({key: tasks for key, tasks in of_arm.items() if key[0].startswith(arm.stage)})
        for of_seed in self._found:
            for tasks in of_seed.values():
                self.clusters |= {task: cluster_of(samples[0]) for task, samples in tasks.items()}

    @property
    def measured(self) -> list[tuple[str, DecodingName]]:
        """What was measured, in order: the arm or its repairs, and the decoding."""
        return list(dict.fromkeys(key for of_seed in self._found for key in of_seed))

    def by_seed(self, key: tuple[str, DecodingName], figure: str) -> list[float]:
        """Return the mean of a figure over the tasks, seed by seed."""
        return [fmean(self._of_tasks(of_seed[key], figure).values()) for of_seed in self._found]

    def by_task(self, key: tuple[str, DecodingName], figure: str) -> ByTask:
        """Return the mean of a figure over the seeds, task by task."""
        each = [self._of_tasks(of_seed[key], figure) for of_seed in self._found]
        return {task: fmean(one[task] for one in each) for task in each[0]}

    def spent(self, key: tuple[str, DecodingName]) -> float:
        """Return the tokens generated for one answer, with those of the answers that it repairs."""
        costs = [
            one.tokens if one.spent is None else one.spent
            for of_seed in self._found
            for samples in of_seed[key].values()
            for one in samples
        ]
        return fmean(cost for cost in costs if cost is not None)

    def _of_tasks(self, tasks: Mapping[str, Sequence[ScoredSample]], figure: str) -> dict[str, float]:
        return {task: fmean(map(_FIGURES[figure], samples)) for task, samples in tasks.items()}


def compared(plan: Plan, seeds: Sequence[int], warm: Arm, arms: Sequence[Arm]) -> dict[str, Any]:
    """Return the figures of every arm that has finished for all seeds, and of the warm start."""
    found = [Measured(plan, seeds, arm) for arm in (warm, *arms)]
    whole = [one for one in found if len(one.seeds) == len(seeds)]
    base = next((one for one in whole if one.arm.name == "grpo"), None)
    lengths = sorted((one for one in whole if one.arm.name in GRPO_LENGTHS), key=lambda one: one.seconds)
    rows = []
    for one in whole:
        counts = _counts(plan, one) if one.arm.stage == "grpo" else {}
        for key in one.measured:
            row: dict[str, Any] = {"arm": one.arm.name + key[0].removeprefix(one.arm.stage), "decoding": key[1]}
            row |= {"processor seconds": round(one.seconds), **counts, "tokens": round(one.spent(key), 1)}
            row |= {figure: [round(rate, 4) for rate in one.by_seed(key, figure)] for figure in _FIGURES}
            plain = ("grpo", key[1])
            if base is not None and one is not base:
                row["over grpo"] = {name: _over(one, key, base.by_task(plain, name), name) for name in _FIGURES}
                row["over grpo in this time"] = {
                    name: _over(one, key, at_time(one.seconds, _points(lengths, plain, name)), name)
                    for name in _FIGURES
                }
            rows.append(row)
    return {"seeds": list(seeds), "unfinished": [one.arm.name for one in found if one not in whole], "rows": rows}


#: GRPO by the recipe, for different numbers of steps.
GRPO_LENGTHS = ("grpo", "grpo-1.5x", "grpo-2x")


def _points(lengths: Sequence[Measured], key: tuple[str, DecodingName], figure: str) -> list[tuple[float, ByTask]]:
    return [(one.seconds, one.by_task(key, figure)) for one in lengths]


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


def _over(one: Measured, key: tuple[str, DecodingName], before: ByTask, figure: str) -> dict[str, float]:
    after = one.by_task(key, figure)
    tasks = sorted(after)
    clusters = [one.clusters[task] for task in tasks]
    return asdict(paired_difference([after[task] for task in tasks], [before[task] for task in tasks], clusters))


def _counts(plan: Plan, one: Measured) -> dict[str, float]:
    """Return what the training of a seed generated, on average: completions, flat groups, and wrong verdicts."""
    completions, wrong, flat = [], [], []
    name, _, value = one.arm.method.partition(":")
    for seed in one.seeds:
        folder = plan.runs / run_name(plan, seed, one.arm) / "grpo"
        sampled = [row for _, row in read_rows(folder / "samples.jsonl")]
        completions.append(len(sampled))
        wrong.append(fmean(only_errors(row, value.split(",")) for row in sampled))
        lines = [row for _, row in read_rows(folder / "metrics.jsonl")]
        flat.append(fmean(row["flat_groups"] for row in lines if "flat_groups" in row))
    counts = {"completions": round(fmean(completions)), "flat groups": round(fmean(flat), 3)}
    if name == "flip":
        counts["wrong verdicts"] = float(value)
    elif name == "blind":
        counts["wrong verdicts"] = round(fmean(wrong), 3)
    return counts


def table(found: Mapping[str, Any]) -> str:
    """Return pass@1 as a Markdown table, in percent, and the differences from GRPO in points, with their intervals."""
    titles = ["arm", "decoding", "completions", "processor s", "tokens", "pass@1", "over GRPO", "in the same time"]
    lines = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    for row in found["rows"]:
        cells = [row["arm"], row["decoding"], row.get("completions", ""), row["processor seconds"], row["tokens"]]
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
