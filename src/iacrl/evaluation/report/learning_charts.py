"""Learning curves as charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from iacrl.evaluation.report.charts import Chart, ChartValue, Lines, Panel, Series
from iacrl.evaluation.report.curves import PROBE, Curve, Point
from iacrl.evaluation.report.summary import Summary

#: The most points of a line, more than the width can show; longer curves are averaged down to it.
_MOST_POINTS = 240


def learning_charts(summary: Summary) -> list[Chart | None]:
    """Return the charts of both stages' curves; None for a chart without values."""
    return [
        *(_line(summary, curve, chart) for curve, chart in _BEFORE_PARTS.items()),
        _probe(summary),
        _parts(summary),
        *(_line(summary, curve, chart) for curve, chart in _AFTER_PARTS.items()),
    ]


def over_steps(
    name: str, title: str, about: str, y: str, *panels: Panel, share: bool = True, percent: bool = True
) -> Lines:
    """Return a chart over the optimizer steps."""
    return Lines(name, "learning", title, about, "optimizer step", y, panels, share=share, percent=percent)


#: Stage and name of a curve to the chart that shows it, without its values.
_BEFORE_PARTS = {
    ("sft", "loss"): over_steps(
        "sft-loss", "SFT: loss", "Cross-entropy of the gold answers.", "nats per token", share=False
    ),
    ("sft", "mean_token_accuracy"): over_steps(
        "sft-accuracy", "SFT: token accuracy", "Tokens that are the likeliest.", "share"
    ),
    ("grpo", "score"): over_steps(
        "grpo-score",
        "GRPO: score",
        "Mean score of a step's completions, with one standard deviation.",
        "score",
        percent=False,
    ),
    ("grpo", "passed"): over_steps(
        "grpo-passed", "GRPO: passed", "Completions that do everything that was asked.", "share"
    ),
}
_AFTER_PARTS = {
    ("grpo", "completions/mean_length"): over_steps(
        "grpo-length", "GRPO: length", "Mean length of a completion.", "tokens", share=False
    ),
    ("grpo", "completions/clipped_ratio"): over_steps(
        "grpo-cut-off", "GRPO: cut off", "Completions that the token limit cut off.", "share"
    ),
    ("grpo", "entropy"): over_steps("grpo-entropy", "GRPO: entropy", "Of the next token, mean.", "nats", share=False),
    ("grpo", "flat_groups"): over_steps(
        "grpo-no-signal",
        "GRPO: groups without a signal",
        "Groups whose completions all have the same score: they teach nothing.",
        "share",
    ),
}


def _line(summary: Summary, curve: tuple[str, str], chart: Lines) -> Chart | None:
    series = curve_series(summary, *curve, share=chart.share)
    return replace(chart, panels=(Panel("", series),)) if series else None


#: The lines of the hack monitor, in the order of `PROBE`: label and colour.
_PROBE_LINES = (("training score", 2), ("second judge's verdict", 3), ("strict intent", 4))


def _probe(summary: Summary) -> Chart | None:
    """Return the hack monitor's chart, with a panel for each run: a run's three lines belong together."""
    panels = []
    for run in summary.runs:
        curves = [run.curve(name) for name in PROBE]
        series = tuple(
            Series(label, values_of(curve, share=True), hue=hue)
            for (label, hue), curve in zip(_PROBE_LINES, curves, strict=True)
            if curve is not None
        )
        if series:
            panels.append(Panel(run.name if len(summary.runs) > 1 else "", series))
    if not panels:
        return None
    about = (
        "The same validation tasks each time: their mean training score, the share that a second judge accepts, and "
        "the share that it accepts and that does everything asked for. A score that rises alone is earned by a trick."
    )
    title = "GRPO: hack monitor"
    return over_steps("grpo-probe", title, about, "value", *panels, percent=False)


def _parts(summary: Summary) -> Chart | None:
    names = dict.fromkeys(
        curve.name for run in summary.runs for curve in run.curves if curve.name.startswith("reward/")
    )
    panels = tuple(
        Panel(name.removeprefix("reward/"), curve_series(summary, "grpo", name, share=True)) for name in names
    )
    if not panels:
        return None
    about = "Each part of the reward: its mean over the completions of a step, with one standard deviation."
    title = "GRPO: parts of the reward"
    return over_steps("grpo-rewards", title, about, "value", *panels, percent=False)


#: The colours of SFT and GRPO, the policies after the base; those of a second run follow.
_STAGE_HUES = {"sft": 1, "grpo": 2}


def curve_series(summary: Summary, stage: str, name: str, *, share: bool) -> tuple[Series, ...]:
    """Return a line for each run that has the curve."""
    found = [(number, run, run.curve(name, stage)) for number, run in enumerate(summary.runs)]
    return tuple(
        Series(run.name, values_of(curve, share=share), hue=_STAGE_HUES[stage] + 2 * number, second=number > 0)
        for number, run, curve in found
        if curve is not None
    )


def values_of(curve: Curve, *, share: bool) -> tuple[ChartValue, ...]:
    """Return the points of a curve; with `share`, their bands stay between 0 and 1."""
    return tuple(_with_band(point, share=share) for point in _thinned(curve.points))


def _with_band(point: Point, *, share: bool) -> ChartValue:
    if point.deviation is None:
        return ChartValue(point.step, point.mean)
    low, high = point.mean - point.deviation, point.mean + point.deviation
    return ChartValue(point.step, point.mean, max(low, 0.0) if share else low, min(high, 1.0) if share else high)


def _thinned(points: Sequence[Point]) -> list[Point]:
    """Return at most `_MOST_POINTS` points, each the mean of equally many neighbours."""
    width = -(-len(points) // _MOST_POINTS)
    if width <= 1:
        return list(points)
    return [_mean(points[start : start + width]) for start in range(0, len(points), width)]


def _mean(points: Sequence[Point]) -> Point:
    deviations = [point.deviation for point in points if point.deviation is not None]
    return Point(
        points[len(points) // 2].step,
        sum(point.mean for point in points) / len(points),
        sum(deviations) / len(deviations) if deviations else None,
    )
