"""Drawing a chart with matplotlib: once for the page, as SVG, and the same as PNG."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator, PercentFormatter

from iacrl.evaluation.report.charts import NEUTRAL, Chart, Dots, Lines, Panel, Series, Stack
from iacrl.evaluation.report.palette import series_name

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

#: Inches. A chart is about as wide as a phone, where its text is not shrunk; wide pages show several in a row.
WIDTH = 3.9
_LINES_HEIGHT = 2.65
_PANEL_HEIGHT = 1.75
#: A panel among many.
_SMALL = (1.8, 1.25)
_ROW_HEIGHT = 0.235
_HEAD = 0.62
_TITLE_HEIGHT = 0.68
#: The distance between error bars of two series at the same place, as a share of the axis.
_APART = 0.015
#: Characters of a line below a title.
_ABOUT_CHARACTERS = 62
#: Characters of a name; longer ones are cut.
_MOST_LABEL = 32
#: Characters of a panel's title; there are two panels in a row.
_MOST_PANEL_TITLE = 24
#: Characters of a legend that fit in one row.
_LEGEND_CHARACTERS = 40

_MARKERS = ("o", "s", "D", "^", "v", "P")
_DASHES = (0, (4, 2))

#: matplotlib's settings for every chart.
STYLE: dict[RcKeyType, Any] = {
    "font.size": 8.5,
    "axes.labelsize": 8.5,
    "axes.titlesize": 9,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5,
    "axes.linewidth": 0.8,
    "lines.linewidth": 1.7,
    "text.parse_math": False,  # a label may contain dollar signs
    "svg.fonttype": "none",  # text stays text: readable by a screen reader, searchable, and small
}


def draw_panel(chart: Lines, panel: Panel, colours: Mapping[str, str]) -> Figure:
    """Return a small picture of one panel among many, without titles: a page has them as text."""
    figure = Figure(figsize=_SMALL, layout="constrained", facecolor=colours["surface"])
    alone = replace(chart, panels=(replace(panel, title=""),), x="", y="")
    _draw_lines(figure, alone, colours)
    if not chart.share:
        return figure
    for ax in figure.axes:
        ax.set_yticks([0, 0.5, 1])
    return figure


def draw(chart: Chart, colours: Mapping[str, str]) -> Figure:
    """Return the picture of a chart without its title: a page has the title as a heading.

    Args:
        colours: Colour name to colour, with the names of `palette.COLOURS`.
    """
    figure = Figure(figsize=(WIDTH, _height(chart)), layout="constrained", facecolor=colours["surface"])
    _draw(figure, chart, colours)
    return figure


def draw_titled(charts: Sequence[Chart], colours: Mapping[str, str]) -> Figure:
    """Return a picture of one or more charts side by side, each below its title and description."""
    height = max(_height(chart) for chart in charts)
    figure = Figure(
        figsize=(WIDTH * len(charts), height + _TITLE_HEIGHT),
        layout=ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.05),
        facecolor=colours["surface"],
    )
    parts = figure.subfigures(2, len(charts), squeeze=False, height_ratios=(_TITLE_HEIGHT, height))
    for chart, head, body in zip(charts, parts[0], parts[1], strict=True):
        for part in (head, body):
            part.set_facecolor(colours["surface"])
        head.text(0.03, 0.72, chart.title, fontsize=10.5, fontweight="bold", color=colours["ink"], va="center")
        about = "\n".join(textwrap.wrap(chart.about, _ABOUT_CHARACTERS)[:2])
        head.text(0.03, 0.5, about, fontsize=7.5, color=colours["muted"], va="top", linespacing=1.25)
        _draw(body, chart, colours)
    return figure


def _draw(figure: FigureBase, chart: Chart, colours: Mapping[str, str]) -> None:
    match chart:
        case Lines():
            _draw_lines(figure, chart, colours)
        case Dots():
            _draw_dots(figure, chart, colours)
        case Stack():
            _draw_stack(figure, chart, colours)


def _height(chart: Chart) -> float:
    match chart:
        case Dots():
            series = len(chart.panels[0].series)
            return _HEAD + len(chart.rows) * max(_ROW_HEIGHT, 0.09 * series if _is_crossed(chart) else 0) + 0.2
        case Stack():
            return _HEAD + 0.45 + len(chart.rows) * 0.27
        case _:
            rows = -(-len(chart.panels) // 2)
            return _LINES_HEIGHT if len(chart.panels) == 1 else 0.5 + rows * _PANEL_HEIGHT


def _draw_lines(figure: FigureBase, chart: Lines, colours: Mapping[str, str]) -> None:
    many = len(chart.panels) > 1
    rows = -(-len(chart.panels) // 2)
    axes = figure.subplots(rows, 2 if many else 1, squeeze=False, sharex=True, sharey=True).flatten()
    for panel, ax in zip(chart.panels, axes, strict=False):
        _dress(ax, colours)
        for number, series in enumerate(panel.series):
            # Error bars at the same place would hide each other.
            places = [value.x for value in series.values]
            apart = 0.0 if chart.bands else _APART * (max(places) - min(places))
            shift = apart * (number - (len(panel.series) - 1) / 2)
            _draw_line(ax, series, chart, colours, shift)
        if many:
            ax.set_title(_label(panel.title, _MOST_PANEL_TITLE), loc="left", color=colours["ink"])
        if chart.share:
            _share_axis(ax, percent=chart.percent)
        if chart.bands:
            ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
            _widen(ax)
        else:
            ax.set_xticks(sorted({value.x for series in panel.series for value in series.values}))
        if not chart.share:
            ax.yaxis.set_major_locator(MaxNLocator(5))
            low, high = ax.get_ylim()
            ax.set_ylim(min(0.0, low), high + 0.05 * abs(high))  # from 0, or noise would look like a trend
    for ax in axes[len(chart.panels) :]:
        ax.set_visible(False)
    if many:
        figure.supxlabel(chart.x, fontsize=8.5, color=colours["muted"])
    else:
        axes[0].set_xlabel(chart.x)
        axes[0].set_ylabel(chart.y)
    _legend(figure, axes[0], chart.panels[0], colours)


def _widen(ax: Axes) -> None:
    """Give a single step room, so that its axis has a whole number."""
    low, high = ax.get_xlim()
    if high - low < 1:
        middle = round((low + high) / 2)
        ax.set_xlim(middle - 1, middle + 1)


def _draw_line(ax: Axes, series: Series, chart: Lines, colours: Mapping[str, str], shift: float) -> None:
    colour = colours[series_name(series.hue)]
    x = [value.x + shift for value in series.values]
    y = [value.y for value in series.values]
    bounds = [
        (value.y if value.low is None else value.low, value.y if value.high is None else value.high)
        for value in series.values
    ]
    marker = _MARKERS[series.hue % len(_MARKERS)] if len(x) <= 16 else ""
    style = _DASHES if series.second else "-"
    if chart.bands and any(low != high for low, high in bounds):
        ax.fill_between(x, [low for low, _ in bounds], [high for _, high in bounds], color=colour, alpha=0.16, lw=0)
    elif any(low != high for low, high in bounds):
        ax.vlines(x, [low for low, _ in bounds], [high for _, high in bounds], color=colour, lw=1.2)
    ax.plot(x, y, color=colour, linestyle=style, marker=marker, markersize=4, label=_label(series.label))


def _draw_dots(figure: FigureBase, chart: Dots, colours: Mapping[str, str]) -> None:
    ax = figure.subplots()
    _dress(ax, colours)
    (panel,) = chart.panels
    crossed = _is_crossed(chart)
    models = [series for series in panel.series if series.hue != NEUTRAL]
    for number, series in enumerate(panel.series):
        neutral = series.hue == NEUTRAL
        colour = colours[series_name(series.hue)]
        shift = (number - (len(models) - 1) / 2) * 0.62 / max(len(models), 2) if crossed and not neutral else 0.0
        y = [value.x + shift for value in series.values]
        for value, at in zip(series.values, y, strict=True):
            if value.low is not None and value.high is not None:
                ax.plot([value.low, value.high], [at, at], color=colour, lw=1.5, solid_capstyle="butt")
        marker = "|" if neutral and crossed else _MARKERS[series.hue % len(_MARKERS)] if not neutral else "X"
        ax.plot(
            [value.y for value in series.values],
            y,
            linestyle="",
            marker=marker,
            markersize=9 if marker == "|" else 5.5,
            markeredgewidth=1.6,
            markeredgecolor=colour,
            markerfacecolor=colours["surface"] if series.second else colour,
            label=_label(series.label),
            clip_on=False,
            zorder=3,
        )
    _rows_axis(ax, chart.rows, colours)
    if crossed:
        _legend(figure, ax, panel, colours)
    else:
        _say_values(ax, panel.series, colours)


def _is_crossed(chart: Dots) -> bool:
    """Whether a row has several series and so needs a legend."""
    return any(len(series.values) > 1 for series in chart.panels[0].series) or len(chart.rows) == 1


def _say_values(ax: Axes, all_series: Sequence[Series], colours: Mapping[str, str]) -> None:
    """Write each value at the right edge if the rows' labels already distinguish the series."""
    for series in all_series:
        for value in series.values:
            ax.text(
                1.03,
                value.x,
                f"{100 * value.y:.1f}%",
                transform=ax.get_yaxis_transform(),
                va="center_baseline",
                ha="left",
                color=colours["ink"],
            )


def _draw_stack(figure: FigureBase, chart: Stack, colours: Mapping[str, str]) -> None:
    ax = figure.subplots()
    _dress(ax, colours)
    left = [0.0] * len(chart.rows)
    for series in chart.panels[0].series:
        colour = colours["neutral" if series.hue == NEUTRAL else f"step-{series.hue}"]
        widths = [value.y for value in series.values]
        ax.barh(
            [value.x for value in series.values],
            widths,
            left=left,
            height=0.68,
            color=colour,
            edgecolor=colours["surface"],
            linewidth=0.8,
            label=_label(series.label),
        )
        left = [before + width for before, width in zip(left, widths, strict=True)]
    _rows_axis(ax, chart.rows, colours)
    ax.grid(visible=False)
    _legend(figure, ax, chart.panels[0], colours)


def _rows_axis(ax: Axes, rows: Sequence[str], colours: Mapping[str, str]) -> None:
    ax.set_xlim(-0.025, 1.025)
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1])
    ax.set_yticks(range(len(rows)), [_label(row) for row in rows])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0, pad=6, labelcolor=colours["ink"])
    ax.grid(visible=True, axis="x", color=colours["grid"], lw=0.7)
    ax.grid(visible=False, axis="y")
    ax.spines["left"].set_visible(False)


def _share_axis(ax: Axes, *, percent: bool) -> None:
    ax.set_ylim(-0.02, 1.02)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
    if percent:
        ax.yaxis.set_major_formatter(PercentFormatter(1))


def _dress(ax: Axes, colours: Mapping[str, str]) -> None:
    ax.set_facecolor(colours["surface"])
    ax.grid(visible=True, axis="y", color=colours["grid"], lw=0.7)
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(colours["muted"])
    ax.tick_params(colors=colours["muted"], labelcolor=colours["muted"], length=3)
    ax.xaxis.label.set_color(colours["muted"])
    ax.yaxis.label.set_color(colours["muted"])


def _legend(figure: FigureBase, ax: Axes, panel: Panel, colours: Mapping[str, str]) -> None:
    """Put a legend above the axes if there is more than one series."""
    if len(panel.series) < 2:
        return
    handles, _ = ax.get_legend_handles_labels()
    legend = figure.legend(
        handles,
        [_label(series.label) for series in panel.series],
        loc="outside upper left",
        ncols=len(panel.series) if sum(len(_label(one.label)) + 5 for one in panel.series) < _LEGEND_CHARACTERS else 2,
        frameon=False,
        handlelength=1.6,
        columnspacing=1.2,
        borderaxespad=0.1,
    )
    for text in legend.get_texts():
        text.set_color(colours["ink"])


def _label(text: str, most: int = _MOST_LABEL) -> str:
    """Return a name for a picture: short enough to leave room, and without control characters."""
    shown = "".join(character if character.isprintable() else "\ufffd" for character in text)
    # matplotlib leaves names that begin with an underscore out of a legend.
    shown = f" {shown}" if shown.startswith("_") else shown
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
