"""Learning curves: from the stages' logs to means and deviations by optimizer step."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import Any

from iacrl.evaluation.report.reading import Run
from iacrl.scoring.samples import ScoredSample


@dataclass(frozen=True, slots=True)
class Point:
    """A mean at an optimizer step, with the standard deviation over completions if known."""

    step: int
    mean: float
    deviation: float | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """One quantity over the steps of one stage. `name` is the key in `metrics.jsonl`, `score` or `reward/NAME`."""

    stage: str
    name: str
    points: tuple[Point, ...]


#: The hack monitor's figures: the training score, the second judge's verdict, and the strict intent.
PROBE = ("probe/score", "probe/valid", "probe/passed")

#: The figures taken from `metrics.jsonl`, for each stage.
_LOGGED = {
    "sft": ("loss", "mean_token_accuracy"),
    "grpo": ("completions/mean_length", "completions/clipped_ratio", "entropy", "frac_reward_zero_std", *PROBE),
}


def curves_of(run: Run) -> tuple[Curve, ...]:
    """Return every curve of a run that has points.

    Score, passed and the reward's parts come from the sampled completions themselves, which show the deviations.
    Without them, the logged means are used.
    """
    curves = []
    for stage, names in _LOGGED.items():
        rows = run.stages[stage].metrics if stage in run.stages else ()
        curves += [Curve(stage, name, _logged(rows, name)) for name in names]
    metrics = run.stages["grpo"].metrics if "grpo" in run.stages else ()
    curves += _scored(run.training_samples) or _logged_scores(metrics)
    return tuple(curve for curve in curves if curve.points)


def _scored(samples: Sequence[ScoredSample]) -> list[Curve]:
    by_step: dict[int, list[ScoredSample]] = defaultdict(list)
    for found in samples:
        if found.step is not None and found.score is not None:
            by_step[found.step].append(found)
    steps = sorted(by_step)
    names = dict.fromkeys(name for found in samples for name in found.parts)
    score = [_point(step, (found.score or 0.0 for found in by_step[step])) for step in steps]
    passed = [Point(step, fmean(found.passed for found in by_step[step])) for step in steps]
    parts = {
        name: [
            _point(step, values)
            for step in steps
            if (values := [v for found in by_step[step] if (v := found.parts.get(name)) is not None])
        ]
        for name in names
    }
    curves = {"score": score, "passed": passed, **{f"reward/{name}": points for name, points in parts.items()}}
    return [Curve("grpo", name, tuple(points)) for name, points in curves.items()] if steps else []


def _point(step: int, values: Iterable[float]) -> Point:
    found = list(values)
    return Point(step, fmean(found), pstdev(found))


def _logged_scores(rows: Sequence[Mapping[str, Any]]) -> list[Curve]:
    names = dict.fromkeys(name for row in rows for name in row if name.startswith("reward/"))
    score = Curve("grpo", "score", _logged(rows, "reward", "rewards/rubric_score/std"))
    return [score, *(Curve("grpo", name, _logged(rows, name)) for name in ("passed", *names))]


def _logged(rows: Sequence[Mapping[str, Any]], name: str, deviation: str = "") -> tuple[Point, ...]:
    return tuple(
        Point(row["step"], mean, _number(row.get(deviation)))
        for row in rows
        if (mean := _number(row.get(name))) is not None
    )


def _number(value: object) -> float | None:
    """Return a finite number; None for anything else, such as the NaN of a diverged step."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
