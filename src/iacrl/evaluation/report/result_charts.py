"""Every chart of a report. This module makes those of results: over all tasks, and by domain, difficulty and family."""

from __future__ import annotations

from collections.abc import Sequence

from iacrl.domains.registry import domain_names
from iacrl.evaluation.figures import By, Estimate, PolicyResult
from iacrl.evaluation.report.charts import NEUTRAL, Chart, ChartValue, Dots, Lines, Panel, Series, Stack
from iacrl.evaluation.report.headline import main_decoding
from iacrl.evaluation.report.learning_charts import learning_charts
from iacrl.evaluation.report.summary import RunSummary, Summary, hue_of, hues_of, label_of, results_of, row_label
from iacrl.evaluation.report.training_charts import breakdown_charts, training_charts
from iacrl.scoring.judgement import JUDGED_LAYERS


def charts_of(summary: Summary) -> list[Chart]:
    """Return the charts for which the runs have values, in a report's order."""
    found = (
        _pass_at_1(summary),
        _pass_at_k(summary),
        _layers(summary),
        *learning_charts(summary),
        *breakdown_charts(summary),
        *training_charts(summary),
        _slices(summary, "domain", None),
        _slices(summary, "difficulty", None),
        *(_slices(summary, "family", domain) for domain in (*domain_names(), "")),
    )
    return [chart for chart in found if chart is not None]


def _value(x: float, found: Estimate) -> ChartValue:
    return ChartValue(x, found.value, found.low, found.high)


def _pass_at_1(summary: Summary) -> Chart | None:
    hues = hues_of(summary)
    found = list(results_of(summary))
    series = tuple(
        Series(
            row_label(run, result, summary),
            (_value(row, result.rates().passed[1]),),
            hue_of(result, hues),
            result.decoding == "sampled",
        )
        for row, (run, result) in enumerate(found)
    )
    if not series:
        return None
    about = "Valid, and everything that was asked for is there: share of tasks, with its 95 % interval."
    rows = tuple(one.label for one in series)
    return Dots("pass-at-1", "results", "pass@1", about, "pass@1", "", (Panel("", series),), rows)


def _pass_at_k(summary: Summary) -> Chart | None:
    hues = hues_of(summary)
    series = tuple(
        Series(
            label_of(run, result.policy, summary),
            tuple(_value(k, passed) for k, passed in sorted(result.rates().passed.items())),
            hue_of(result, hues),
            run is not summary.runs[0],
        )
        for run, result in results_of(summary)
        if len(result.rates().passed) > 1
    )
    if not series:
        return None
    about = "Share of tasks that at least one of k sampled completions solves (unbiased), with its 95 % interval."
    return Lines("pass-at-k", "results", "pass@k", about, "k", "pass@k", (Panel("", series),), bands=False)


#: The label of a completion that passed the layers below and failed at this one.
_ENDS = {
    "extract": "no text",
    "syntax": "fails syntax",
    "structure": "fails structure",
    "schema": "fails schema",
    "references": "fails references",
    "intent": "valid, incomplete",
}
_EMPTY = "declares nothing"
_UNJUDGED = "not judged"
_PASSES = "passes"
#: The parts of a bar in their order, to the step of the palette that paints them.
_END_HUES = {
    "no text": 0,
    "fails syntax": 1,
    "fails structure": 2,
    "fails schema": 3,
    "fails references": 4,
    _UNJUDGED: NEUTRAL,
    _EMPTY: 5,
    "valid, incomplete": 6,
    _PASSES: 7,
}


def _layers(summary: Summary) -> Chart | None:
    found = list(results_of(summary))
    if not found:
        return None
    rows = tuple(row_label(run, result, summary) for run, result in found)
    ends = [_ends_of(run, result) for run, result in found]
    series = tuple(
        Series(words, tuple(ChartValue(row, shares[words]) for row, shares in enumerate(ends)), hue)
        for words, hue in _END_HUES.items()
        if any(shares[words] > 0 for shares in ends)
    )
    about = "The layer at which completions fail, as a share of all completions."
    return Stack("layers", "results", "How far completions get", about, "share", "", (Panel("", series),), rows)


def _ends_of(run: RunSummary, result: PolicyResult) -> dict[str, float]:
    """Return how a policy's completions end: each end's share; the shares add up to 1."""
    unjudged = {
        one.layer: one.share for one in run.unjudged if (one.policy, one.decoding) == (result.policy, result.decoding)
    }
    # An empty text passes every layer except the last one, but is not an answer.
    declares = result.rates().valid[1].value
    shares = dict.fromkeys(_END_HUES, 0.0)
    before = 1.0
    for layer in JUDGED_LAYERS:
        if layer == "intent":
            shares[_EMPTY] = max(0.0, before - declares)
            before = min(before, declares)
        here = result.rates().layers.get(layer)
        now = before if here is None else min(before, here.value)
        not_judged = min(before - now, unjudged.get(layer, 0.0))
        shares[_UNJUDGED] += not_judged
        shares[_ENDS[layer]] = before - now - not_judged
        before = now
    shares[_PASSES] = before
    return shares


def _slices(summary: Summary, by: By, domain: str | None) -> Chart | None:
    """Return pass@1 by slice. Families are shown one domain at a time; `""` means an unknown domain."""
    hues = hues_of(summary)
    families = {name: where for run in summary.runs for name, where in run.families.items()}
    found = [(run, result) for run, result in results_of(summary) if result.decoding == _main_decoding(summary)]
    trivial = [(run, result) for run, result in results_of(summary) if result.trivial]
    names = dict.fromkeys(
        one.name
        for _, result in found
        for one in result.slices
        if one.by == by and (domain is None or families.get(one.name, "") == domain)
    )
    rows = {name: row for row, name in enumerate(sorted(names))}
    if len(rows) < (1 if by == "family" else 2):
        return None
    models = tuple(
        Series(
            label_of(run, result.policy, summary),
            _rows(result, by, rows),
            hue_of(result, hues),
            run is not summary.runs[0],
        )
        for run, result in found
        if not result.trivial
    )
    best = _best(trivial, by, rows)
    series = (*models, Series("best trivial policy", best, NEUTRAL)) if best else models
    where = f", {domain}" if domain else ""
    title = f"pass@1 by {by}{where}"
    decoding = _main_decoding(summary)
    about = "With 95 % intervals." if decoding == "given" else f"{decoding.capitalize()} decoding, with 95 % intervals."
    name = f"by-{by}" + (f"-{domain}" if domain else "")
    return Dots(name, "slices", title, about, "pass@1", "", (Panel("", series),), tuple(rows))


def _main_decoding(summary: Summary) -> str:
    """Return the decoding of the slices: the main one of the first evaluation."""
    return next((main_decoding(run.evaluation) for run in summary.runs if run.evaluation is not None), "greedy")


def _rows(result: PolicyResult, by: By, rows: dict[str, int]) -> tuple[ChartValue, ...]:
    return tuple(
        _value(rows[one.name], one.rates.passed[1]) for one in result.slices if one.by == by and one.name in rows
    )


def _best(trivial: Sequence[tuple[RunSummary, PolicyResult]], by: By, rows: dict[str, int]) -> tuple[ChartValue, ...]:
    """Return, for each row, the rate of its best trivial policy."""
    best: dict[float, float] = {}
    for _, result in trivial:
        for value in _rows(result, by, rows):
            best[value.x] = max(value.y, best.get(value.x, 0.0))
    return tuple(ChartValue(x, y) for x, y in sorted(best.items()))
