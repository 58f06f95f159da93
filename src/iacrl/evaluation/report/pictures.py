"""From a chart to a file's content: SVG inside a page, which follows its theme, or PNG."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from xml.etree import ElementTree

import matplotlib
from matplotlib.figure import Figure

from iacrl.evaluation.report.charts import Chart, Lines, Panel, in_limits
from iacrl.evaluation.report.drawing import STYLE, draw, draw_panel, draw_titled
from iacrl.evaluation.report.palette import COLOURS, Theme, colours

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"

#: The most panels of one picture of a page. More become pictures of their own, which a page arranges by its width.
_MOST_TOGETHER = 2

#: Each colour is drawn as a number that occurs nowhere else. The page's variable then replaces that number.
_STAND_INS: Mapping[str, str] = {name: f"#fe{number:02x}ab" for number, name in enumerate(COLOURS)}


def to_svgs(chart: Chart) -> list[tuple[str, str]]:
    """Return the chart as titles and `<svg>` elements: one for each panel if a page can arrange them, otherwise one."""
    if not isinstance(chart, Lines) or len(chart.panels) <= _MOST_TOGETHER:
        return [("", to_svg(chart))]
    return [(panel.title, _panel_svg(chart, panel, number)) for number, panel in enumerate(chart.panels)]


def to_svg(chart: Chart) -> str:
    """Return the chart as one `<svg>` element without external references."""
    label = f"{chart.title}. {chart.about} Its values are in the table below."
    return _svg(lambda: draw(chart, _STAND_INS), chart.name, label)


def _panel_svg(chart: Lines, panel: Panel, number: int) -> str:
    label = f"{chart.title}: {panel.title}"
    return _svg(lambda: draw_panel(chart, panel, _STAND_INS), f"{chart.name}-{number}", label)


def _svg(drawn: Callable[[], Figure], name: str, label: str) -> str:
    """Return a picture; `name` is unique in the page, and `label` says what it shows."""
    buffer = io.BytesIO()
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": name}):
        drawn().savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ElementTree.fromstring(buffer.getvalue())
    _tidy(root, f"{name}-")
    root.set("role", "img")
    root.set("aria-label", _clean(label))
    root.set("class", "chart")
    text = ElementTree.tostring(root, encoding="unicode")
    for colour, stand_in in _STAND_INS.items():
        text = text.replace(stand_in, f"var(--{colour})")
    return text


def _clean(text: str) -> str:
    """Return a text that an attribute of XML may hold."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _tidy(root: ElementTree.Element, prefix: str) -> None:
    """Drop what a page does not need, and make every id unique to the chart: a page has many charts."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == f"{_SVG}metadata" or child.tag == f"{_SVG}style":
                parent.remove(child)
    used = {link.removeprefix("#") for element in root.iter() if (link := element.get(_LINK, ""))}
    used |= {value[5:-1] for element in root.iter() if (value := element.get("clip-path", "")).startswith("url(#")}
    for element in root.iter():
        if (name := element.get("id")) is not None:
            if name in used:
                element.set("id", prefix + name)
            else:
                del element.attrib["id"]
        if link := element.get(_LINK, ""):
            element.set(_LINK, f"#{prefix}{link.removeprefix('#')}")
        if (clip := element.get("clip-path", "")).startswith("url(#"):
            element.set("clip-path", f"url(#{prefix}{clip[5:]}")


def to_png(charts: Sequence[Chart], theme: Theme) -> bytes:
    """Return charts side by side, with their titles, as a PNG file at twice the pixel density of a screen."""
    buffer = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        draw_titled([in_limits(chart) for chart in charts], colours(theme)).savefig(
            buffer, format="png", dpi=200, metadata={"Software": None}
        )
    return buffer.getvalue()
