"""`iacrl config`: the shipped recipes."""

from __future__ import annotations

import re
from pathlib import Path

import click

from iacrl.cli.completing import complete_recipes
from iacrl.cli.printing import print_json
from iacrl.cli.shared_options import FILE, examples, format_option, overrides_argument
from iacrl.errors import UserError
from iacrl.files import require_folder, write_atomically
from iacrl.terminal import echo_line, write


@click.group()
def command() -> None:
    """List, show or copy the shipped recipes."""


@command.command("list", epilog=examples("iacrl config list", "iacrl config list --format json"))
@format_option()
def list_configs(form: str) -> None:
    """Print the name of each recipe with its first line."""
    from iacrl.config.recipes import config_names, find_config

    headlines = {
        name: find_config(name).read_text(encoding="utf-8").splitlines()[0].lstrip("# ") for name in config_names()
    }
    if form == "json":
        print_json(headlines)
        return
    for name, headline in headlines.items():
        echo_line(f"{name:<24} {headline}")


@command.command("show", epilog=examples("iacrl config show tiny-cpu", "iacrl config show recipe.yaml grpo.steps=9"))
@click.argument("name", shell_complete=complete_recipes)
@overrides_argument
@format_option()
def show_config(name: str, overrides: tuple[str, ...], form: str) -> None:
    """Print the recipe NAME with every setting that a run would use: gates, guards and all other defaults too.

    `iacrl config copy` gives you a shipped recipe as it is written, with its comments.
    """
    from iacrl.config.recipes import load_config

    config = load_config(name, overrides)
    if form == "json":
        print_json(config.model_dump(mode="json"))
    else:
        write(config.to_yaml(), nl=False)


@command.command("copy", epilog=examples("iacrl config copy tiny-cpu recipe.yaml"))
@click.argument("name", shell_complete=complete_recipes)
@click.argument("target", type=FILE)
@format_option()
def copy_config(name: str, target: Path, form: str) -> None:
    """Copy the shipped recipe NAME to TARGET for your changes; an existing file is left alone."""
    from iacrl.config.recipes import find_config

    if Path(name).is_file():
        raise UserError(f"{name}: only shipped recipes are copied, by their name; copy a file of your own with cp.")
    source = find_config(name)
    if target.exists():
        raise UserError(f"{target} exists already; choose another place or remove it.")
    require_folder(target)
    text = source.read_text(encoding="utf-8")
    # Paths in a recipe are relative to it, and the copy is elsewhere. All paths in shipped recipes begin with `../`.
    text = re.sub(r"(?<=: )\.\./\S+", lambda path: str((source.parent / path[0]).resolve()), text)
    write_atomically(target, text)
    if form == "json":
        print_json({"written": str(target)})
        return
    echo_line(f"Wrote {target}. Use it with --config {target}")
