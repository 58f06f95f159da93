"""The tables of a report: every chart's values, the rates, the diagnostics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from iacrl.domains.registry import find_rule
from iacrl.errors import UserError
from iacrl.evaluation.answers_table import answers_rows, percent
from iacrl.evaluation.figures import DiagnosticCount, Evaluation, PolicyResult
from iacrl.evaluation.rates import MOST_CODES
from iacrl.evaluation.report.charts import Chart, ChartValue, Lines
from iacrl.evaluation.report.costs import StageCost, clock
from iacrl.evaluation.report.summary import RunSummary, Summary, results_of, row_label
from iacrl.evaluation.text_tables import general_rows

#: The cells of a chart's table. Policies with families of their own make a table of mostly empty cells.
_MOST_CELLS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as text. The first cell of a row is its heading."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class CodeRow:
    """How often one diagnostic was found.

    Attributes:
        shares: For each column, the share of completions; None if it may be among the unlisted ones.
    """

    code: str
    title: str
    layer: str
    example: str
    shares: tuple[float | None, ...]


def chart_table(chart: Chart) -> Table:
    """Return the values of a chart."""
    series = [
        (f"{panel.title}: {one.label}" if panel.title else one.label, one.values)
        for panel in chart.panels
        for one in panel.series
    ]
    in_percent = not isinstance(chart, Lines) or (chart.share and chart.percent)
    rows = getattr(chart, "rows", None)
    places = sorted({value.x for _, values in series for value in values})
    if rows is not None and all(len(values) == 1 for _, values in series):  # each series is a separate row
        return Table(("", chart.x), tuple((label, _cell(values[0], in_percent=in_percent)) for label, values in series))
    by_place = [{value.x: value for value in values} for _, values in series]
    body = tuple(
        (
            rows[int(place)] if rows is not None else f"{place:g}",
            *(_cell(values[place], in_percent=in_percent) if place in values else "–" for values in by_place),
        )
        for place in places[: _MOST_CELLS // max(len(series), 1) + 1]
    )
    if len(body) < len(places):
        body = (*body, (f"and {len(places) - len(body):,} more", *("" for _ in series)))
    return Table(("" if rows is not None else chart.x, *(label for label, _ in series)), body)


def _cell(value: ChartValue, *, in_percent: bool) -> str:
    factor, digits = (100, 1) if in_percent else (1, 3)
    words = f"{factor * value.y:.{digits}f}"
    if value.low is None or value.high is None:
        return words
    return f"{words} [{factor * value.low:.{digits}f}, {factor * value.high:.{digits}f}]"


def rates_table(run: RunSummary) -> Table:
    """Return the rates of a run: pass@1 by domain and overall, valid, score, and how completions end."""
    evaluation = run.evaluation
    if evaluation is None:
        raise ValueError(f"{run.name} has no evaluation")
    domains = evaluation.domains
    shown = domains if len(domains) > 1 else []
    header = ("policy", "pass@1", *shown, "valid", *(["not judged"] if run.unjudged else []), "score", "cut off")
    return Table(header, tuple(_rates_row(run, result, shown) for result in evaluation.results))


def _rates_row(run: RunSummary, result: PolicyResult, domains: Sequence[str]) -> tuple[str, ...]:
    rates = result.rates()
    passed = {one.name: one.rates.passed[1] for one in result.slices if one.by == "domain"}
    return (
        f"{result.policy} (trivial)" if result.trivial else result.label,
        percent(rates.passed[1]),
        *(percent(passed[domain]) if domain in passed else "–" for domain in domains),
        percent(rates.valid[1]),
        *([_unjudged(run, result)] if run.unjudged else []),
        f"{rates.score.value:.3f} [{rates.score.low:.3f}, {rates.score.high:.3f}]",
        "–" if rates.truncated is None else f"{100 * rates.truncated:.1f}",
    )


def _unjudged(run: RunSummary, result: PolicyResult) -> str:
    """Return the share of completions that were not judged: they are neither valid nor invalid, and earn nothing."""
    policy = (result.policy, result.decoding)
    return f"{100 * sum(one.share for one in run.unjudged if (one.policy, one.decoding) == policy):.1f}"


def costs_table(run: RunSummary) -> Table | None:
    """Return what the stages took, a row for each; None if nothing is known."""
    rows = tuple((one.stage, *_cost_cells(one)) for one in run.costs)
    header = ("stage", "from start to end", "in steps", "steps", "tokens", "completions", "peak memory")
    kept = [0, *(column for column in range(1, len(header)) if any(row[column] != "–" for row in rows))]
    if len(kept) == 1:
        return None
    return Table(tuple(header[column] for column in kept), tuple(tuple(row[column] for column in kept) for row in rows))


def _cost_cells(cost: StageCost) -> tuple[str, ...]:
    def grouped(number: int | None) -> str:
        return "–" if number is None else f"{number:,}"

    return (
        "–" if cost.seconds is None else clock(cost.seconds),
        "–" if cost.step_seconds is None else clock(cost.step_seconds),
        grouped(cost.steps),
        grouped(cost.tokens),
        grouped(cost.completions),
        "–" if cost.peak_mb is None else f"{cost.peak_mb:,.0f} MiB",
    )


def answers_table(evaluation: Evaluation) -> Table | None:
    """Return what more answers of the same model bring and cost; None if that was not measured."""
    rows = list(answers_rows(evaluation, missing="–"))
    return Table(rows[0], tuple(rows[1:])) if rows else None


def general_table(evaluation: Evaluation) -> Table:
    """Return general ability, a column for each policy: what training may have cost elsewhere."""
    header, *rows = general_rows(evaluation.general, missing="–")
    return Table(header, tuple(rows))


def diagnostics_table(summary: Summary) -> tuple[tuple[str, ...], tuple[CodeRow, ...]]:
    """Return the labels of the columns (the models) and a row for each code, the most frequent first."""
    found = [(run, result) for run, result in results_of(summary) if not result.trivial]
    columns = tuple(row_label(run, result, summary) for run, result in found)
    counts = [{count.code: count for count in result.diagnostics} for _, result in found]
    examples = {code: count.example for column in counts for code, count in column.items()}
    rows = []
    for code, example in examples.items():
        title, layer = _rule(code)
        shares = tuple(_share(column, code) for column in counts)
        rows.append(CodeRow(code, title, layer, example, shares))
    rows.sort(key=lambda row: (-max(share or 0.0 for share in row.shares), row.code))
    return columns, tuple(rows)


def _share(column: Mapping[str, DiagnosticCount], code: str) -> float | None:
    if code in column:
        return column[code].share
    return None if len(column) >= MOST_CODES else 0.0


def _rule(code: str) -> tuple[str, str]:
    """Return title and layer of a code; a run may have been judged by rules that no longer exist."""
    try:
        rule = find_rule(code)
    except UserError:
        return "", ""
    return rule.title, rule.layer
