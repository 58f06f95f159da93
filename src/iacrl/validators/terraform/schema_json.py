"""The form of `terraform providers schema -json`: read into blocks, and written from them.

Descriptions, schema versions, functions and resource identities are not kept. A schema that is not exact
(`ProviderSchema.exact`) says so in one key of its own beside Terraform's, `"iacrl": {"exact": false}`, so that writing
and reading it again does not turn an unknown into a rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from iacrl.errors import UserError
from iacrl.validators.terraform.schema import (
    Attribute,
    AttributeNesting,
    AttributeType,
    Block,
    BlockNesting,
    Category,
    NestedBlock,
    NestedObject,
    ProviderSchema,
)

Json = dict[str, Any]

#: The key under a provider for each category of types.
SECTIONS: dict[Category, str] = {
    "resource": "resource_schemas",
    "data": "data_source_schemas",
    "ephemeral": "ephemeral_resource_schemas",
}
_FLAGS = ("required", "optional", "computed", "sensitive", "deprecated", "write_only")
_PRIMITIVES = ("string", "number", "bool", "dynamic")


def read_block(raw: Any, where: str) -> Block:
    """Read one `block`.

    Args:
        raw: Its JSON value.
        where: The place to name in an error, such as `aws_instance`.

    Raises:
        UserError: The value is not what Terraform writes.
    """
    body = _mapping(raw, where)
    attributes = _mapping(body.get("attributes") or {}, f"{where}.attributes")
    blocks = _mapping(body.get("block_types") or {}, f"{where}.block_types")
    return Block(
        {name: read_attribute(attributes[name], f"{where}.{name}") for name in sorted(attributes)},
        {name: _read_nested_block(blocks[name], f"{where}.{name}") for name in sorted(blocks)},
        open=body.get("open") is True,
    )


def read_attribute(raw: Any, where: str) -> Attribute:
    """Read one attribute; errors as in `read_block`."""
    body = _mapping(raw, where)
    flags: Json = {flag: body.get(flag) is True for flag in _FLAGS}
    if "nested_type" not in body:
        return Attribute(_read_type(body.get("type"), where), **flags)
    nested = _mapping(body["nested_type"], f"{where}.nested_type")
    attributes = _mapping(nested.get("attributes") or {}, f"{where}.nested_type.attributes")
    members = {name: read_attribute(attributes[name], f"{where}.{name}") for name in sorted(attributes)}
    nesting = _one_of(nested.get("nesting_mode"), get_args(AttributeNesting), f"{where}.nested_type.nesting_mode")
    return Attribute(None, **flags, nested=NestedObject(nesting, members))


def _read_nested_block(raw: Any, where: str) -> NestedBlock:
    body = _mapping(raw, where)
    return NestedBlock(
        _one_of(body.get("nesting_mode"), get_args(BlockNesting), f"{where}.nesting_mode"),
        read_block(body.get("block") or {}, where),
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


def _one_of(raw: Any, known: tuple[str, ...], where: str) -> Any:
    if raw not in known:
        raise UserError(f"{where}: {raw!r} is none of {', '.join(known)}.")
    return raw


def _count(raw: Any, where: str) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or raw < 0:
        raise UserError(f"{where}: {raw!r} is not a number of blocks.")
    return raw


def write_block(block: Block) -> Json:
    """Write one block as Terraform does; the inverse of `read_block`."""
    body: Json = {}
    if block.attributes:
        body["attributes"] = {name: write_attribute(each) for name, each in block.attributes.items()}
    if block.blocks:
        body["block_types"] = {name: _write_nested_block(each) for name, each in block.blocks.items()}
    if block.open:
        body["open"] = True
    return {**body, "description_kind": "plain"}


def write_attribute(attribute: Attribute) -> Json:
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


def write_document(schema: ProviderSchema, only: Mapping[Category, str] | None = None) -> Json:
    """Write a provider, or the types named in `only`, as `terraform providers schema -json` prints it."""
    provider: Json = {}
    if only is None:
        provider["provider"] = {"version": 0, "block": write_block(schema.provider_block)}
    for category, section in SECTIONS.items():
        names = schema.types(category) if only is None else [only[category]] if category in only else []
        bodies = {name: schema.read(category, name) for name in names}
        if bodies:
            provider[section] = {
                name: {"version": 0, "block": write_block(body)} for name, body in bodies.items() if body
            }
    document: Json = {"format_version": "1.0", "provider_schemas": {schema.address: provider}}
    if not schema.exact:
        document["iacrl"] = {"exact": False, "version": schema.version}
    return document
