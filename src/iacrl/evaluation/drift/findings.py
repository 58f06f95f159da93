"""Control charts of a log: each domain's validity, each rule, and the share of answers that no domain claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import iacrl
from iacrl.errors import UserError
from iacrl.evaluation.drift.control_limits import control_limits
from iacrl.evaluation.drift.log_counts import Every, LogCounts, start_of

#: Increased when the form changes in a way that breaks older readers.
FORMAT = 1

#: Where a period is: within its limits, below or above them, in the base period, or with too few answers.
State = Literal["within", "low", "high", "base", "few"]

#: Rules in fewer answers have no chart.
_RARE = 5


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a chart.

    Attributes:
        start: When it starts, in UTC; `all` for all periods after the base together.
        rows: Its answers.
        hits: Those that count, such as the valid ones.
        low, high: The limits of their share, from 0 to 1; None in the base period and with too few answers.
    """

    start: str
    rows: int
    hits: int
    low: float | None
    high: float | None
    state: State

    @property
    def share(self) -> float:
        """The share of answers that count."""
        return self.hits / self.rows


@dataclass(frozen=True, slots=True)
class ControlChart:
    """One measure over time.

    Attributes:
        domain: Empty for the answers that no domain claims.
        measure: `valid`, `unclaimed`, or the code of a rule.
        base_rows, base_hits: The base period's answers, and those that count.
        points: The periods, in order, and last `all`.
    """

    domain: str
    measure: str
    base_rows: int
    base_hits: int
    points: tuple[Point, ...]

    @property
    def name(self) -> str:
        """The measure with its domain."""
        return f"{self.domain} {self.measure}".strip()

    @property
    def alarms(self) -> tuple[Point, ...]:
        """The points outside their limits."""
        return tuple(point for point in self.points if point.state in ("low", "high"))


@dataclass(frozen=True, slots=True)
class Drift:
    """What a log shows.

    Attributes:
        every: The length of a period.
        rows: Answers that were counted.
        unreadable: Lines that are not rows of a log.
        base_from, base_until: Starts of the first and the last period of the base.
        false_alarms: The chance that this report shows drift although nothing changed.
        alpha: The same for one point.
        points: How many points were judged.
        charts: Validity first, then rules, those with alarms first.
    """

    format: int
    iacrl: str
    every: Every
    rows: int
    unreadable: int
    base_from: str
    base_until: str
    min_rows: int
    false_alarms: float
    alpha: float
    points: int
    charts: tuple[ControlChart, ...]

    @property
    def drifted(self) -> bool:
        """Whether any point is outside its limits."""
        return any(chart.alarms for chart in self.charts)


@dataclass(frozen=True, slots=True)
class _Series:
    """A measure's counts: the number of a period to its answers, and to those that count."""

    domain: str
    measure: str
    rows: Mapping[int, int]
    hits: Mapping[int, int]


def find_drift(counts: LogCounts, every: Every, *, base: int, min_rows: int, false_alarms: float) -> Drift:
    """Return the control charts of a log.

    Args:
        base: How many of the first periods are the base.
        min_rows: Periods with fewer answers of a domain are not judged by themselves.
        false_alarms: The chance that the report shows drift although nothing changed. It is shared out equally over
            all points that are judged (Bonferroni).

    Raises:
        UserError: There are too few periods or answers to judge anything.
    """
    periods = counts.periods()
    if len(periods) <= base:
        raise UserError(
            f"The log has answers in {len(periods)} periods of one {every}, and {base} are the base: nothing is left "
            "to judge. Give a longer log, a shorter --every or a smaller --base."
        )
    split = periods[base]
    series = list(_series(counts, periods))
    judged = sum(_judged_points(one, split, min_rows) for one in series)
    if not judged:
        raise UserError(
            f"No domain has {min_rows} answers both in the base and in a later period: nothing can be judged. Lower "
            "--min-rows, or choose a longer --every or --base."
        )
    alpha = false_alarms / judged
    charts = [
        _chart(one, every, split, min_rows, alpha)
        for one in series
        if one.measure in ("valid", "unclaimed") or sum(one.hits.values()) >= _RARE
    ]
    order = {"valid": 0, "unclaimed": 1}
    charts.sort(key=lambda chart: (order.get(chart.measure, 2), not chart.alarms, -_hits(chart), chart.name))
    return Drift(
        FORMAT,
        iacrl.__version__,
        every,
        counts.rows,
        counts.unreadable,
        start_of(periods[0], every),
        start_of(periods[base - 1], every),
        min_rows,
        false_alarms,
        alpha,
        judged,
        tuple(charts),
    )


def _hits(chart: ControlChart) -> int:
    return sum(point.hits for point in chart.points)


def _series(counts: LogCounts, periods: Sequence[int]) -> Iterator[_Series]:
    everything: Counter[int] = Counter(counts.unclaimed)
    for domain in sorted({domain for domain, _ in counts.judged}):
        found = {period: one for (name, period), one in counts.judged.items() if name == domain}
        rows = {period: one.rows for period, one in found.items()}
        everything.update(rows)
        yield _Series(domain, "valid", rows, {period: one.valid for period, one in found.items()})
        for code in sorted({code for one in found.values() for code in one.codes}):
            yield _Series(
                domain, code, rows, {period: one.codes[code] for period, one in found.items() if code in one.codes}
            )
    if counts.unclaimed:
        yield _Series("", "unclaimed", everything, counts.unclaimed)


def _judged_points(series: _Series, split: int, min_rows: int) -> int:
    """Return how many points of a chart are judged, `all` included."""
    if sum(rows for period, rows in series.rows.items() if period < split) < min_rows:
        return 0
    later = [rows for period, rows in series.rows.items() if period >= split]
    return sum(rows >= min_rows for rows in later) + (sum(later) >= min_rows)


def _chart(series: _Series, every: Every, split: int, min_rows: int, alpha: float) -> ControlChart:
    base = [period for period in series.rows if period < split]
    base_rows, base_hits = (sum(found.get(period, 0) for period in base) for found in (series.rows, series.hits))

    def point(start: str, rows: int, hits: int) -> Point:
        if rows < min_rows or base_rows < min_rows:
            return Point(start, rows, hits, None, None, "few")
        low, high = control_limits(base_hits, base_rows, rows, alpha)
        state: State = "low" if hits < low else "high" if hits > high else "within"
        return Point(start, rows, hits, low / rows, high / rows, state)

    points = []
    for period, rows in sorted(series.rows.items()):
        start, hits = start_of(period, every), series.hits.get(period, 0)
        points.append(Point(start, rows, hits, None, None, "base") if period < split else point(start, rows, hits))
    later = [period for period in series.rows if period >= split]
    rows, hits = (sum(found.get(period, 0) for period in later) for found in (series.rows, series.hits))
    total = [point("all", rows, hits)] if rows else []
    return ControlChart(series.domain, series.measure, base_rows, base_hits, (*points, *total))
