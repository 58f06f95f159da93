"""`iacrl compare`: compare evaluations of the same tasks."""

from __future__ import annotations

import click

from iacrl.cli.shared_options import examples, format_option
from iacrl.extras import EVAL, require
from iacrl.terminal import echo_line


@click.command(
    epilog=examples(
        "iacrl compare runs/first runs/second",
        "iacrl compare runs/tiny-cpu:sft runs/tiny-cpu:grpo",
    )
)
@format_option()
@click.argument("runs", nargs=-1, required=True, metavar="A[:POLICY] B[:POLICY]...")
def command(runs: tuple[str, ...], form: str) -> None:
    """Say whether B (and C, ...) passes more often than A, paired task by task.

    Each is the directory of an evaluation, or of a run with one. Of several policies the last one counts, unless you
    name one (runs/mine:base). Pass@1 differs by more than chance if the 95 % interval of a paired bootstrap over
    families excludes 0. With one completion per task, McNemar's exact test must agree at 5 %. Both are corrected for
    the number of comparisons. Validity, score and layers have intervals too.
    """
    if len(runs) < 2:
        raise click.UsageError("Name two evaluations or more.")
    require("iacrl compare", "eval", EVAL)
    from iacrl.cli.printing import print_json, show
    from iacrl.evaluation.comparison import compare, rates_of
    from iacrl.evaluation.text_tables import render_differences

    compared, found = compare(runs)
    if form == "json":
        from iacrl.records import to_plain

        print_json(
            {"policies": [to_plain(one) for one in rates_of(compared)], "differences": [to_plain(one) for one in found]}
        )
        return
    show(render_differences(rates_of(compared), found))
    for one in compared:
        for result in one.evaluation.results:
            if result.policy == one.policy and result.missing:
                echo_line(f"{one.folder}: {result.missing} completions of {result.policy}, {result.decoding}, missing.")
