"""`iacrl settings`: the settings of validation, and their JSON Schema."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import click

from iacrl.cli.printing import print_json
from iacrl.cli.shared_options import examples, format_option
from iacrl.sources.settings import Given
from iacrl.sources.settings_file import SettingsFinder
from iacrl.terminal import write


@click.group()
def command() -> None:
    """Show the settings of validation: [tool.iacrl] in pyproject.toml, or .iacrl.toml."""


@command.command("show", epilog=examples("iacrl settings show", "iacrl settings show infra/main.tf --format json"))
@click.argument("path", type=click.Path(exists=True, path_type=Path), default=".")
@format_option()
def show(path: Path, form: str) -> None:
    """Print the settings for PATH in the form of a file, and where they come from."""
    from iacrl.sources.settings_text import as_toml

    finder = SettingsFinder(Given())
    settings = finder.of(path)
    finder.refuse_mistakes()
    where = None if settings.source is None else os.path.relpath(settings.source)
    if form == "json":
        print_json({"file": where, **tomllib.loads(as_toml(settings))})
    else:
        write(f"# {path}: settings of {where or 'no file'}\n{as_toml(settings)}", nl=False)


@command.command("schema", epilog=examples("iacrl settings schema > iacrl.schema.json"))
def schema() -> None:
    """Print the JSON Schema of the settings, with the domains and codes of installed packages."""
    from iacrl.sources.settings_schema import json_schema

    print_json(json_schema())
