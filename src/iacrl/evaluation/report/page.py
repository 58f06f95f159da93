"""The report as one HTML file that needs nothing else: no network, no second file.

All text from models and data is untrusted. The template escapes it; the script puts it in place as text, never as HTML;
and the page's own policy lets no other script or style run, and nothing be loaded.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePath
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from iacrl.evaluation.report.browser import pack
from iacrl.evaluation.report.charts import Chart, charts_of
from iacrl.evaluation.report.palette import COLOURS
from iacrl.evaluation.report.pictures import to_svg
from iacrl.evaluation.report.reading import Run
from iacrl.evaluation.report.summary import RunSummary, Summary
from iacrl.evaluation.report.tables import Table, chart_table, diagnostics_table, rates_table


@dataclass(frozen=True, slots=True)
class _Figure:
    """A chart as the template shows it."""

    name: str
    title: str
    about: str
    svg: Markup
    table: Table
    tall: bool


def render_page(runs: Sequence[Run], summary: Summary) -> bytes:
    """Return the content of the HTML file."""
    packed, left_out = pack(runs)
    style = _colour_variables() + _asset("report.css")
    script = _asset("report.js")
    charts = charts_of(summary)
    columns, codes = diagnostics_table(summary)
    page = _templates().get_template("report.html.j2").render(
        title=" and ".join(run.name for run in summary.runs),
        summary=summary,
        left_out=left_out,
        facts={run.name: _facts(run) for run in summary.runs},
        rates={run.name: rates_table(run) for run in summary.runs if run.evaluation is not None},
        figures={section: [_figure(chart) for chart in charts if chart.section == section]
                 for section in ("results", "learning", "slices")},
        code_columns=columns,
        codes=codes,
        sample_count=sum(len(run.samples) + len(run.training_samples) for run in runs),
        packed=packed,
        style=Markup(style),
        script=Markup(script),
        policy=_content_policy(style, script),
    )
    # A lone surrogate, which a model's broken bytes may leave in a message, is no text that a file could hold.
    return page.encode("utf-8", errors="replace")


def _templates() -> Environment:
    loader = PackageLoader("iacrl.evaluation.report")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                              lstrip_blocks=True)
    environment.filters["points"] = lambda share: f"{100 * share:+.1f}"
    return environment


def _asset(name: str) -> str:
    return (files("iacrl.evaluation.report") / "assets" / name).read_text(encoding="utf-8")


def _colour_variables() -> str:
    variables = "".join(f"  --{name}: light-dark({light}, {dark});\n" for name, (light, dark) in COLOURS.items())
    return f":root {{\n{variables}}}\n"


def _content_policy(style: str, script: str) -> str:
    # Charts carry their colours in style attributes; all else must be the page's own.
    return (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src-elem '{_digest(style)}'; "
        "style-src-attr 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _figure(chart: Chart) -> _Figure:
    rows = len(getattr(chart, "rows", ()))
    return _Figure(chart.name, chart.title, chart.about, Markup(to_svg(chart)), chart_table(chart), rows > 8)


def _facts(run: RunSummary) -> Table:
    """Return what is known of how a run was made, a column for each stage."""
    header = ("", *run.stages)
    paths = {
        "status": ("status",),
        "started": ("started",),
        "finished": ("finished",),
        "seed": ("seed",),
        "base model": ("lineage", "base_model"),
        "base digest": ("lineage", "base_digest"),
        "quantization": ("lineage", "quantization"),
        "adapter": ("adapter_digest",),
        "commit": ("git", "commit"),
        "iacrl": ("versions", "iacrl"),
        "torch": ("versions", "torch"),
        "transformers": ("versions", "transformers"),
        "trl": ("versions", "trl"),
        "GPU": ("hardware", "gpu"),
        "cores": ("hardware", "cores"),
    }
    rows = ((words, *(_at(manifest, path) for manifest in run.stages.values())) for words, path in paths.items())
    return Table(header, tuple(row for row in rows if any(cell != "–" for cell in row[1:])))


#: Entries of which the beginning is enough for a person; the JSON has them whole.
_DIGESTS = ("base_digest", "adapter_digest", "commit")


def _at(manifest: Mapping[str, Any], path: Sequence[str]) -> str:
    value: Any = manifest
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    if value is None:
        return "–"
    words = str(value)
    if path[-1] in _DIGESTS:
        return words.removeprefix("sha256:")[:12]
    return PurePath(words).name if path[-1] == "base_model" and PurePath(words).is_absolute() else words
