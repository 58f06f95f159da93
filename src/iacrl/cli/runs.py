"""`iacrl runs`: which runs a folder or a bucket holds, what they are, and which is best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from iacrl.cli.printing import aligned, print_json
from iacrl.cli.shared_options import examples, format_option
from iacrl.terminal import echo, echo_line

if TYPE_CHECKING:
    from iacrl.evaluation.run_records import RunRecord
    from iacrl.evaluation.run_rows import RunRow

Command = TypeVar("Command", bound=Callable[..., Any])


@click.group()
def command() -> None:
    """List, show and compare runs, or name the best one, from a folder or a bucket.

    Their manifests, settings and figures are read as data. Nothing of a run is executed.
    """


def _common(function: Command) -> Command:
    """Add `--in`, `--decoding` and `--format`."""
    for option in (
        format_option(),
        click.option(
            "--decoding",
            type=click.Choice(["greedy", "sampled"]),
            default="greedy",
            show_default=True,
            help="Whose figures to show.",
        ),
        click.option(
            "--in",
            "root",
            default="runs",
            show_default=True,
            metavar="FOLDER|URL",
            help="Where the runs are. E.g. --in s3://bucket/runs",
        ),
    ):
        function = option(function)
    return function


@command.command("list", epilog=examples("iacrl runs list", "iacrl runs list --in s3://bucket/runs --each"))
@_common
@click.option("--each", is_flag=True, help="One row for each run, also where runs differ only in the seed.")
def list_(root: str, decoding: str, form: str, each: bool) -> None:
    """List the runs, oldest first: stage, seeds, status, steps, and figures in % with 95 % intervals.

    Runs of one recipe that differ in the seed are one row: their mean, and the lowest and highest in round brackets.
    """
    from iacrl.evaluation.run_rows import rows_of

    rows = rows_of(_read(root), decoding, each=each)
    if form == "json":
        _print_json(rows)
    elif rows:
        _print_table(rows)
    else:
        echo_line(f"{root} holds no runs.")


@command.command("best", epilog=examples("iacrl runs best", "iacrl runs best --by score --format json"))
@_common
@click.option("--by", type=click.Choice(["pass@1", "valid", "score"]), default="pass@1", show_default=True)
@click.option("--tasks", default="", metavar="DIGEST", help="Only runs measured on these tasks; its beginning will do.")
def best(root: str, decoding: str, form: str, by: str, tasks: str) -> None:
    """Rank the runs that were measured on the same tasks and judged alike, the best first.

    A recipe with several seeds counts with their mean. `iacrl compare` says whether two runs differ by more than
    chance.
    """
    from iacrl.evaluation.run_rows import ranked, rows_of

    rows = ranked(rows_of(_read(root), decoding), by, tasks=tasks)
    if form == "json":
        _print_json(rows)
        return
    _print_table(rows)
    echo()
    echo_line(f"Best by {by}, {decoding}: {rows[0].label}")


@command.command("show", epilog=examples("iacrl runs show tiny-cpu", "iacrl runs show tiny-cpu/sft"))
@_common
@click.argument("run", metavar="RUN[/STAGE]")
def show(root: str, decoding: str, form: str, run: str) -> None:
    """Show what is known about one run's stage: the last one unless you name it."""
    from iacrl.evaluation.run_rows import find_record
    from iacrl.records import to_plain

    record = find_record(_read(root), run)
    if form == "json":
        print_json(to_plain(record))
        return
    facts = {
        "run": record.label,
        "status": record.status,
        "started": record.started,
        "seed": record.seed,
        "base": record.base,
        "parent": record.parent,
        "steps": record.steps,
        "recipe": record.recipe[:12],
        "adapter": record.adapter.removeprefix("sha256:")[:12],
    }
    rows = [(name, str(value)) for name, value in facts.items() if value not in (None, "")]
    for measured in record.measured:
        rows += [
            (f"{name}, {measured.decoding}", f"{_percent(one)} on {one.tasks} tasks")
            for name, one in measured.figures.items()
        ]
    for line in aligned(rows):
        echo(line)


@command.command("compare", epilog=examples("iacrl runs compare first second/sft"))
@_common
@click.argument("runs", nargs=-1, required=True, metavar="RUN RUN...")
def compare(root: str, decoding: str, form: str, runs: tuple[str, ...]) -> None:
    """Show in which settings runs differ, and their figures side by side.

    `iacrl compare` pairs two evaluations task by task and says whether they differ by more than chance.
    """
    if len(runs) < 2:
        raise click.UsageError("Name two runs or more.")
    from iacrl.evaluation.run_records import MEASURES
    from iacrl.evaluation.run_rows import differing_settings, find_record

    records = _read(root)
    compared = [find_record(records, name) for name in runs]
    settings = dict(differing_settings(compared))
    measured = [record.figures(decoding) for record in compared]
    alike = len({found.protocol for found in measured if found is not None}) <= 1
    if form == "json":
        figures = [None if one is None else {name: one.figures[name].value for name in MEASURES} for one in measured]
        labels = [record.label for record in compared]
        print_json({"runs": labels, "settings": settings, "figures": figures, "measured_alike": alike})
        return
    rows = [["", *(record.label for record in compared)]]
    rows += [[name, *("–" if value is None else str(value) for value in values)] for name, values in settings.items()]
    rows += [[name, *("–" if one is None else _percent(one.figures[name]) for one in measured)] for name in MEASURES]
    for line in aligned(rows):
        echo(line)
    if not alike:
        echo("They were measured on other tasks, or judged by other rules: do not compare these figures.")


def _read(root: str) -> list[RunRecord]:
    from iacrl.evaluation.run_records import read_records
    from iacrl.evaluation.run_store import open_store

    records, notes = read_records(open_store(root))
    for note in notes:
        echo_line(note, err=True)
    return records


def _print_json(rows: Sequence[RunRow]) -> None:
    from iacrl.records import to_plain

    print_json([to_plain(row) for row in rows])


def _print_table(rows: Sequence[RunRow]) -> None:
    from iacrl.evaluation.run_records import MEASURES

    table = [["run", "base", "parent", "seeds", "status", "steps", "started", *MEASURES]]
    for row in rows:
        seeds = ",".join(str(seed) for seed in row.seeds if seed is not None)
        figures = [_percent(row.figures[name]) if name in row.figures else "" for name in MEASURES]
        steps = "" if row.steps is None else str(row.steps)
        table.append([row.label, row.base, row.parent, seeds, row.status, steps, row.started[:16], *figures])
    for line in aligned(table):
        echo(line)


def _percent(found: Any) -> str:
    """Return `52.5 [45.6, 59.3]`, or with round brackets a range over seeds."""
    opening, closing = "()" if getattr(found, "kind", "interval") == "range" else "[]"
    return f"{100 * found.value:.1f} {opening}{100 * found.low:.1f}, {100 * found.high:.1f}{closing}"
