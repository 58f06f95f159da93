"""`iacrl sweep`: search the settings of a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from iacrl.cli.printing import aligned, print_json
from iacrl.cli.shared_options import COUNT, FILE, config_options, examples, format_option, resolve
from iacrl.extras import TRAIN, require
from iacrl.files import refuse_special, require_folder
from iacrl.terminal import echo, echo_line


@click.command(
    epilog=examples(
        "iacrl sweep --config tiny-cpu --space space.yaml sft.eval_every=12",
        "iacrl sweep --config mine.yaml --space space.yaml --stage grpo --trials 30 --jobs 2",
    )
)
@config_options
@click.option("--space", "space_file", type=FILE, required=True, help="Settings with ranges and choices; see below.")
@click.option("--trials", type=COUNT, default=20, show_default=True, help="How many to finish, earlier calls included.")
@click.option("--jobs", type=COUNT, default=1, show_default=True, help="How many trials run at once.")
@click.option("--stage", type=click.Choice(["sft", "grpo"]), default="sft", show_default=True, help="What is measured.")
@click.option("--by", type=click.Choice(["score", "passed", "valid"]), default="score", show_default=True)
@click.option("--out", type=FILE, help="Where the best recipe goes; by default best.yaml in the sweep's folder.")
@format_option()
def command(
    config_name: str,
    overrides: tuple[str, ...],
    dry_run: bool,
    space_file: Path,
    trials: int,
    jobs: int,
    stage: Literal["sft", "grpo"],
    by: Literal["score", "passed", "valid"],
    out: Path | None,
    form: str,
) -> None:
    """Train a recipe with other settings, and write out the best of them.

    Trials are compared by the validation of training (`sft.eval_every`), and stopped early if it is below the median of
    the others. The same command goes on with a sweep. Example of a space:

    \b
      sft.learning_rate: {low: 1e-4, high: 1e-2, log: true}
      lora.rank: [4, 8, 16, 32]
    """
    require("iacrl sweep", "sweep", ("optuna", *TRAIN))
    from iacrl.training.search_space import check_space, read_space, require_measurements

    space = read_space(space_file)
    config = resolve(config_name, overrides, dry_run=dry_run)
    if config is None:
        return
    require_measurements(config, stage)
    check_space(config_name, overrides, space)
    from iacrl.training.sweep import Sweep, run_sweep, write_best

    sweep = Sweep(config_name, overrides, config, space, stage, by, trials, jobs)
    target = out or sweep.folder / "best.yaml"
    if out is not None:
        require_folder(out)
        refuse_special(out)
    found = run_sweep(sweep)
    write_best(sweep, found, target)
    if form == "json":
        rows = [{"trial": one.number, "state": one.state.name, "value": one.value, **one.params} for one in found]
        print_json({"best": str(target), "trials": rows})
        return
    table = [["trial", by, *space]]
    for one in found:
        value = "stopped" if one.state.name == "PRUNED" else f"{one.value:.3f}"
        table.append([str(one.number), value, *(_shown(one.params[name]) for name in space)])
    for line in aligned(table):
        echo(line)
    echo_line(f"Wrote {target}. Train with: iacrl {stage} --config {target}")


def _shown(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
