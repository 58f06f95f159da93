"""Configurations made from a provider's schema: valid ones, and ones with one known mistake.

A case is one block. Many stand in one text, and a case is found invalid when a diagnostic lies in its lines: so one run
of terraform judges all the cases of a provider.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from iacrl.domains.terraform.schema.provider_schema import (
    AttributeSchema,
    BlockSchema,
    NestedBlock,
    NestedObject,
    ProviderSchema,
)

#: Types of one provider that cases are made of.
TYPES = 4


@dataclass(frozen=True)
class Case:
    """One block, and the summary of terraform's complaint about it (None where it is valid)."""

    name: str
    text: str
    summary: str | None


def header(schema: ProviderSchema) -> str:
    """Return what a text needs to use this provider, and to plan with it."""
    if schema.name == "terraform":
        return ""
    entry = f'    {schema.name} = {{\n      source = "{schema.source}"\n    }}\n'
    provider = "".join(f"  {line}\n" for line in _body(schema.provider_block))
    return f'terraform {{\n  required_providers {{\n{entry}  }}\n}}\nprovider "{schema.name}" {{\n{provider}}}\n'


def cases(schema: ProviderSchema) -> list[Case]:
    """Return this provider's cases; the same ones every time."""
    chosen: list[Case] = []
    types = [("resource", name) for name in schema.resource_types] or [("data", name) for name in schema.data_types]
    shuffled = random.Random(schema.source).sample(types, len(types))
    for category, type_name in shuffled:
        block = schema.read(category, type_name)
        if block is None or _is_open(block) or not (block.attributes or block.blocks):
            continue
        chosen += _cases_of(schema, category, type_name, block)
        if len({case.name.split("/")[0] for case in chosen}) == TYPES:
            break
    return chosen


def _is_open(block: BlockSchema) -> bool:
    return block.open or any(_is_open(nested.block) for nested in block.blocks.values())


def _cases_of(schema: ProviderSchema, category: str, type_name: str, block: BlockSchema) -> Iterator[Case]:
    lines = list(_body(block))
    meta = [f"provider = {schema.name}"] if type_name.partition("_")[0] != schema.name else []

    def case(what: str, body: list[str], summary: str | None, written: str = type_name) -> Case:
        label = f"{type_name}_{what}".replace(" ", "_")
        text = "\n".join(f"  {line}" for line in [*meta, *body])
        return Case(f"{type_name}/{what}", f'{category} "{written}" "{label}" {{\n{text}\n}}\n', summary)

    yield case("valid", lines, None)
    yield case("unknown argument", [*lines, 'zz_unknown = "x"'], "Unsupported argument")
    yield case("unknown block", [*lines, "zz_unknown {", "}"], "Unsupported block type")
    kind = {"resource": "Invalid resource type", "data": "Invalid data source"}[category]
    yield case("unknown type", lines, kind, written=f"{type_name}_zz")
    for name, attribute in block.attributes.items():
        if attribute.required:
            without = list(_body(block, leave_out=name))
            yield case("missing argument", without, "Missing required argument")
            break
    for name, attribute in block.attributes.items():
        # The provider that is built into terraform complains in words of its own, and gives no place.
        if schema.name != "terraform" and not attribute.settable and attribute.type == "string":
            yield case("read-only argument", [*lines, f'{name} = "x"'], "Value for unconfigurable attribute")
            break
    for name, attribute in block.attributes.items():
        wrong = _wrong_value(attribute)
        if wrong is not None:
            body = [*_body(block, leave_out=name), f"{name} = {wrong}"]
            yield case("wrong type", body, "Incorrect attribute value type")
            break
    for name, nested in block.blocks.items():
        if nested.min_items and nested.nesting in ("list", "set"):
            yield case("missing block", list(_body(block, leave_out=name)), f"Insufficient {name} blocks")
            break
    for name, nested in block.blocks.items():
        if nested.max_items == 1 and nested.nesting in ("list", "set"):
            twice = [*_body(block, leave_out=name), *_nested(name, nested), *_nested(name, nested, other=True)]
            yield case("too many blocks", twice, f"Too many {name} blocks")
            break


def _wrong_value(attribute: AttributeSchema) -> str | None:
    if not attribute.settable or attribute.type is None:
        return None
    if attribute.type in ("number", "bool"):
        return '"neither"'
    return "[]" if attribute.type == "string" else None


def _body(block: BlockSchema, leave_out: str = "", other: bool = False) -> Iterator[str]:
    """Yield the lines of the smallest body that the schema accepts; another such body for `other`."""
    for name, attribute in block.attributes.items():
        if attribute.required and name != leave_out:
            yield f"{name} = {_value(attribute, other)}"
    for name, nested in block.blocks.items():
        if nested.min_items and name != leave_out:
            yield from _nested(name, nested, other)


def _nested(name: str, nested: NestedBlock, other: bool = False) -> Iterator[str]:
    yield f'{name} "key" {{' if nested.nesting == "map" else f"{name} {{"
    yield from (f"  {line}" for line in _body(nested.block, other=other))
    if other:
        yield from (
            f"  {key} = {_value(attribute, other)}"
            for key, attribute in list(nested.block.attributes.items())
            if attribute.optional and attribute.type == "string"
        )
    yield "}"


def _value(attribute: AttributeSchema, other: bool) -> str:
    if attribute.nested is not None:
        return _object(attribute.nested, other)
    return _of_type(attribute.type, other)


def _object(nested: NestedObject, other: bool) -> str:
    members = ", ".join(f"{name} = {_value(one, other)}" for name, one in nested.attributes.items() if one.required)
    one = f"{{ {members} }}"
    return {"list": f"[{one}]", "set": f"[{one}]", "map": f"{{ key = {one} }}"}.get(nested.nesting, one)


def _of_type(wanted: Any, other: bool) -> str:
    match wanted:
        case "string" | "dynamic":
            return '"y"' if other else '"x"'
        case "number":
            return "2" if other else "1"
        case "bool":
            return "true"
        case ["map", inner]:
            return f"{{ key = {_of_type(inner, other)} }}"
        case ["object", members]:
            return "{ " + ", ".join(f"{name} = {_of_type(one, other)}" for name, one in members.items()) + " }"
        case ["tuple", members]:
            return "[" + ", ".join(_of_type(one, other) for one in members) + "]"
        case [_, inner]:
            return f"[{_of_type(inner, other)}]"
    raise ValueError(wanted)
