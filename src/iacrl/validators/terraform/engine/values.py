"""Values on the wire: cty's MessagePack encoding, and how a provider without a cloud completes them.

The encoding: objects and maps are maps, lists, sets and tuples are arrays, null is nil, an unknown value is an
extension of type 0, and a value whose type is dynamic is the array `[type as JSON, value]`. Only unset attributes are
ever filled in here; everything that the text sets passes through as it came.
"""

from __future__ import annotations

from typing import Any

import msgpack

from iacrl.validators.terraform.engine.schemas import Json

UNKNOWN = msgpack.ExtType(0, b"\x00")

#: How many elements a placeholder list of strings or numbers has: texts index availability zones or subnets by 0 to 2.
_PLACEHOLDER_ELEMENTS = 3

#: Placeholder strings by a word in the attribute's name, so that functions such as cidrsubnet and jsondecode accept them.
_PLACEHOLDER_WORDS = {
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


def decode(data: bytes) -> Any:
    """Read a value. Unknown values are `msgpack.ExtType`."""
    return msgpack.unpackb(data, raw=False, strict_map_key=False)


def encode(value: Any) -> bytes:
    """Write a value."""
    packed: bytes = msgpack.packb(value, use_bin_type=True)
    return packed


def planned(block: Json, proposed: Any) -> Any:
    """Return the planned state: the proposed state with every unset computed attribute unknown."""
    return _complete(block, proposed, lambda name, attribute: UNKNOWN)


def with_placeholders(block: Json, config: Any) -> Any:
    """Return what reading a data source gives: its configuration with a placeholder for every unset computed value."""
    filled = _complete(block, config, placeholder)
    if isinstance(filled, dict):
        for name, nested in block.get("block_types", {}).items():
            if not filled.get(name) and _is_computed(nested["block"]):
                filled[name] = _wrapped(nested["nesting_mode"], with_placeholders(nested["block"], {}))
    return filled


def imported(block: Json, identifier: str) -> dict[str, Any]:
    """Return the state of a resource of which nothing is known but its identifier."""
    state: dict[str, Any] = dict.fromkeys(block.get("attributes", {}))
    if "id" in state:
        state["id"] = identifier
    for name, nested in block.get("block_types", {}).items():
        state[name] = {"list": [], "set": [], "map": {}}.get(nested["nesting_mode"])
    return state


def _complete(holder: Json, value: Any, fill: Any) -> Any:
    """Fill unset computed attributes in `value`, at every depth. `fill` takes the attribute's name and schema."""
    if not isinstance(value, dict):
        return value
    done = dict(value)
    for name, attribute in holder.get("attributes", {}).items():
        if done.get(name) is None:
            done[name] = fill(name, attribute) if attribute.get("computed") else None
        elif "nested_type" in attribute:
            nested = attribute["nested_type"]
            done[name] = _each(nested["nesting_mode"], done[name], nested, fill)
    for name, nested in holder.get("block_types", {}).items():
        done[name] = _each(nested["nesting_mode"], done.get(name), nested["block"], fill)
    return done


def _each(mode: str, value: Any, holder: Json, fill: Any) -> Any:
    if mode in ("list", "set"):
        return [_complete(holder, element, fill) for element in value] if isinstance(value, list) else value
    if mode == "map":
        return {key: _complete(holder, one, fill) for key, one in value.items()} if isinstance(value, dict) else value
    return _complete(holder, value, fill)


def _is_computed(block: Json) -> bool:
    """True for a block that only a provider fills in: nothing in it can be set."""
    settable = any(a.get("required") or a.get("optional") for a in block.get("attributes", {}).values())
    return not settable and all(_is_computed(nested["block"]) for nested in block.get("block_types", {}).values())


def _wrapped(mode: str, element: Any) -> Any:
    """Return a collection of this nesting mode with one element."""
    return {"list": [element], "set": [element], "map": {"placeholder": element}}.get(mode, element)


def placeholder(name: str, attribute: Json) -> Any:
    """Return a known value of the attribute's type."""
    if "nested_type" not in attribute:
        return _of_type(name, attribute["type"])
    nested = attribute["nested_type"]
    element = {inner: placeholder(inner, schema) for inner, schema in nested.get("attributes", {}).items()}
    return _wrapped(nested["nesting_mode"], element)


def _of_type(name: str, cty_type: Any) -> Any:
    if cty_type == "string":
        return next((text for word, text in _PLACEHOLDER_WORDS.items() if word in name), f"{name}-placeholder")
    if cty_type == "number":
        return 1
    if cty_type == "bool":
        return False
    if cty_type == "dynamic":
        return UNKNOWN
    constructor, inner = cty_type[0], cty_type[1]
    if constructor == "object":
        return {key: _of_type(key, each) for key, each in inner.items()}
    if constructor == "tuple":
        return [_of_type(name, each) for each in inner]
    if constructor == "map":
        return {}
    if inner == "string":
        return [f"{_of_type(name, inner)}-{index}" for index in range(_PLACEHOLDER_ELEMENTS)]
    return [_of_type(name, inner)]
