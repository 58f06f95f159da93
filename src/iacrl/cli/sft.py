"""`iacrl sft`: the supervised warm start."""

from __future__ import annotations

import click

from iacrl.cli.printing import print_json
from iacrl.cli.shared_options import config_options, examples, format_option, refuse_both, resolve, run_options
from iacrl.extras import TRAIN, require
from iacrl.terminal import echo_line


@click.command(
    epilog=examples(
        "iacrl sft --config tiny-cpu",
        "iacrl sft --config recipe.yaml sft.epochs=3 run.seed=1",
        "iacrl sft --config recipe.yaml --resume",
    )
)
@config_options
@run_options
@format_option()
def command(
    config_name: str, overrides: tuple[str, ...], dry_run: bool, resume: bool, overwrite: bool, form: str
) -> None:
    """Train a LoRA adapter on gold answers: the warm start that GRPO continues."""
    refuse_both(resume=resume, overwrite=overwrite)
    config = resolve(config_name, overrides, dry_run=dry_run)
    if config is None:
        return
    require("iacrl sft", "train", TRAIN)
    from iacrl.training.sft import run_sft

    run = run_sft(config, resume=resume, overwrite=overwrite)
    if form == "json":
        print_json({"run": str(run.path)})
    else:
        echo_line(f"Run: {run.path}")
