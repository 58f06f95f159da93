"""`iacrl report`: what a run found, as one HTML file, PNG figures, JSON and a model card."""

from __future__ import annotations

from pathlib import Path

import click

from iacrl.cli.shared_options import FILE, FOLDER
from iacrl.extras import EVAL, require
from iacrl.terminal import echo


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("other", type=click.Path(path_type=Path), required=False, metavar="[RUN2]")
@click.option("--out", type=FILE, help="The HTML file; report.html in the run's directory by default.")
@click.option("--png", type=FOLDER, help="A directory for the figures.")
@click.option("--json", "numbers", type=FILE, help="A file for the numbers.")
@click.option("--card", type=FILE, help="A file for a model card in the form of the Hugging Face hub.")
def command(
    run: Path, other: Path | None, out: Path | None, png: Path | None, numbers: Path | None, card: Path | None
) -> None:
    """Write a run's results to one HTML file that opens from the disk: curves, rates, diagnostics, samples.

    RUN is a run's directory, such as runs/tiny-cpu; RUN2 is another run to show next to it.
    """
    require("A report", "report", ("jinja2", "matplotlib", *EVAL))
    from iacrl.evaluation.report.outputs import write_report

    paths = [run] if other is None else [run, other]
    for written in write_report(paths, out or run / "report.html", png=png, json=numbers, card=card):
        echo(written)
