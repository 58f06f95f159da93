"""Learning curves: from the stages' logs to means and deviations by optimizer step."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import Any

from iacrl.evaluation.report.logged import STEP_TIMES, TOTAL_TIME, finite, per_step
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
    """One quantity over the steps of one stage.

    `name` is the key in `metrics.jsonl`, `score`, `passed` or `reward/NAME`. `family/NAME` is the share of a family's
    completions that pass, and `rule/CODE` the share of all completions that break a rule. `time/NAME` is the seconds of
    one step.
    """

    stage: str
    name: str
    points: tuple[Point, ...]


#: The hack monitor's figures: the training score, the second judge's verdict, and the strict intent.
PROBE = ("probe/score", "probe/valid", "probe/passed")

#: The figures taken from `metrics.jsonl`, for each stage.
_BOTH = ("grad_norm", "learning_rate")
_LOGGED = {
    "sft": ("loss", "mean_token_accuracy", *_BOTH),
    "grpo": ("completions/mean_length", "completions/clipped_ratio", "entropy", "flat_groups", *_BOTH, *PROBE),
}

#: The rules with curves of their own, the most frequent ones.
MOST_RULES = 6
#: The families with curves of their own, the most frequent ones.
MOST_FAMILIES = 16
#: The rewards with curves of their own, the first ones. A rubric has fewer; a run may be from anybody.
MOST_REWARDS = 100
#: The points of a family's or rule's curve. A step has few completions of one family, so a point is of several steps.
_WINDOWS = 10


def curves_of(run: Run) -> tuple[Curve, ...]:
    """Return every curve of a run that has points.

    Score, passed and the reward's parts come from the sampled completions themselves, which show the deviations.
    Without them, the logged means are used.
    """
    curves = []
    for stage, names in _LOGGED.items():
        rows = run.stages[stage].metrics if stage in run.stages else ()
        curves += [Curve(stage, name, _logged(rows, name)) for name in names]
        times = {name: per_step(rows, name) for name in (*STEP_TIMES, TOTAL_TIME)}
        curves += [Curve(stage, name, tuple(Point(*one) for one in found)) for name, found in times.items()]
    metrics = run.stages["grpo"].metrics if "grpo" in run.stages else ()
    curves += _scored(run.training_samples) or _logged_scores(metrics)
    curves += _by_family_and_rule(run.training_samples)
    return tuple(curve for curve in curves if curve.points)


def _scored(samples: Sequence[ScoredSample]) -> list[Curve]:
    by_step: dict[int, list[ScoredSample]] = defaultdict(list)
    for found in samples:
        if found.step is not None and found.score is not None:
            by_step[found.step].append(found)
    steps = sorted(by_step)
    names = list(dict.fromkeys(name for found in samples for name in found.parts))[:MOST_REWARDS]
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


def _by_family_and_rule(samples: Sequence[ScoredSample]) -> list[Curve]:
    """Return the curves of the most frequent families and rules, each point over several steps."""
    stepped = [(found.step, found) for found in samples if found.step is not None]
    steps = sorted({step for step, _ in stepped})
    width = -(-len(steps) // _WINDOWS) or 1
    middle = {step: steps[min(place - place % width + width // 2, len(steps) - 1)] for place, step in enumerate(steps)}
    passed: dict[str, dict[int, list[bool]]] = defaultdict(lambda: defaultdict(list))
    broken: dict[str, Counter[int]] = defaultdict(Counter)
    asked: Counter[int] = Counter()
    for step, found in stepped:
        at = middle[step]
        asked[at] += 1
        passed[found.family][at].append(found.passed)
        for code in {one.code for one in found.verdict.diagnostics if one.severity == "error"}:
            broken[code][at] += 1
    frequent = sorted(filter(None, passed), key=lambda name: (-sum(map(len, passed[name].values())), name))
    families = {
        name: [Point(at, fmean(values)) for at, values in sorted(passed[name].items())]
        for name in sorted(frequent[:MOST_FAMILIES])
    }
    rules = {
        code: [Point(at, broken[code][at] / count) for at, count in sorted(asked.items())]
        for code in sorted(broken, key=lambda code: (-broken[code].total(), code))[:MOST_RULES]
    }
    return [
        *(Curve("grpo", f"family/{name}", tuple(points)) for name, points in families.items()),
        *(Curve("grpo", f"rule/{code}", tuple(points)) for code, points in rules.items()),
    ]


def _point(step: int, values: Iterable[float]) -> Point:
    found = list(values)
    return Point(step, fmean(found), pstdev(found))


def _logged_scores(rows: Sequence[Mapping[str, Any]]) -> list[Curve]:
    names = list(dict.fromkeys(name for row in rows for name in row if name.startswith("reward/")))[:MOST_REWARDS]
    score = Curve("grpo", "score", _logged(rows, "reward", "rewards/rubric_score/std"))
    return [score, *(Curve("grpo", name, _logged(rows, name)) for name in ("passed", *names))]


def _logged(rows: Sequence[Mapping[str, Any]], name: str, deviation: str = "") -> tuple[Point, ...]:
    return tuple(
        Point(row["step"], mean, finite(row.get(deviation)))
        for row in rows
        if (mean := finite(row.get(name))) is not None
    )
