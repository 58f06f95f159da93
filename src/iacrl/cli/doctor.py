"""`iacrl doctor`: whether a configuration will run here, before it is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from iacrl.cli.printing import print_json
from iacrl.cli.shared_options import config_option, examples, format_option, overrides_argument
from iacrl.extras import TRAIN, require
from iacrl.terminal import echo, echo_line

if TYPE_CHECKING:
    from iacrl.training.doctor.examination import Examination
    from iacrl.training.doctor.stage_memory import StageMemory


@click.command(
    epilog=examples(
        "iacrl doctor --config qwen2.5-coder-1.5b",
        "iacrl doctor --config recipe.yaml grpo.group_size=4 --format json",
    )
)
@config_option(required=True)
@overrides_argument
@format_option()
def command(config_name: str, overrides: tuple[str, ...], form: str) -> int:
    """Estimate the memory of both stages of a recipe, and check the machine for what they need.

    The model's own configuration is enough; no weights are read or
    downloaded. Exit status: 0 it fits and nothing is missing, 1 otherwise, 2 it could not be found out.
    """
    from iacrl.config.recipes import load_config

    config = load_config(config_name, overrides)
    require("iacrl doctor", "train", TRAIN)
    from iacrl.runs.set_up import set_up
    from iacrl.training.doctor.examination import examine

    set_up(config)
    found = examine(config)
    if form == "json":
        print_json(found.to_json())
    else:
        _tell(found)
    return 0 if found.well else 1


def _tell(found: Examination) -> None:
    marks = {True: "ok", False: "NOT OK", None: "without"}
    for check in found.checks:
        echo_line(f"{marks[check.ok]:8} {check.name}: {check.found}")
    for name, stage in found.stages.items():
        echo(f"\n{name.upper()}: about {_size(stage.peak).strip()} at most, in: {stage.worst}")
        _table(stage)
    echo("\nWhat would fit (settings to change, least harmful first):")
    for card, settings in found.fits.items():
        words = "nothing that iacrl can set; choose a smaller model"
        if settings is not None:
            words = " ".join(f"{key}={value}" for key, value in settings.items()) or "as it is"
        echo(f"  {card:2} GB  {words}")


def _table(stage: StageMemory) -> None:
    echo(f"  {_size(stage.fixed)}  always")
    for item, size in stage.always.items():
        echo(f"  {_size(size)}    {item}")
    for phase, items in stage.phases.items():
        echo(f"  {_size(sum(items.values()))}  {phase}")
        for item, size in items.items():
            echo(f"  {_size(size)}    {item}")


def _size(count: int) -> str:
    return f"{count / 2**20:10,.1f} MiB"
