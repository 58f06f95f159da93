"""`iacrl sft`: the supervised warm start."""

from __future__ import annotations

import click

from iacrl.cli.shared_options import config_options, refuse_both, resolve, run_options
from iacrl.extras import TRAIN, require
from iacrl.terminal import echo


@click.command()
@config_options
@run_options
def command(config_name: str, overrides: tuple[str, ...], dry_run: bool, resume: bool, overwrite: bool) -> None:
    """Train a LoRA adapter on gold answers: the warm start that GRPO continues."""
    refuse_both(resume=resume, overwrite=overwrite)
    config = resolve(config_name, overrides, dry_run=dry_run)
    if config is None:
        return
    require("iacrl sft", "train", TRAIN)
    from iacrl.training.sft import run_sft

    run = run_sft(config, resume=resume, overwrite=overwrite)
    echo(f"Run: {run.path}")
