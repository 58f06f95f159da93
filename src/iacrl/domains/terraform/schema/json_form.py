"""Reads and writes the format of `terraform providers schema -json`.

Descriptions, schema versions, functions and resource identities are not kept. A schema that is not exact
(`ProviderSchema.exact`) has one key in addition to Terraform's, `"iacrl": {"exact": false}`. So writing and reading it
again does not turn an unknown into a rule.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

from iacrl.domains.terraform.schema.provider_schema import (
    AttributeNesting,
    AttributeSchema,
    AttributeType,
    BlockNesting,
    BlockSchema,
    Category,
    NestedBlock,
    NestedObject,
    ProviderSchema,
)
from iacrl.errors import UserError

Json = dict[str, Any]

#: The key under a provider for each category of types. The plugin protocol has the same names.
SECTIONS: dict[Category, str] = {
    "resource": "resource_schemas",
    "data": "data_source_schemas",
    "ephemeral": "ephemeral_resource_schemas",
}
#: The additional key of a document that iacrl wrote.
OWN_KEY = "iacrl"
_FLAGS = ("required", "optional", "computed", "sensitive", "deprecated", "write_only")
_PRIMITIVES = ("string", "number", "bool", "dynamic")


def read_block(raw: Any, where: str) -> BlockSchema:
    """Read one `block`.

    Args:
        where: The place to name in an error, such as `aws_instance`.

    Raises:
        UserError: The value is not what Terraform writes.
    """
    body = _mapping(raw, where)
    attributes = _part(body, "attributes", where)
    blocks = _part(body, "block_types", where)
    return BlockSchema(
        {name: read_attribute(attributes[name], f"{where}.{name}") for name in sorted(attributes)},
        {name: _read_nested_block(blocks[name], f"{where}.{name}") for name in sorted(blocks)},
        open=body.get("open") is True,
    )


def read_attribute(raw: Any, where: str) -> AttributeSchema:
    """Read one attribute; errors as in `read_block`."""
    body = _mapping(raw, where)
    flags: Json = {flag: body.get(flag) is True for flag in _FLAGS}
    if "nested_type" not in body:
        return AttributeSchema(_read_type(body.get("type"), where), **flags)
    nested = _part(body, "nested_type", where)
    attributes = _part(nested, "attributes", f"{where}.nested_type")
    members = {name: read_attribute(attributes[name], f"{where}.{name}") for name in sorted(attributes)}
    nesting = _one_of(nested.get("nesting_mode"), get_args(AttributeNesting), f"{where}.nested_type.nesting_mode")
    return AttributeSchema(None, **flags, nested=NestedObject(nesting, members))


def _read_nested_block(raw: Any, where: str) -> NestedBlock:
    body = _mapping(raw, where)
    return NestedBlock(
        _one_of(body.get("nesting_mode"), get_args(BlockNesting), f"{where}.nesting_mode"),
        read_block(_part(body, "block", where), where),
        _count(body.get("min_items", 0), f"{where}.min_items"),
        _count(body.get("max_items", 0), f"{where}.max_items") or None,
    )


def _read_type(raw: Any, where: str) -> AttributeType:
    match raw:
        case str() if raw in _PRIMITIVES:
            return raw
        case ["list" | "set" | "map" as kind, element]:
            return [kind, _read_type(element, where)]
        case ["object", dict() as members, *_]:
            return ["object", {name: _read_type(members[name], f"{where}.{name}") for name in sorted(members)}]
        case ["tuple", list() as elements]:
            return ["tuple", [_read_type(element, where) for element in elements]]
    raise UserError(f"{where}: {raw!r} is not a type as `terraform providers schema -json` writes it.")


def _mapping(raw: Any, where: str) -> Json:
    if not isinstance(raw, dict):
        raise UserError(f"{where}: expected an object, found {type(raw).__name__}.")
    return raw


def _part(body: Json, key: str, where: str) -> Json:
    """Return the object at a key; Terraform leaves out empty ones."""
    return {} if body.get(key) is None else _mapping(body[key], f"{where}.{key}")


def _one_of(raw: Any, known: tuple[str, ...], where: str) -> Any:
    if raw not in known:
        raise UserError(f"{where}: {raw!r} is none of {', '.join(known)}.")
    return raw


def _count(raw: Any, where: str) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or raw < 0:
        raise UserError(f"{where}: {raw!r} is not a number of blocks.")
    return raw


def write_block(block: BlockSchema) -> Json:
    """Write one block as Terraform does; the inverse of `read_block`."""
    body: Json = {}
    if block.attributes:
        body["attributes"] = {name: write_attribute(each) for name, each in block.attributes.items()}
    if block.blocks:
        body["block_types"] = {name: _write_nested_block(each) for name, each in block.blocks.items()}
    if block.open:
        body["open"] = True
    return {**body, "description_kind": "plain"}


def write_attribute(attribute: AttributeSchema) -> Json:
    """Write one attribute as Terraform does."""
    body: Json
    if attribute.nested is not None:
        members = {name: write_attribute(each) for name, each in attribute.nested.attributes.items()}
        body = {"nested_type": {"attributes": members, "nesting_mode": attribute.nested.nesting}}
    else:
        body = {"type": attribute.type}
    return {**body, "description_kind": "plain", **{flag: True for flag in _FLAGS if getattr(attribute, flag)}}


def _write_nested_block(nested: NestedBlock) -> Json:
    body: Json = {"nesting_mode": nested.nesting, "block": write_block(nested.block)}
    if nested.min_items:
        body["min_items"] = nested.min_items
    if nested.max_items is not None:
        body["max_items"] = nested.max_items
    return body


def write_document(schema: ProviderSchema, only: tuple[Category | Literal["provider"], str] | None = None) -> Json:
    """Write a provider, or only one of its types, as `terraform providers schema -json` prints it.

    `only` names a category and a type; `("provider", "")` is the provider's own configuration.
    """
    provider: Json = {}
    if only is None or only[0] == "provider":
        provider["provider"] = _body(schema.provider_block)
    for category, section in SECTIONS.items():
        names = [name for name in schema.types(category) if only in (None, (category, name))]
        bodies = {name: _body(block) for name in names if (block := schema.read(category, name)) is not None}
        if bodies:
            provider[section] = bodies
    document: Json = {"format_version": "1.0", "provider_schemas": {schema.address: provider}}
    if not schema.exact:
        document[OWN_KEY] = {"exact": False, "version": schema.version}
    return document


def _body(block: BlockSchema) -> Json:
    return {"version": 0, "block": write_block(block)}


def read_document(document: Any) -> list[ProviderSchema]:
    """Read what `terraform providers schema -json` prints.

    Raises:
        UserError: It has another format; the message names the place.
    """
    body = _mapping(document, "the document")
    version = body.get("format_version")
    if not isinstance(version, str) or version.split(".")[0] not in ("0", "1"):
        raise UserError(f"format_version: {version!r} is none that `terraform providers schema -json` prints (1.0).")
    if "provider_schemas" not in body:
        raise UserError(
            "The document has no provider_schemas: run `terraform init` before `terraform providers schema`."
        )
    providers = _mapping(body["provider_schemas"], "provider_schemas")
    own = _mapping(body.get(OWN_KEY, {}), OWN_KEY)
    return [
        _read_provider(address, providers[address], str(own.get("version", "")), own.get("exact") is not False)
        for address in providers
    ]


def _read_provider(address: str, raw: Any, version: str, exact: bool) -> ProviderSchema:
    body = _mapping(raw, address)
    bodies = {("provider", ""): _read_body(_part(body, "provider", address), address)}
    for category, section in SECTIONS.items():
        types = _part(body, section, address)
        bodies |= {(category, name): _read_body(types[name], f"{category} {name}") for name in types}
    names = {category: tuple(sorted(_part(body, section, address))) for category, section in SECTIONS.items()}

    def read(category: str, name: str) -> BlockSchema | None:
        return bodies.get((category, name))

    return ProviderSchema(address, version, exact, names["resource"], names["data"], names["ephemeral"], read)


def _read_body(raw: Any, where: str) -> BlockSchema:
    return read_block(_part(_mapping(raw, where), "block", where), where)
