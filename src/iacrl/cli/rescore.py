"""`iacrl rescore`: judge saved completions again, by today's validator and rubric."""

from __future__ import annotations

import click

from iacrl.cli.shared_options import (
    context_option,
    engine_option,
    examples,
    format_option,
    overrides_argument,
    ray_option,
    trust_option,
    with_context,
)
from iacrl.extras import EVAL, require
from iacrl.terminal import echo, echo_line


@click.command(
    epilog=examples(
        "iacrl rescore runs/tiny-cpu",
        "iacrl rescore runs/tiny-cpu --engine terraform --show 3",
    )
)
@click.argument("run", type=click.Path(exists=True, file_okay=False))
@engine_option
@context_option
@trust_option
@ray_option
@click.option("--show", "shown", default=10, show_default=True, help="How many changed completions to list.")
@format_option()
@overrides_argument
def command(
    run: str,
    engine: str | None,
    context: str | None,
    trust: bool,
    ray: str | None,
    shown: int,
    form: str,
    overrides: tuple[str, ...],
) -> None:
    """Judge the completions of an evaluation again, replace its figures, and say what has changed.

    The old files are kept next to the new ones. Nothing is sampled.
    """
    require("iacrl rescore", "eval", EVAL)
    from iacrl.cli.printing import print_json, show
    from iacrl.evaluation.rescoring import rescore
    from iacrl.evaluation.text_tables import render_evaluation

    found = rescore(run, with_context(engine, context, overrides), engine=engine, trust=trust, ray=ray)
    if found.repaired:
        echo_line(found.repaired, err=True)
    if form == "json":
        from iacrl.records import to_plain

        print_json({"run": str(found.folder), **to_plain(found, exclude=("folder",))})
        return
    show(render_evaluation(found.after))
    echo(f"{len(found.flips)} of {found.completions} completions changed their verdict, {found.scores} their score.")
    for why, count in found.reasons()[:shown]:
        echo_line(f"  {count} x {why}")
    for flip in found.flips[:shown]:
        one = flip.sample
        before, after = _state(flip.was_valid, flip.had_passed), _state(one.valid, one.passed)
        echo_line(f"  {one.policy}, {one.decoding}, {one.task}, sample {one.sample}: {before} -> {after} ({flip.why})")
    if found.flips or found.scores:
        echo_line(f"Kept as they were: samples, trivial and eval, each as {found.folder}/NAME.before.json[l]")


def _state(valid: bool, passed: bool) -> str:
    return "passed" if passed else "valid" if valid else "not valid"
