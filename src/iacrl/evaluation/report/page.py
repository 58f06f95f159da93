"""The report as one HTML file that needs nothing else: no network, no second file.

All text from models and data is untrusted. The template escapes it. The script inserts it as text, never as HTML. The
page's own policy allows no other script or style, and no loading.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from iacrl.evaluation.report.browser import pack
from iacrl.evaluation.report.charts import Chart, in_limits
from iacrl.evaluation.report.headline import headline_of
from iacrl.evaluation.report.palette import COLOURS
from iacrl.evaluation.report.pictures import to_svgs
from iacrl.evaluation.report.reading import Run
from iacrl.evaluation.report.result_charts import charts_of
from iacrl.evaluation.report.summary import Entries, RunSummary, Summary, entry, model_name
from iacrl.evaluation.report.tables import (
    Table,
    answers_table,
    chart_table,
    costs_table,
    diagnostics_table,
    general_table,
    rates_table,
)
from iacrl.evaluation.text_tables import signed


def render_page(runs: Sequence[Run], summary: Summary) -> bytes:
    """Return the content of the HTML file."""
    return _page(runs, summary, _script(_SCRIPTS), version=None)


def live_page(runs: Sequence[Run], summary: Summary, version: str) -> bytes:
    """Return the page that a server sends: it asks for newer versions of itself."""
    return _page(runs, summary, _script((*_SCRIPTS, "live.js")), version=version)


def waiting_page(title: str, reason: str, version: str) -> bytes:
    """Return the page of a run that cannot be read yet; it follows the run too."""
    script = _script(("page.js", "live.js"))
    return fill_page("waiting.html.j2", script=script, connects=True, title=title, reason=reason, version=version)


def _page(runs: Sequence[Run], summary: Summary, script: str, version: str | None) -> bytes:
    packed, left_out = pack(runs)
    charts = charts_of(summary)
    columns, codes = diagnostics_table(summary)
    return fill_page(
        "report.html.j2",
        script=script,
        connects=version is not None,
        version=version,
        title=" and ".join(run.name for run in summary.runs),
        summary=summary,
        left_out=left_out,
        headlines={
            run.name: found
            for run in summary.runs
            if run.evaluation is not None and (found := headline_of(run.evaluation)) is not None
        },
        facts={run.name: _facts(run) for run in summary.runs},
        costs={run.name: costs_table(run) for run in summary.runs},
        rates={run.name: rates_table(run) for run in summary.runs if run.evaluation is not None},
        answers={run.name: answers_table(run.evaluation) for run in summary.runs if run.evaluation is not None},
        general={
            run.name: general_table(run.evaluation)
            for run in summary.runs
            if run.evaluation is not None and run.evaluation.general
        },
        figures={
            section: [shown_chart(chart) for chart in charts if chart.section == section]
            for section in ("results", "learning", "training", "slices")
        },
        code_columns=columns,
        codes=codes,
        sample_count=sum(len(run.samples) + len(run.trivial) + len(run.training_samples) for run in runs),
        packed=packed,
    )


def shown_chart(chart: Chart) -> dict[str, Any]:
    """Return a chart as the templates show it: with its pictures, each with a title, and the table of its values."""
    drawn = in_limits(chart)
    pictures = [(title, Markup(svg)) for title, svg in to_svgs(drawn)]
    return {"chart": drawn, "svgs": pictures, "table": chart_table(chart)}


def fill_page(template: str, *, script: str = "", connects: bool = False, **content: Any) -> bytes:
    """Return a page made from a template, with the report's style and a policy that allows only its own script.

    Args:
        connects: Whether the script may ask the server that sent the page.
    """
    style = _colour_variables() + _asset("report.css")
    filled = (
        _templates()
        .get_template(template)
        .render(style=Markup(style), script=Markup(script), policy=_content_policy(style, script, connects), **content)
    )
    # A model's broken bytes may leave a lone surrogate in a message, which a file cannot hold.
    return filled.encode("utf-8", errors="replace")


def _templates() -> Environment:
    loader = PackageLoader("iacrl.evaluation.report")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["signed"] = signed
    return environment


def _asset(name: str) -> str:
    return (files("iacrl.evaluation.report") / "assets" / name).read_text(encoding="utf-8")


#: The parts of the page's script, in their order; they share one scope.
_SCRIPTS = ("page.js", "lines.js", "samples.js", "detail.js", "start.js")


def _script(parts: Sequence[str]) -> str:
    return f'"use strict";\n(() => {{\n{"".join(map(_asset, parts))}}})();\n'


def _colour_variables() -> str:
    variables = "".join(f"  --{name}: light-dark({light}, {dark});\n" for name, (light, dark) in COLOURS.items())
    return f":root {{\n{variables}}}\n"


def _content_policy(style: str, script: str, connects: bool) -> str:
    connect = "connect-src 'self'; " if connects else ""
    # Charts have their colours in style attributes; everything else must be the page's own.
    return (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src-elem '{_digest(style)}'; "
        f"style-src-attr 'unsafe-inline'; {connect}base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


#: What the page shows of each stage: the label, the key, and whether it is in the manifest or the configuration.
_FACTS: tuple[tuple[str, tuple[str, ...], Entries], ...] = (
    ("status", ("status",), "stages"),
    ("started", ("started",), "stages"),
    ("finished", ("finished",), "stages"),
    ("seed", ("seed",), "stages"),
    ("base model", ("lineage", "base_model"), "stages"),
    ("base digest", ("lineage", "base_digest"), "stages"),
    ("quantization", ("lineage", "quantization"), "stages"),
    ("LoRA rank", ("lora", "rank"), "configs"),
    ("learning rate", ("{stage}", "learning_rate"), "configs"),
    ("steps", ("{stage}", "steps"), "configs"),
    ("epochs", ("{stage}", "epochs"), "configs"),
    ("completions of a prompt", ("{stage}", "group_size"), "configs"),
    ("adapter", ("adapter_digest",), "stages"),
    ("commit", ("git", "commit"), "stages"),
    ("iacrl", ("versions", "iacrl"), "stages"),
    ("torch", ("versions", "torch"), "stages"),
    ("transformers", ("versions", "transformers"), "stages"),
    ("trl", ("versions", "trl"), "stages"),
    ("GPU", ("hardware", "gpu"), "stages"),
    ("cores", ("hardware", "cores"), "stages"),
)

#: Entries whose beginning is enough for a person; the JSON has them whole.
_DIGESTS = ("base digest", "adapter", "commit")


def _facts(run: RunSummary) -> Table:
    """Return what is known about how a run was made, a column for each stage."""
    rows = (
        (words, *(_fact(run, stage, words, path, source) for stage in run.stages)) for words, path, source in _FACTS
    )
    return Table(("", *run.stages), tuple(row for row in rows if any(cell != "–" for cell in row[1:])))


def _fact(run: RunSummary, stage: str, words: str, path: tuple[str, ...], source: Entries) -> str:
    if source == "configs" and stage == "eval":
        return "–"  # an evaluation trains nothing; its configuration only repeats that of the stages
    value = entry(run, stage, *(step.format(stage=stage) for step in path), source=source)
    if value is None:
        return "–"
    if words in _DIGESTS:
        return str(value).removeprefix("sha256:")[:12]
    return model_name(str(value)) if words == "base model" else str(value)
