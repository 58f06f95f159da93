"""`iacrl schema`: what providers declare, without network or credentials."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

import click

from iacrl.cli.tables import aligned
from iacrl.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from iacrl.domains.terraform.schema.provider_schema import Category, ProviderSchema


@click.group()
def command() -> None:
    """List, show, add and export schemas: of Terraform providers, and of Kubernetes custom resources."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of a table.")
def list_(as_json: bool) -> None:
    """List every provider whose schema is at hand; without --json also the custom resources that were added."""
    from iacrl.domains.kubernetes.schema.custom_resources import added_kinds
    from iacrl.domains.terraform.schema.packs import available

    packs = [
        {
            "provider": pack.schema.name,
            "address": pack.schema.address,
            "version": pack.schema.version,
            "resources": len(pack.schema.resource_types),
            "data_sources": len(pack.schema.data_types),
            "ephemeral": len(pack.schema.ephemeral_types) if pack.schema.exact else None,
            "origin": pack.origin,
            "bytes": pack.path.stat().st_size,
        }
        for pack in available()
    ]
    if as_json:
        _write_json(packs)
        return
    titles = {"resources": "resources", "data_sources": "data", "ephemeral": "ephemeral", "version": "version"}
    columns = ["provider", "version", "resources", "data_sources", "ephemeral", "origin", "address"]
    rows = [[titles.get(column, column) for column in columns]]
    rows += [["-" if pack[column] in (None, "") else str(pack[column]) for column in columns] for pack in packs]
    for line in aligned(rows):
        click.echo(line)
    click.echo("\nephemeral is '-' where the pack's origin does not tell. `iacrl schema add` replaces a pack.")
    if kinds := added_kinds():
        click.echo(f"\nAdded custom resources: {', '.join(kinds)}.")


@command.command()
@click.argument("name")
@click.option("--provider", help="Look in this provider: a local name or a source address.")
@click.option("--json", "as_json", is_flag=True, help="Write the form of `terraform providers schema -json`.")
def show(name: str, provider: str | None, as_json: bool) -> None:
    """Show what the type NAME takes and gives.

    NAME is written as in an address: aws_s3_bucket, data.aws_ami, ephemeral.aws_ssm_parameter; or it is a provider,
    such as aws, for the arguments of its own configuration.
    """
    from iacrl.domains.terraform.schema.describe import describe
    from iacrl.domains.terraform.schema.json_form import write_document

    schema, category, type_name = _find(name, provider)
    if as_json:
        _write_json(write_document(schema, (category, type_name)))
        return
    for line in describe(schema, category, type_name):
        click.echo(line)


@command.command("add")
@click.argument("file", type=click.File("rb"))
def add_(file: BinaryIO) -> None:
    """Add the schemas in FILE: of Terraform providers, or of Kubernetes custom resources.

    FILE ("-" for standard input) is what `terraform providers schema -json` prints, or ends in .yaml or .yml and holds
    CustomResourceDefinitions. Added schemas are kept in your data directory; those of providers win over the
    shipped ones.
    """
    from iacrl.domains.kubernetes.schema.custom_resources import add_crd
    from iacrl.domains.terraform.schema.pack_add import add

    name = getattr(file, "name", "<stdin>")
    if name.endswith((".yaml", ".yml")):
        for kind in add_crd(Path(name)):
            click.echo(f"Added {kind}")
        return
    for pack in add(file.read(), name):
        counts = f"{len(pack.schema.resource_types)} resources, {len(pack.schema.data_types)} data sources"
        click.echo(f"Added {pack.schema.address} ({counts}) as {pack.path}")


@command.command()
@click.argument("provider")
def export(provider: str) -> None:
    """Write the whole schema of PROVIDER in the form of `terraform providers schema -json`."""
    from iacrl.domains.terraform.schema.json_form import write_document

    _write_json(write_document(_provider(provider)))


def _provider(name: str) -> ProviderSchema:
    from iacrl.domains.terraform.schema.packs import available, find_provider

    schema = find_provider(name)
    if schema is None:
        known = [each for pack in available() for each in (pack.schema.name, pack.schema.source)]
        raise UserError(
            f"No schema of provider {name!r}.{did_you_mean(name, known)} `iacrl schema list` shows what there is; "
            "`iacrl schema add` takes what `terraform providers schema -json` prints."
        )
    return schema


def _find(name: str, provider: str | None) -> tuple[ProviderSchema, Category | Literal["provider"], str]:
    """Return the provider, category and type that a name means.

    Raises:
        UserError: There is no such type; the message names the nearest one.
    """
    from iacrl.domains.terraform.schema.packs import find_provider, provider_for_type
    from iacrl.domains.terraform.schema.provider_schema import CATEGORIES

    prefix, _, rest = name.rpartition(".")
    if prefix not in ("", *CATEGORIES):
        raise UserError(f"{prefix!r} in {name!r} is none of {', '.join(CATEGORIES)}.")
    if not rest:
        raise UserError(f"{name!r} names no type: write one as in an address, such as aws_s3_bucket or data.aws_ami.")
    if not prefix and not provider and find_provider(rest) is not None:
        return _provider(rest), "provider", ""
    schema = _provider(provider or provider_for_type(rest))
    categories = [category for category in CATEGORIES if prefix in ("", category)]
    for category in categories:
        if rest in schema.types(category):
            return schema, category, rest
    known = [each for category in categories for each in schema.types(category)]
    where = f"{schema.source} {schema.version}".rstrip()
    raise UserError(f"{where} has no {prefix or 'type'} {rest!r}.{did_you_mean(rest, known)}")


def _write_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2))
