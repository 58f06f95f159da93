"""A report's charts as data; `drawing` makes pictures of them, and `tables` makes tables."""

from __future__ import annotations

from dataclasses import dataclass

#: The colour of everything that is not a model.
NEUTRAL = -1


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
