"""The leaves of a type, and configurations in which some of them have a value.

A leaf that is not asked about is unknown on the first level, because no provider complains about unknown values. Inside
a block it is null, because the older SDK does not check a block with anything unknown in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgpack

from iacrl.domains.terraform.schema.provider_schema import AttributeSchema, BlockSchema, NestedBlock
from provider_facts import tfplugin5_pb2 as pb

UNKNOWN = msgpack.ExtType(0, b"\0")
Path = tuple[str, ...]

_NESTING = {
    pb.Schema.SINGLE: "single",
    pb.Schema.LIST: "list",
    pb.Schema.SET: "set",
    pb.Schema.MAP: "map",
    pb.Schema.GROUP: "group",
}


class Leaf(NamedTuple):
    """An argument whose value is not a block.

    Attributes:
        path: The names that lead to it.
        kind: The type of its elements: `string`, `number`, `bool`, or another that is not asked about.
        around: How the elements form the value: `one`, `list`, `set` or `map`.
        sets: The path of the outermost set of blocks around it: a provider does not say which element it means.
    """

    path: Path
    kind: str
    around: str
    sets: Path | None


def block_of(message: Any) -> BlockSchema:
    """Return a schema's block in the form of the packs."""
    attributes = {
        one.name: AttributeSchema(
            json.loads(one.type),
            required=one.required,
            optional=one.optional,
            computed=one.computed,
            write_only=one.write_only,
        )
        for one in message.attributes
    }
    blocks = {
        one.type_name: NestedBlock(_NESTING[one.nesting], block_of(one.block), one.min_items, one.max_items or None)
        for one in message.block_types
    }
    return BlockSchema(attributes, blocks)


def inner_blocks(block: BlockSchema) -> Iterator[tuple[str, str, BlockSchema]]:
    """Yield the name, nesting and body of the blocks in a block, with the attributes that can be written as blocks."""
    for name, nested in block.blocks.items():
        yield name, nested.nesting, nested.block
    for name, attribute in block.attributes.items():
        members = attribute.object_type
        if members is not None and attribute.settable:
            body = BlockSchema({inner: AttributeSchema(type, optional=True) for inner, type in members.items()})
            yield name, attribute.type[0], body  # type: ignore[index]


def leaves(block: BlockSchema, depth: int, path: Path = (), sets: Path | None = None) -> Iterator[Leaf]:
    """Yield the settable leaves down to a depth."""
    for name, attribute in block.attributes.items():
        if attribute.settable and attribute.object_type is None:
            yield Leaf((*path, name), *_kind(attribute.type), sets)
    if depth > 1:
        for name, nesting, body in inner_blocks(block):
            here = (*path, name)
            yield from leaves(body, depth - 1, here, sets or (here if nesting == "set" else None))


def _kind(type: Any) -> tuple[str, str]:
    if isinstance(type, str):
        return type, "one"
    if type[0] in ("list", "set", "map") and isinstance(type[1], str):
        return type[1], type[0]
    return "other", type[0]


def configuration(block: BlockSchema, given: Mapping[Path, Any], path: Path = ()) -> dict[str, Any]:
    """Return a configuration that sets the given leaves, or whole blocks."""
    made: dict[str, Any] = {}
    rest = None if path else UNKNOWN
    for name, attribute in block.attributes.items():
        made[name] = given.get((*path, name), rest if attribute.settable else None)
    prefixes = {other[len(path)] for other in given if len(other) > len(path) + 1 and other[: len(path)] == path}
    for name, nesting, body in inner_blocks(block):
        here = (*path, name)
        if name in prefixes and here not in given:
            element = configuration(body, given, here)
            made[name] = {"list": [element], "set": [element], "map": {"key": element}}.get(nesting, element)
        else:
            absent = {"list": [], "set": [], "map": {}}.get(nesting) if name in block.blocks else None
            made[name] = given.get(here, absent if path else UNKNOWN)
    return made


def valued(leaf: Leaf, value: Any) -> Any:
    """Return a value in the form that a leaf takes."""
    return {"one": value, "map": {"key": value}}.get(leaf.around, [value])
