"""`iacrl report`: what a run found, as one HTML file, PNG figures, JSON and a model card."""

from __future__ import annotations

from pathlib import Path

import click

from iacrl.cli.report_options import InOrder, in_order
from iacrl.cli.shared_options import examples
from iacrl.extras import EVAL, require
from iacrl.files import write_named
from iacrl.terminal import echo, echo_line, write, write_json


@click.command(
    cls=InOrder,
    epilog=examples(
        "iacrl report runs/tiny-cpu",
        "iacrl report runs/first runs/second --out both.html",
        "iacrl report runs/tiny-cpu --format png --out figures --format card --out README.md",
        "iacrl report runs/tiny-cpu --format json > numbers.json",
        "iacrl report runs/tiny-cpu --live",
    ),
)
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("other", type=click.Path(path_type=Path), required=False, metavar="[RUN2]")
@click.option(
    "--format",
    "forms",
    type=click.Choice(["html", "json", "png", "card"]),
    multiple=True,
    help="The page (the default), the numbers, the figures, or a model card for the Hugging Face hub; may be repeated.",
)
@click.option(
    "--out",
    "outs",
    metavar="FILE|DIRECTORY",
    multiple=True,
    help="Where the --format before it goes: a file, or a directory for png. The page goes to RUN/report.html by "
    "default, the numbers and the card to standard output.",
)
@click.option(
    "--live", is_flag=True, help="Serve the page on this machine while the run goes on, and update it. Ctrl-C ends it."
)
@click.option("--port", type=click.IntRange(1, 65535), help="The port of --live; any free one by default.")
def command(
    run: Path, other: Path | None, forms: tuple[str, ...], outs: tuple[str, ...], live: bool, port: int | None
) -> None:
    """Write a run's results to one HTML file that opens from the disk: curves, rates, diagnostics, samples.

    RUN is a run's directory, such as runs/tiny-cpu; RUN2 is another run to show next to it.
    """
    require("A report", "report", ("jinja2", "matplotlib", "pygments", *EVAL))
    paths = [run] if other is None else [run, other]
    if live:
        if forms or outs:
            raise click.UsageError("--live serves the page and writes nothing; leave out --format and --out.")
        _serve(paths, port)
        return
    if port is not None:
        raise click.UsageError("--port belongs to --live.")
    from iacrl.evaluation.report.outputs import make_report, write_form
    from iacrl.sources.outputs import paired

    outputs = paired(in_order(forms=forms, outs=outs), "html", folders=("png",))
    if any(one.form == "png" and one.file is None for one in outputs):
        raise click.UsageError("--format png needs --out DIRECTORY.")
    made = make_report(paths, [one.form for one in outputs])
    for one in outputs:
        content = made[one.form]
        target = one.file or (run / "report.html" if one.form == "html" else None)
        if target is None:
            (write_json if one.form == "json" else write)(str(content), nl=False)
            continue
        if one.file is None or isinstance(content, dict):
            write_form(target, content)
        else:
            write_named(target, content)
        echo_line(str(target))


def _serve(paths: list[Path], port: int | None) -> None:
    """Serve the page until Ctrl-C."""
    from iacrl.evaluation.report.live import LiveReport
    from iacrl.evaluation.report.live_server import ReportServer

    with ReportServer(LiveReport(paths), port or 0) as server:
        echo(f"{server.url}  (Ctrl-C ends it)")
        server.serve_forever()
