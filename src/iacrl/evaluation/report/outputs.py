"""The files that `iacrl report` writes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from iacrl.errors import UserError
from iacrl.evaluation.report.charts import Chart
from iacrl.evaluation.report.model_card import render_card
from iacrl.evaluation.report.page import render_page
from iacrl.evaluation.report.palette import THEMES
from iacrl.evaluation.report.pictures import to_png
from iacrl.evaluation.report.reading import read_run
from iacrl.evaluation.report.result_charts import charts_of
from iacrl.evaluation.report.summary import summarize
from iacrl.files import write_atomically
from iacrl.records import to_plain

#: The charts of `overview`, the picture for a README.
_OVERVIEW = ("grpo-score", "pass-at-1")


#: One form of a report: a file, or files by name.
Content = bytes | str | dict[str, bytes]

#: The forms of a report: the page, its numbers, its figures, and a model card for the Hugging Face hub.
FORMS = ("html", "json", "png", "card")


def make_report(paths: Sequence[Path], forms: Collection[str]) -> dict[str, Content]:
    """Return the report of one run, or of two runs side by side, in each form.

    The page, the numbers and the model card (of the first run) are texts. The figures are files by name, each in a
    light and a dark form; `overview` combines the main ones.

    Args:
        paths: Directories of runs, or of single stages.
        forms: Some of `FORMS`.

    Raises:
        UserError: A path is not a run, or the first run has no numbers for a card.
    """
    runs = [read_run(path, name) for path, name in zip(paths, names_of(paths), strict=True)]
    summary = summarize(runs)
    make: dict[str, Callable[[], Content]] = {
        "html": lambda: render_page(runs, summary),
        "json": lambda: json.dumps(to_plain(summary), indent=2, ensure_ascii=False) + "\n",
        "png": lambda: dict(_pictures(charts_of(summary))),
        "card": lambda: render_card(summary),
    }
    return {form: make[form]() for form in forms}


def write_form(target: Path, content: Content) -> None:
    """Write one form of a report to its file, or its figures to a folder."""
    if not isinstance(content, dict):
        write_atomically(target, content)
        return
    target.mkdir(parents=True, exist_ok=True)
    for name, picture in content.items():
        write_atomically(target / name, picture)


def names_of(paths: Sequence[Path]) -> list[str]:
    """Return the runs' names: their directories' names, with the parent's name if they are equal."""
    real = [Path(os.path.realpath(path)) for path in paths]  # `resolve` has no error of the system for a loop of links
    names = [path.name for path in real]
    if len(set(names)) < len(names):
        names = [f"{path.parent.name}/{path.name}" for path in real]
    if len(set(names)) < len(names):
        names = [str(path) for path in paths]
    if len(set(names)) < len(names):
        raise UserError(f"{paths[0]} is named twice; name two different runs, or one.")
    return names


def _pictures(charts: Sequence[Chart]) -> Iterator[tuple[str, bytes]]:
    by_name = {chart.name: chart for chart in charts}
    pictures: dict[str, list[Chart]] = {chart.name: [chart] for chart in charts}
    overview = [by_name[name] for name in _OVERVIEW if name in by_name]
    if overview:
        pictures["overview"] = overview
    for name, shown in pictures.items():
        for theme in THEMES:
            yield f"{name}-{theme}.png", to_png(shown, theme)
