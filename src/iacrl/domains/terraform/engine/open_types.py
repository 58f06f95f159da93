"""Bodies for types without a schema: everything that the text sets is declared, with any type.

So the rest of a text is judged even if no pack covers one of its providers. Such a body says nothing about the real
provider, so the verdict lists the provider as not checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from iacrl import nested_json
from iacrl.domains.terraform.engine.wire_values import dynamic
from iacrl.domains.terraform.schema.provider_schema import (
    AttributeSchema,
    AttributeType,
    BlockSchema,
    Category,
    NestedBlock,
    ProviderSchema,
)
from iacrl.domains.terraform.syntax import nodes as n
from iacrl.domains.terraform.syntax.parser import parse

#: What bodies set, by name: None for an argument; for blocks, what they set and their number of labels.
Shape = dict[str, "tuple[Shape, int] | None"]
#: The shape of each type, and of provider blocks under ("provider", "").
Shapes = dict[tuple[str, str], Shape]

_CATEGORIES: dict[str, Category] = {"resource": "resource", "data": "data", "ephemeral": "ephemeral"}
#: What Terraform itself reads in a resource.
_META = frozenset(("count", "for_each", "depends_on", "provider", "lifecycle", "connection", "provisioner"))
#: The names that a provider may give its attributes.
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_AFTER_DOT = re.compile(r"\.\s*([A-Za-z_][\w-]*)")

_INDEXED = re.compile(r"\b([a-z_][a-z0-9_]*)(?:\"\])?\s*\[")

_ANYTHING = AttributeSchema("dynamic", optional=True, computed=True)


def shapes_of(files: Mapping[str, str]) -> Shapes:
    """Return what the bodies of each type set, over all files of a configuration."""
    found: Shapes = {}
    for name, text in files.items():
        if name.endswith(".json"):
            _add_json(found, text)
        else:
            for block in parse(text).body.blocks:
                _add_block(found, block)
    return found


def _add_block(found: Shapes, block: n.Block) -> None:
    if block.type in _CATEGORIES and len(block.labels) == 2:
        _merge(found.setdefault((block.type, block.labels[0].value), {}), block.body)
    elif block.type == "provider":
        _merge(found.setdefault(("provider", ""), {}), block.body)
    elif block.type == "check":
        for inner in block.body.blocks:
            _add_block(found, inner)


def _merge(shape: Shape, body: n.Body) -> None:
    for name in body.attributes:
        shape.setdefault(name, None)
    for block in body.blocks:
        dynamic = block.type == "dynamic" and len(block.labels) == 1
        name = block.labels[0].value if dynamic else block.type
        inner, labels = shape.get(name) or ({}, 0)
        shape[name] = (inner, labels if dynamic else len(block.labels))
        for part in [one.body for one in block.body.blocks if one.type == "content"] if dynamic else [block.body]:
            _merge(inner, part)


def _add_json(found: Shapes, text: str) -> None:
    """Add the types in JSON syntax. Everything that a body sets becomes an argument of any type."""
    try:
        document = nested_json.loads(text)
    except (ValueError, RecursionError):
        return  # terraform will report the error
    for category in _CATEGORIES:
        for type_name, by_name in _mappings(document, category):
            for _, body in _mappings({"": by_name}, ""):
                for one in body if isinstance(body, list) else [body]:
                    shape = found.setdefault((category, type_name), {})
                    shape.update(dict.fromkeys(one if isinstance(one, dict) else ()))
    for _, body in _mappings(document, "provider"):
        for one in body if isinstance(body, list) else [body]:
            found.setdefault(("provider", ""), {}).update(dict.fromkeys(one if isinstance(one, dict) else ()))


def _mappings(document: Any, key: str) -> Iterable[tuple[str, Any]]:
    """Yield the items under a key, whose value is an object or a list of objects."""
    value = document.get(key) if isinstance(document, dict) else None
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            yield from one.items()


def names_after_dots(source: str) -> frozenset[str]:
    """Return every name that the text may ask of an object of unknown shape."""
    return frozenset(_AFTER_DOT.findall(source))


def open_block(shape: Shape, asked: frozenset[str], reserved: frozenset[str] = _META) -> BlockSchema:
    """Return a body that accepts `shape` and has every attribute in `asked`, except the `reserved` names."""
    blocks = {
        name: NestedBlock("map" if inner[1] else "list", open_block(inner[0], asked, frozenset()))
        for name, inner in shape.items()
        if inner is not None and name not in reserved and _NAME.fullmatch(name)
    }
    names = (asked | shape.keys()) - reserved - blocks.keys()
    return BlockSchema({name: _ANYTHING for name in sorted(names) if _NAME.fullmatch(name)}, blocks)


def with_open_parts(block: BlockSchema, shape: Shape, asked: frozenset[str]) -> BlockSchema:
    """Return a known body whose unknown parts accept what the text sets there."""
    if block.open:
        return open_block(shape, asked)
    return BlockSchema(
        block.attributes,
        {
            name: NestedBlock(
                nested.nesting,
                with_open_parts(nested.block, (shape.get(name) or ({}, 0))[0], asked),
                nested.min_items,
                nested.max_items,
            )
            for name, nested in block.blocks.items()
        },
    )


def has_open_parts(block: BlockSchema) -> bool:
    """True if something inside is not known."""
    return block.open or any(has_open_parts(nested.block) for nested in block.blocks.values())


def guessed_types(names: Iterable[str], source: str) -> dict[str, AttributeType]:
    """Return a type for the placeholder of each value that has no type of its own.

    A value that the text indexes, or with a plural name, is a list of strings; any other is a string.
    """
    indexed = frozenset(_INDEXED.findall(source))
    return {name: ["list", "string"] if name in indexed or name.endswith("s") else "string" for name in names}


def open_placeholders(schema: ProviderSchema, source: str) -> dict[str, BlockSchema]:
    """Return the placeholders to read for the data sources of an open schema."""
    bodies = {name: schema.data(name) or BlockSchema() for name in schema.data_types}
    return {
        name: BlockSchema(
            {
                attribute: AttributeSchema(dynamic(guessed), computed=True)
                for attribute, guessed in guessed_types(body.attributes, source).items()
            },
            body.blocks,
        )
        for name, body in bodies.items()
    }


def open_schema(address: str, shapes: Shapes, asked: frozenset[str]) -> ProviderSchema:
    """Return the schema of a provider with every type in the text; each accepts everything set there."""
    bodies = {key: open_block(shape, asked) for key, shape in shapes.items()}
    provider = open_block(shapes.get(("provider", ""), {}), frozenset())

    def read(category: str, name: str) -> BlockSchema | None:
        return provider if category == "provider" else bodies.get((category, name))

    types = {category: tuple(sorted(name for kind, name in shapes if kind == category)) for category in _CATEGORIES}
    return ProviderSchema(
        address=address,
        version="",
        exact=False,
        resource_types=types["resource"],
        data_types=types["data"],
        ephemeral_types=types["ephemeral"],
        read=read,
    )
