"""A report's charts as data; `drawing` makes pictures of them, and `tables` makes tables."""

from __future__ import annotations

from dataclasses import dataclass, replace

#: The colour of everything that is not a model.
NEUTRAL = -1

#: The most of each in a picture. A run may be from anybody, and a picture of 5,000 families takes minutes.
MOST_ROWS, MOST_SERIES, MOST_PANELS = 80, 12, 24


@dataclass(frozen=True, slots=True)
class ChartValue:
    """A number at `x`, with the bounds of its interval or band if it has one."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """Values that belong together.

    Attributes:
        hue: The palette's colour; `NEUTRAL` for a trivial policy.
        second: It is dashed or hollow, to distinguish it from a series of the same colour.
    """

    label: str
    values: tuple[ChartValue, ...]
    hue: int = 0
    second: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes."""

    title: str
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture with a table of its values.

    Attributes:
        name: Name of its file.
        section: Where the report shows it: `results`, `learning`, `training` or `slices`.
        title: What it shows.
        about: How to read it, in a sentence.
        x, y: What the axes measure.
        panels: Side by side if there are several.
    """

    name: str
    section: str
    title: str
    about: str
    x: str
    y: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Lines(Chart):
    """Lines over x.

    Attributes:
        share: y is from 0 to 1.
        percent: y is shown in percent; only where `share`.
        bands: The bounds are a band, not error bars.
    """

    share: bool = True
    percent: bool = True
    bands: bool = True


@dataclass(frozen=True, slots=True)
class Dots(Chart):
    """Shares with intervals, one row for each of `rows`; a value's x is its row number."""

    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stack(Chart):
    """Shares that add up to 1, one bar for each of `rows`. Each series is one part; a value's x is its row number."""

    rows: tuple[str, ...] = ()


def in_limits(chart: Chart) -> Chart:
    """Return the part of a chart that is drawn; its description says what is left out. The table has everything."""
    notes = []
    if isinstance(chart, Dots | Stack) and len(chart.rows) > MOST_ROWS:
        notes.append(f"{MOST_ROWS} of {len(chart.rows):,} rows")
        panels = tuple(replace(panel, series=_in_rows(panel.series)) for panel in chart.panels)
        chart = replace(chart, rows=chart.rows[:MOST_ROWS], panels=panels)
    if len(chart.panels) > MOST_PANELS:
        notes.append(f"{MOST_PANELS} of {len(chart.panels):,} panels")
        chart = replace(chart, panels=chart.panels[:MOST_PANELS])
    most = max((len(panel.series) for panel in chart.panels), default=0)
    each_a_row = isinstance(chart, Dots) and all(len(one.values) == 1 for one in chart.panels[0].series)
    if most > MOST_SERIES and not each_a_row:
        notes.append(f"{MOST_SERIES} of {most:,} series")
        panels = tuple(replace(panel, series=panel.series[:MOST_SERIES]) for panel in chart.panels)
        chart = replace(chart, panels=panels)
    if not notes:
        return chart
    return replace(chart, about=f"{chart.about} The picture has {' and '.join(notes)}; the table has more.")


def _in_rows(all_series: tuple[Series, ...]) -> tuple[Series, ...]:
    kept = (tuple(value for value in one.values if value.x < MOST_ROWS) for one in all_series)
    return tuple(replace(one, values=values) for one, values in zip(all_series, kept, strict=True) if values)
