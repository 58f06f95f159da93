"""What a log shows, as one HTML page in the style of the report."""

from __future__ import annotations

from markupsafe import Markup

from iacrl.evaluation.drift.drift_text import STATES, limits_of, summary_of, text_lines
from iacrl.evaluation.drift.findings import ControlChart, Drift
from iacrl.evaluation.report.charts import NEUTRAL, ChartValue, Lines, Panel, Series
from iacrl.evaluation.report.page import fill_page
from iacrl.evaluation.report.pictures import to_svg
from iacrl.evaluation.report.tables import Table

#: The most rules without an alarm that the page draws, and the most charts at all.
_QUIET_RULES, _MOST_CHARTS = 10, 60
#: The most periods of a chart, the last ones. A log of an hour each over years has 20,000.
_MOST_PERIODS = 1_000


def render_drift(drift: Drift) -> bytes:
    """Return the HTML page."""
    shown = [chart for chart in drift.charts if chart.alarms or chart.measure in ("valid", "unclaimed")]
    quiet = [chart for chart in drift.charts if chart not in shown]
    drawn = [*shown, *quiet[:_QUIET_RULES]][:_MOST_CHARTS]
    return fill_page(
        "drift.html.j2",
        drift=drift,
        lines=list(text_lines(drift)),
        charts=[_figure(chart, drift) for chart in drawn],
        left_out=len(drift.charts) - len(drawn),
    )


def _figure(chart: ControlChart, drift: Drift) -> dict[str, object]:
    """Return a chart as the page's template shows it; the point of all periods together is in its table only."""
    shown = chart.points[-_MOST_PERIODS - 1 :]  # the last one is that of all periods together
    points = [point for point in shown if point.start != "all"]
    numbered = list(enumerate(points))
    found = Series("share", tuple(ChartValue(number, point.share) for number, point in numbered), hue=2)
    base = chart.base_hits / chart.base_rows if chart.base_rows else 0.0
    limits = tuple(
        ChartValue(number, base, point.low, point.high) for number, point in numbered if point.low is not None
    )
    series = (found, Series("base, with the limits", limits, hue=NEUTRAL, second=True)) if limits else (found,)
    drawn = Lines(
        name=f"drift-{chart.name.replace(' ', '-')}",
        section="drift",
        title=chart.name,
        about=summary_of(chart) + (f" The last {len(points):,} are shown." if len(shown) < len(chart.points) else ""),
        x=f"{drift.every} since {points[0].start}",
        y="% of answers",
        panels=(Panel("", series),),
    )
    rows = (
        (
            point.start,
            f"{point.rows:,}",
            f"{point.hits:,}",
            f"{100 * point.share:.1f}",
            limits_of(point),
            STATES[point.state],
        )
        for point in shown
    )
    table = Table((drift.every, "answers", chart.measure, "%", "limits", ""), tuple(rows))
    return {"chart": drawn, "svgs": [("", Markup(to_svg(drawn)))], "table": table}
