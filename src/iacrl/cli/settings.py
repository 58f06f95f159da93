"""`iacrl settings`: the settings of validation, and their JSON Schema."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from iacrl.sources.settings import Given
from iacrl.sources.settings_file import SettingsFinder
from iacrl.terminal import write


@click.group()
def command() -> None:
    """Show the settings of validation: [tool.iacrl] in pyproject.toml, or .iacrl.toml."""


@command.command("show")
@click.argument("path", type=click.Path(exists=True, path_type=Path), default=".")
def show(path: Path) -> None:
    """Print the settings for PATH in the form of a file, and where they come from.

    E.g. iacrl settings show infra/main.tf
    """
    from iacrl.sources.settings_text import as_toml

    finder = SettingsFinder(Given())
    settings = finder.of(path)
    finder.refuse_mistakes()
    where = "no file" if settings.source is None else os.path.relpath(settings.source)
    write(f"# {path}: settings of {where}\n{as_toml(settings)}", nl=False)


@command.command("schema")
def schema() -> None:
    """Print the JSON Schema of the settings, with the domains and codes of installed packages.

    E.g. iacrl settings schema > iacrl.schema.json
    """
    from iacrl.sources.settings_schema import json_schema

    write(json.dumps(json_schema(), indent=1))
