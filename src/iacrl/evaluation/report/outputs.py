"""The files that `iacrl report` writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from iacrl.files import write_atomically, write_json
from iacrl.records import to_plain

#: The charts of `overview`, the picture for a README.
_OVERVIEW = ("grpo-score", "pass-at-1")


def write_report(
    paths: Sequence[Path], out: Path, *, png: Path | None = None, json: Path | None = None, card: Path | None = None
) -> list[Path]:
    """Write the report of one run, or of two runs side by side.

    Nothing is written unless every requested file could be made.

    Args:
        paths: Directories of runs, or of single stages.
        out: The HTML file.
        png: A directory for the figures, each in a light and a dark form; `overview` combines the main ones.
        json: A file for the numbers.
        card: A file for the model card of the first run.

    Returns:
        The files and directories that were written.

    Raises:
        UserError: A path is not a run, a target directory does not exist, or the first run has no numbers for a card.
    """
    runs = [read_run(path, name) for path, name in zip(paths, _names(paths), strict=True)]
    for target in (out, json, card):
        if target is not None and not target.absolute().parent.is_dir():
            raise UserError(f"{target}: the directory {target.parent} is not there.")
    summary = summarize(runs)
    page = render_page(runs, summary)
    text = None if card is None else render_card(summary)
    pictures = [] if png is None else list(_pictures(charts_of(summary)))
    write_atomically(out, page)
    if json is not None:
        write_json(json, to_plain(summary))
    if card is not None and text is not None:
        write_atomically(card, text)
    if png is not None:
        png.mkdir(parents=True, exist_ok=True)
        for name, content in pictures:
            write_atomically(png / name, content)
    return [path for path in (out, json, card, png) if path is not None]


def _names(paths: Sequence[Path]) -> list[str]:
    """Return the runs' names: their directories' names, with the parent's name if they are equal."""
    names = [path.resolve().name for path in paths]
    if len(set(names)) < len(names):
        names = [f"{path.resolve().parent.name}/{path.resolve().name}" for path in paths]
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
