"""`iacrl schema`: the schemas by which the domains judge, without network or credentials."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, BinaryIO, TypeVar

import click

from iacrl.cli.printing import aligned
from iacrl.domains.programs import Schemas
from iacrl.domains.registry import all_domains
from iacrl.errors import UserError

Answer = TypeVar("Answer")


@click.group()
def command() -> None:
    """List, show, add and export the schemas that texts are judged by."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of a table.")
def list_(as_json: bool) -> None:
    """List every schema at hand, shipped and added; as JSON only those that come in packs."""
    found = [schemas.listed() for schemas in _of_domains()]
    if as_json:
        _write_json([row for one in found for row in one.rows])
        return
    for one in found:
        for line in aligned(one.table) if one.table else ():
            click.echo(line)
        for note in one.notes:
            click.echo(f"\n{note}")


@command.command()
@click.argument("name")
@click.option("--provider", help="Look in this provider: a local name or a source address.")
@click.option("--json", "as_json", is_flag=True, help="Write the schema's own JSON form.")
def show(name: str, provider: str | None, as_json: bool) -> None:
    """Show what the type NAME takes and gives.

    NAME is written as in a text, with its category before it where that is needed (data.TYPE); or it is a provider, for
    the arguments of its own configuration.
    """
    lines, document = _first([schemas.show for schemas in _of_domains() if schemas.show], name, provider)
    if as_json:
        _write_json(document)
        return
    for line in lines:
        click.echo(line)


@command.command("add")
@click.argument("file", type=click.File("rb"))
def add_(file: BinaryIO) -> None:
    """Add the schemas in FILE, so that what they describe is checked from now on.

    FILE ("-" for standard input) holds them as the program of a domain prints them; the documentation of schema packs
    says how to get one. Added schemas are kept in your data directory and win over the shipped ones.
    """
    name = getattr(file, "name", "<stdin>")
    content = file.read()
    for schemas in _of_domains():
        if (added := schemas.add(content, name)) is not None:
            for line in added:
                click.echo(line)
            return
    raise UserError(f"{name}: no domain takes schemas from a file of this name.")


@command.command()
@click.argument("provider")
def export(provider: str) -> None:
    """Write the whole schema of PROVIDER in its own JSON form."""
    _write_json(_first([schemas.export for schemas in _of_domains() if schemas.export], provider))


def _of_domains() -> list[Schemas]:
    return [domain.schemas() for domain in all_domains() if domain.schemas is not None]


def _first(asked: list[Callable[..., Answer]], *arguments: str | None) -> Answer:
    """Return the first answer; where there is none, what the first one says is the error."""
    refused: list[UserError] = []
    for ask in asked:
        try:
            return ask(*arguments)
        except UserError as error:
            refused.append(error)
    raise refused[0]


def _write_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2))
