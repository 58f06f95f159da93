"""What a log shows, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from iacrl.evaluation.drift.findings import ControlChart, Drift, Point

#: The states of points in words; empty within the limits.
STATES = {"within": "", "low": "below", "high": "above", "base": "base", "few": "too few to judge"}


def text_lines(drift: Drift) -> Iterator[str]:
    """Yield what was found: each validity with its alarms, the rules with alarms, and how sure that is."""
    yield (
        f"{drift.rows:,} answers; base: {drift.base_from} to {drift.base_until}, one point for each {drift.every} with "
        f"{drift.min_rows} answers or more."
    )
    if drift.unreadable:
        yield f"{drift.unreadable:,} lines are not rows of a log and were left out."
    for chart in drift.charts:
        if chart.measure in ("valid", "unclaimed") or chart.alarms:
            yield f"{chart.name}: {_share(chart.base_hits, chart.base_rows)} in the base. {summary_of(chart)}"
        for point in chart.alarms:
            yield f"  {point.start}: {STATES[point.state]} its limits: {_point(point)}"
    verdict = "DRIFT" if drift.drifted else "In control"
    yield (
        f"{verdict}. If nothing had changed, a report like this would show drift with a chance of at most "
        f"{100 * drift.false_alarms:g} %: {drift.points:,} points, {drift.alpha:.2g} each."
    )


def summary_of(chart: ControlChart) -> str:
    """Return how many points of a chart are outside their limits."""
    judged = [point for point in chart.points if point.low is not None]
    if not judged:
        return "Too few answers to judge."
    return f"{len(chart.alarms)} of {len(judged)} points are outside their limits."


def _share(hits: int, rows: int) -> str:
    return f"{100 * hits / rows:.1f} % of {rows:,}" if rows else "no answers"


def _point(point: Point) -> str:
    return f"{_share(point.hits, point.rows)}, limits {limits_of(point)}"


def limits_of(point: Point) -> str:
    """Return a point's limits in percent; empty if it has none."""
    return "" if point.low is None or point.high is None else f"{100 * point.low:.1f} to {100 * point.high:.1f} %"
