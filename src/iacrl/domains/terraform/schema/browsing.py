"""Lists, adds, shows and exports providers' schemas for `iacrl schema`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

from iacrl.domains.programs import SchemaList, Schemas, UnknownTypeError
from iacrl.domains.terraform.schema.brief_type import brief_type
from iacrl.domains.terraform.schema.describe import describe
from iacrl.domains.terraform.schema.json_form import write_document
from iacrl.domains.terraform.schema.pack_encode import add
from iacrl.domains.terraform.schema.packs import available, find_provider, past_packs, past_versions, provider_for_type
from iacrl.domains.terraform.schema.provider_schema import CATEGORIES, Category, ProviderSchema
from iacrl.errors import UserError, did_you_mean

#: Columns of the table, and their titles.
_COLUMNS = {
    "provider": "provider",
    "version": "version",
    "resources": "resources",
    "data_sources": "data",
    "ephemeral": "ephemeral",
    "origin": "origin",
    "address": "address",
}
#: Content of every document that `terraform providers schema -json` prints.
_DUMP = re.compile(rb'"provider_schemas"\s*:')


def _listed() -> SchemaList:
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
        for pack in sorted([*available(), *past_packs()], key=lambda pack: pack.schema.address)
    ]
    cells = [["-" if pack[column] in (None, "") else str(pack[column]) for column in _COLUMNS] for pack in packs]
    note = (
        "ephemeral is '-' where the pack's origin does not tell. `iacrl schema add` replaces a pack. One of origin "
        "past judges where a version constraint excludes the other."
    )
    return SchemaList(packs, [list(_COLUMNS.values()), *cells], [note])


def _add(content: bytes, name: str) -> Sequence[str] | None:
    if not _DUMP.search(content):
        return None
    return [
        f"Added {pack.schema.address} ({len(pack.schema.resource_types)} resources, "
        f"{len(pack.schema.data_types)} data sources) as {pack.path}"
        for pack in add(content, name)
    ]


def _show(name: str, provider: str | None) -> tuple[Sequence[str], Any]:
    schema, category, type_name = _find(name, provider)
    return list(describe(schema, category, type_name)), write_document(schema, (category, type_name))


def _brief(name: str, provider: str | None) -> Sequence[str]:
    schema, category, type_name, path = _find_part(name, provider)
    return brief_type(schema, category, type_name, path)


def _find_part(
    name: str, provider: str | None
) -> tuple[ProviderSchema, Category | Literal["provider"], str, list[str]]:
    """Return what a name means, and the path within it. Types contain no dots, and only categories precede them."""
    category, dot, rest = name.partition(".")
    if not (dot and category in CATEGORIES):
        category, rest = "", name
    type_name, *path = rest.split(".")
    return *_find(f"{category}.{type_name}" if category else type_name, provider), path


def _export(provider: str) -> Any:
    return write_document(_provider(provider))


def _provider(name: str) -> ProviderSchema:
    """Return the schema of `helm`, or that of an older major version: `helm@2`."""
    name, _, major = name.partition("@")
    schema = find_provider(name)
    if schema is not None and major:
        versions = [schema, *past_versions(schema.address)]
        found = next((one for one in versions if one.version.partition(".")[0] == major), None)
        if found is None:
            have = ", ".join(one.version for one in versions)
            raise UserError(f"There is no version {major} of provider {name!r} at hand, only {have}.")
        return found
    if schema is None:
        known = [each for pack in available() for each in (pack.schema.name, pack.schema.source)]
        raise UnknownTypeError(
            f"No schema of provider {name!r}.{did_you_mean(name, known)} `iacrl schema list` shows what there is; "
            "`iacrl schema add` takes what `terraform providers schema -json` prints."
        )
    return schema


def _find(name: str, provider: str | None) -> tuple[ProviderSchema, Category | Literal["provider"], str]:
    """Return the provider, category and type that a name means."""
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


SCHEMAS = Schemas(
    _listed,
    _add,
    "JSON with `provider_schemas`, as `terraform providers schema -json` prints it",
    _show,
    _export,
    _brief,
)
