"""From a chart to a file's content: SVG inside a page, which follows its theme, or PNG."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

import matplotlib

from iacrl.evaluation.report.charts import Chart
from iacrl.evaluation.report.drawing import STYLE, draw, draw_titled
from iacrl.evaluation.report.palette import COLOURS, Theme, colours

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"

#: Each colour is drawn as a number that occurs nowhere else. The page's variable then replaces that number.
_STAND_INS: Mapping[str, str] = {name: f"#fe{number:02x}ab" for number, name in enumerate(COLOURS)}


def to_svg(chart: Chart) -> str:
    """Return the chart as one `<svg>` element without external references."""
    buffer = io.BytesIO()
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": chart.name}):
        draw(chart, _STAND_INS).savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ElementTree.fromstring(buffer.getvalue())
    _tidy(root, f"{chart.name}-")
    root.set("role", "img")
    root.set("aria-label", f"{chart.title}. {chart.about} Its values are in the table below.")
    root.set("class", "chart")
    text = ElementTree.tostring(root, encoding="unicode")
    for name, stand_in in _STAND_INS.items():
        text = text.replace(stand_in, f"var(--{name})")
    return text


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
        draw_titled(charts, colours(theme)).savefig(buffer, format="png", dpi=200, metadata={"Software": None})
    return buffer.getvalue()
