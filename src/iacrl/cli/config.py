"""`iacrl config`: the shipped recipes."""

from __future__ import annotations

import re
from pathlib import Path

import click

from iacrl.cli.completing import complete_recipes
from iacrl.cli.shared_options import FILE
from iacrl.errors import UserError
from iacrl.files import require_folder, write_atomically
from iacrl.terminal import echo, write


@click.group()
def command() -> None:
    """List, show or copy the shipped recipes."""


@command.command("list")
def list_configs() -> None:
    """Print the name of each recipe with its first line."""
    from iacrl.config.recipes import config_names, find_config

    for name in config_names():
        headline = find_config(name).read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
        echo(f"{name:<24} {headline}")


@command.command("show")
@click.argument("name", shell_complete=complete_recipes)
def show_config(name: str) -> None:
    """Print a recipe as written, with its comments."""
    from iacrl.config.recipes import find_config

    write(find_config(name).read_text(encoding="utf-8"), nl=False)


@command.command("copy")
@click.argument("name", shell_complete=complete_recipes)
@click.argument("target", type=FILE)
def copy_config(name: str, target: Path) -> None:
    """Copy the shipped recipe NAME to TARGET for your changes; an existing file is left alone."""
    from iacrl.config.recipes import find_config

    if Path(name).is_file():
        raise UserError(f"{name}: only shipped recipes are copied, by their name; copy a file of your own with cp.")
    source = find_config(name)
    if target.exists():
        raise UserError(f"{target} is there already; choose another place or remove it.")
    require_folder(target)
    text = source.read_text(encoding="utf-8")
    # Paths in a recipe are relative to it, and the copy is elsewhere. All paths in shipped recipes begin with `../`.
    text = re.sub(r"(?<=: )\.\./\S+", lambda path: str((source.parent / path[0]).resolve()), text)
    write_atomically(target, text)
    echo(f"Wrote {target}. Use it with --config {target}")
