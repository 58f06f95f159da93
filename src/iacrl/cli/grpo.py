"""`iacrl grpo`: reinforcement learning from the SFT adapter."""

from __future__ import annotations

from pathlib import Path

import click

from iacrl.cli.printing import print_json
from iacrl.cli.shared_options import config_options, examples, format_option, refuse_both, resolve, run_options
from iacrl.extras import TRAIN, require
from iacrl.terminal import echo_line


@click.command(
    epilog=examples(
        "iacrl grpo --config tiny-cpu",
        "iacrl grpo --config recipe.yaml --parent runs/other/sft grpo.steps=200",
        "iacrl grpo --config recipe.yaml --resume grpo.steps=400",
    )
)
@config_options
@run_options
@format_option()
@click.option(
    "--parent",
    type=click.Path(path_type=Path),
    help="The SFT run or the checkpoint to continue; by default this run's SFT.",
)
@click.option("--accept-reward", is_flag=True, help="With --resume: go on though the reward has changed since.")
def command(
    config_name: str,
    overrides: tuple[str, ...],
    dry_run: bool,
    resume: bool,
    overwrite: bool,
    form: str,
    parent: Path | None,
    accept_reward: bool,
) -> None:
    """Continue the SFT adapter with GRPO: the reward comes from parsing and validating what the model writes."""
    refuse_both(resume=resume, overwrite=overwrite)
    if accept_reward and not resume:
        raise click.UsageError("--accept-reward needs --resume.")
    config = resolve(config_name, overrides, dry_run=dry_run)
    if config is None:
        return
    require("iacrl grpo", "train", TRAIN)
    from iacrl.training.grpo import run_grpo

    run = run_grpo(config, parent=parent, resume=resume, overwrite=overwrite, accept_reward=accept_reward)
    if form == "json":
        print_json({"run": str(run.path)})
    else:
        echo_line(f"Run: {run.path}")
