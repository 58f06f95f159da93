"""How training ran: gradient, learning rate and time of the steps; and its completions by family and by rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from iacrl.domains.registry import find_rule
from iacrl.errors import UserError
from iacrl.evaluation.report.charts import Chart, Lines, Panel, Series
from iacrl.evaluation.report.learning_charts import curve_series, over_steps, values_of
from iacrl.evaluation.report.logged import TOTAL_TIME
from iacrl.evaluation.report.summary import Summary


def training_charts(summary: Summary) -> Iterator[Chart]:
    """Yield the charts of how both stages ran, as far as the runs have values."""
    for stage in ("sft", "grpo"):
        for name, chart in _LOGGED.items():
            series = curve_series(summary, stage, name, share=False)
            if series:
                title = f"{stage.upper()}: {chart.title}"
                shown = replace(chart, name=f"{stage}-{chart.name}", title=title, panels=(Panel("", series),))
                yield shown
        yield from _times(summary, stage)


def breakdown_charts(summary: Summary) -> Iterator[Chart]:
    """Yield GRPO's completions over its steps, by family and by rule."""
    about = "Completions that do everything that was asked. A point is the mean over several steps."
    yield from _panels(summary, "family/", "grpo-families", "GRPO: passed by family", about)
    about = "Completions that break each of the most frequent rules. A point is the mean over several steps."
    yield from _panels(summary, "rule/", "grpo-rules", "GRPO: broken rules", about)


def _chart(name: str, title: str, about: str, y: str) -> Lines:
    return replace(over_steps(name, title, about, y, share=False), section="training")


#: A figure of `metrics.jsonl` to its chart, without values.
_LOGGED = {
    "grad_norm": _chart("gradient", "gradient", "The norm of the gradient before it is clipped.", "norm"),
    "learning_rate": _chart("learning-rate", "learning rate", "As the schedule sets it.", "learning rate"),
}

#: The parts of a step's time that get a line: label and colour.
_PARTS = {
    "time/generation": ("generation", 0),
    "time/scoring": ("scoring", 1),
    "time/update": ("update", 2),
    TOTAL_TIME: ("whole step", 3),
}


def _times(summary: Summary, stage: str) -> Iterator[Chart]:
    """Yield where a step's time goes, with a panel for each run: a run's lines belong together."""
    panels = []
    for run in summary.runs:
        curves = {name: run.curve(name, stage) for name in _PARTS}
        series = tuple(
            Series(label, values_of(curve, share=False), hue=hue)
            for (name, (label, hue)) in _PARTS.items()
            if (curve := curves[name]) is not None
        )
        if series:
            panels.append(Panel(run.name if len(summary.runs) > 1 else "", series))
    if panels:
        about = "Seconds of one step. The rest of a step is logarithms of probabilities, measuring, saving."
        chart = _chart(f"{stage}-step-time", f"{stage.upper()}: time of a step", about, "seconds")
        yield replace(chart, panels=tuple(panels))


def _panels(summary: Summary, prefix: str, name: str, title: str, about: str) -> Iterator[Chart]:
    names = dict.fromkeys(curve.name for run in summary.runs for curve in run.curves if curve.name.startswith(prefix))
    panels = tuple(
        Panel(_title(one.removeprefix(prefix)), curve_series(summary, "grpo", one, share=True)) for one in names
    )
    if panels:
        yield over_steps(name, title, about, "share", *panels)


def _title(name: str) -> str:
    """Return a panel's title: a code with what it says, or the name of a family."""
    try:
        return f"{name} {find_rule(name).title}"
    except UserError:
        return name
