"""Values on the wire: cty's MessagePack encoding, and how values are completed without a cloud.

The encoding: objects and maps are maps; lists, sets and tuples are arrays; null is nil. An unknown value is an
extension of type 0. A value of dynamic type is the array `[type as JSON, value]`. Only unset attributes are filled in
here; everything that the text sets passes through unchanged.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import msgpack

from iacrl.domains.terraform.schema.provider_schema import AttributeSchema, AttributeType, BlockSchema

UNKNOWN = msgpack.ExtType(0, b"\x00")

#: The length of a placeholder list of strings: texts index availability zones or subnets by 0 to 2.
_PLACEHOLDER_ELEMENTS = 3

#: Placeholder strings by a part of the attribute's name. Functions such as cidrsubnet and jsondecode accept them.
_PLACEHOLDER_STRINGS = {
    "ipv6_cidr": "2001:db8::/56",
    "cidr": "10.0.0.0/16",
    "json": "{}",
    "arn": "arn:aws:iam::123456789012:role/placeholder",
    "account_id": "123456789012",
    "url": "https://placeholder.example.com",
    "certificate": "cGxhY2Vob2xkZXI=",
    "base64": "cGxhY2Vob2xkZXI=",
    "ip_address": "192.0.2.1",
}

#: Steps into a value: names of attributes and keys, indexes of lists.
Path = tuple[str | int, ...]

Fill = Callable[[str, AttributeSchema], Any]


def decode(data: bytes) -> Any:
    """Read a value. Unknown values are `msgpack.ExtType`."""
    return msgpack.unpackb(data, raw=False, strict_map_key=False)


def encode(value: Any) -> bytes:
    """Write a value."""
    packed: bytes = msgpack.packb(value, use_bin_type=True)
    return packed


def planned(block: BlockSchema, proposed: Any) -> Any:
    """Return the planned state: the proposed state with every unset computed attribute unknown."""
    return _complete(block, proposed, lambda name, attribute: UNKNOWN)


def with_placeholders(block: BlockSchema, config: Any) -> Any:
    """Return a read data source: its configuration with a placeholder for every unset computed value."""
    filled = _complete(block, config, placeholder)
    if isinstance(filled, dict):
        for name, nested in block.blocks.items():
            if not filled.get(name) and _is_computed(nested.block):
                filled[name] = _collected(nested.nesting, with_placeholders(nested.block, {}))
    return filled


def imported(block: BlockSchema, identifier: str) -> dict[str, Any]:
    """Return the state of a resource with a known identifier and nothing else known."""
    state: dict[str, Any] = dict.fromkeys(block.attributes)
    if "id" in state:
        state["id"] = identifier
    for name, nested in block.blocks.items():
        state[name] = {"list": [], "set": [], "map": {}}.get(nested.nesting)
    return state


def read_only_set(block: BlockSchema, config: Any) -> Iterator[Path]:
    """Yield the path of every attribute that a configuration sets but only the provider may set."""
    if not isinstance(config, dict):
        return
    yield from _read_only_attributes(block.attributes, config)
    for name, nested in block.blocks.items():
        for steps, element in _elements(nested.nesting, config.get(name)):
            yield from ((name, *steps, *path) for path in read_only_set(nested.block, element))


def _read_only_attributes(attributes: Mapping[str, AttributeSchema], config: Any) -> Iterator[Path]:
    if not isinstance(config, dict):
        return
    for name, attribute in attributes.items():
        value = config.get(name)
        if value in (None, [], {}):
            continue
        if not attribute.settable:
            yield (name,)
        elif attribute.nested is not None:
            for steps, element in _elements(attribute.nested.nesting, value):
                inner = _read_only_attributes(attribute.nested.attributes, element)
                yield from ((name, *steps, *path) for path in inner)


def _elements(nesting: str, value: Any) -> Iterator[tuple[Path, Any]]:
    """Yield the elements of a collection with the steps to them; elements of a set have no steps."""
    if nesting == "list" and isinstance(value, list):
        yield from (((index,), element) for index, element in enumerate(value))
    elif nesting == "set" and isinstance(value, list):
        yield from (((), element) for element in value)
    elif nesting == "map" and isinstance(value, dict):
        yield from (((key,), element) for key, element in value.items())
    elif nesting in ("single", "group"):
        yield (), value


def _complete(block: BlockSchema, value: Any, fill: Fill) -> Any:
    """Fill unset computed attributes in `value`, at every depth."""
    if not isinstance(value, dict):
        return value
    done = _complete_attributes(block.attributes, value, fill)
    for name, nested in block.blocks.items():
        done[name] = _each(nested.nesting, done.get(name), partial(_complete, nested.block, fill=fill))
    return done


def _complete_attributes(attributes: Mapping[str, AttributeSchema], value: Any, fill: Fill) -> Any:
    if not isinstance(value, dict):
        return value
    done = dict(value)
    for name, attribute in attributes.items():
        nested = attribute.nested
        if done.get(name) is None:
            done[name] = fill(name, attribute) if attribute.computed else None
        elif nested is not None:
            complete = partial(_complete_attributes, nested.attributes, fill=fill)
            done[name] = _each(nested.nesting, done[name], complete)
    return done


def _each(nesting: str, value: Any, complete: Callable[[Any], Any]) -> Any:
    """Complete every element of a collection of this nesting; leave a null or unknown collection unchanged."""
    if nesting in ("list", "set"):
        return [complete(element) for element in value] if isinstance(value, list) else value
    if nesting == "map":
        return {key: complete(element) for key, element in value.items()} if isinstance(value, dict) else value
    return complete(value)


def _is_computed(block: BlockSchema) -> bool:
    """True for a block that only a provider fills in: no argument in it can be set."""
    return not any(attribute.settable for attribute in block.attributes.values()) and all(
        _is_computed(nested.block) for nested in block.blocks.values()
    )


def _collected(nesting: str, element: Any) -> Any:
    """Return a collection of this nesting with one element."""
    return {"list": [element], "set": [element], "map": {"placeholder": element}}.get(nesting, element)


def dynamic(inner: AttributeType) -> AttributeType:
    """Return the type of a placeholder of type `inner` for an attribute of dynamic type."""
    return ["dynamic", inner]


def placeholder(name: str, attribute: AttributeSchema) -> Any:
    """Return a known value of the attribute's type."""
    if attribute.nested is None:
        return _of_type(name, attribute.type or "dynamic")
    members = {inner: placeholder(inner, one) for inner, one in attribute.nested.attributes.items()}
    return _collected(attribute.nested.nesting, members)


def _of_type(name: str, wanted: AttributeType) -> Any:
    match wanted:
        case "string":
            return next((text for part, text in _PLACEHOLDER_STRINGS.items() if part in name), f"{name}-placeholder")
        case "number":
            return 1
        case "bool":
            return False
        case "dynamic":
            return _of_type(name, dynamic("string"))
        case ["dynamic", inner]:
            return [json.dumps(inner).encode(), _of_type(name, inner)]
        case ["object", members]:
            return {key: _of_type(key, member) for key, member in members.items()}
        case ["tuple", members]:
            return [_of_type(name, member) for member in members]
        case ["map", _]:
            return {}
        case [_, "string"]:
            return [f"{_of_type(name, 'string')}-{index}" for index in range(_PLACEHOLDER_ELEMENTS)]
        case [_, element]:
            return [_of_type(name, element)]
    raise ValueError(f"not a type: {wanted!r}")
