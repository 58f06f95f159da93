"""Access to a part of a value: `.name` and `[key]`, with Terraform's messages for missing parts."""

from __future__ import annotations

from typing import Any

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.values import ANY, UNKNOWN, NumberTooLarge, Value, whole
from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.rules import reference_rule
from iacrl.domains.terraform.syntax import nodes

INVALID_INDEX = reference_rule(
    "TF415",
    "Invalid index",
    "expressions/references",
    "The value has no element with this index or key: a list starts at 0 and ends before its length, sets and "
    "simple values have no indices at all. `try(x[0], null)` gives null for what may be absent.",
)
UNSUPPORTED_ATTRIBUTE = reference_rule(
    "TF416",
    "Unsupported attribute",
    "expressions/references",
    "The object has no attribute of this name, or the value is not an object: strings, numbers, lists and null have "
    "none. For every element of a list write `list[*].name`.",
)

_NO_ELEMENT = "The given key does not identify an element in this collection value"


def apply_step(value: Value, step: nodes.Step, report: list[Finding]) -> Value | None:
    """Return the part of `value` that a step of a traversal reaches; report a missing one and return None."""
    if isinstance(step, nodes.GetAttr):
        return get_attribute(value, step.name, step.start, step.end, report)
    key = values.string(step.key) if isinstance(step.key, str) else literal(step.key)
    return get_index(value, key, step.start, step.end, report)


def literal(data: nodes.Scalar) -> Value:
    """Return the value of a literal."""
    kind = type(data)
    if kind is str:
        return values.string(data)  # type: ignore[arg-type]
    if kind is int:
        return values.number(data)  # type: ignore[arg-type]
    if data is None:
        return values.NULL
    if kind is bool:
        return values.TRUE if data else values.FALSE
    from iacrl.domains.terraform.cty.numeric import from_decimal, normal

    try:
        return values.number(from_decimal(data) if kind is not int else normal(data))  # type: ignore[arg-type]
    except NumberTooLarge:
        return values.unknown(types.NUMBER, not_null=True)


def get_attribute(value: Value, name: str, start: int, end: int, report: list[Finding]) -> Value | None:
    """Return the attribute `name` of an object or map."""
    type = value.type
    data: Any = value.data
    if data is None:
        detail = "This value is null, so it does not have any attributes."
        refuse(report, (start, end), UNSUPPORTED_ATTRIBUTE, detail, "Attempt to get attribute from null value")
        return None
    if type.kind == "object":
        if name not in type.attributes:
            detail = f'This object does not have an attribute named "{name}".'
            refuse(report, (start, end), UNSUPPORTED_ATTRIBUTE, detail)
            return None
        found: Value = data[name] if value.known else values.unknown(type.attributes[name])
    elif type.kind == "map":
        if value.known and name not in data:
            detail = f'This map does not have an element with the key "{name}".'
            refuse(report, (start, end), UNSUPPORTED_ATTRIBUTE, detail, "Missing map element")
            return None
        found = data[name] if value.known else values.unknown(type.element)
    elif type.kind == "dynamic":
        found = value.part(f".{name}")
    else:
        refuse(report, (start, end), UNSUPPORTED_ATTRIBUTE, _no_attributes(type, name))
        return None
    return found.marked(value.marks) if value.marks else found


def _no_attributes(type: types.Type, name: str) -> str:
    if type.is_primitive:
        return f"Can't access attributes on a primitive-typed value ({type.kind})."
    if type.kind == "list" and type.element.kind == "object":
        an_attribute = f'attribute "{name}"' if name in type.element.attributes else "an attribute"
        return (
            f"Can't access attributes on a list of objects. Did you mean to access {an_attribute} for a specific "
            "element of the list, or across all elements of the list?"
        )
    if type.kind == "set" and type.element.kind == "object":
        return (
            "Can't access attributes on a set of objects. Did you mean to access an attribute across all elements of "
            "the set?"
        )
    return "This value does not have any attributes."


def get_index(value: Value, key: Value, start: int, end: int, report: list[Finding]) -> Value | None:
    """Return the element of a list, tuple, map or object that `key` names."""
    if value.data is None:
        detail = "This value is null, so it does not have any indices."
        refuse(report, (start, end), INVALID_INDEX, detail, "Attempt to index null value")
        return None
    if key.data is None:
        found: Value | str = "Can't use a null value as an indexing key."
    elif value.type.kind == "dynamic":
        found = value.part(_step(key))
    elif key.type.kind == "dynamic":
        found = ANY
    else:
        found = _index(value, key)
    if isinstance(found, str):
        refuse(report, (start, end), INVALID_INDEX, found)
        return None
    return found.marked(value.marks) if value.marks else found


def _step(key: Value) -> str:
    """Return an index as written; `[?]` for an unknown one."""
    if isinstance(key.data, str):
        return f'["{key.data}"]'
    return f"[{key.data}]" if isinstance(key.data, int) else "[?]"


def _index(value: Value, key: Value) -> Value | str:
    """The element, or the reason why it does not exist."""
    type = value.type
    if type.kind == "set":
        return (
            "Elements of a set are identified only by their value and don't have any separate index or key to select "
            "with, so it's only possible to perform operations across all elements of the set."
        )
    if type.is_primitive:
        return "This value does not have any indices."
    by_position = type.kind in ("list", "tuple")
    try:
        wanted = convert(key, types.NUMBER if by_position else types.STRING)
    except ConversionError as error:
        return f"{_NO_ELEMENT}: {error.message}."
    found = _element(type, value.data, wanted)
    if found is not None:
        return found
    if by_position:
        return _no_position(wanted, len(type.elements if type.kind == "tuple" else value.data))
    by_number = type.kind == "object" and key.type is types.NUMBER
    hint = " An object only supports looking up attributes by name, not by numeric index." if by_number else ""
    return f"{_NO_ELEMENT}.{hint}"


def _element(type: types.Type, data: Any, key: Value) -> Value | None:
    """The element, or None if it certainly does not exist."""
    if key.data is UNKNOWN:
        return values.unknown(type.element) if type.is_collection else ANY
    if type.kind in ("list", "tuple"):
        if data is UNKNOWN and type.kind == "list":
            return values.unknown(type.element)
        position = whole(key.data)
        if position is None or position < 0:
            return None
        if data is UNKNOWN:
            return values.unknown(type.elements[position]) if position < len(type.elements) else None
        return data[position] if position < len(data) else None
    if type.kind == "object" and data is UNKNOWN:
        # Unlike `.name`, a key says nothing about an unknown object in Terraform's evaluation.
        return ANY
    if data is UNKNOWN:
        return values.unknown(type.element)
    found: Value | None = data.get(key.data)
    return found


def _no_position(key: Value, length: int) -> str:
    position = whole(key.data)
    if position is None:
        return f"{_NO_ELEMENT}: indexing a sequence requires a whole number, but the given index has a fractional part."
    if position < 0:
        return f"{_NO_ELEMENT}: a negative number is not a valid index for a sequence."
    if position == length:
        if length == 0:
            return f"{_NO_ELEMENT}: the collection has no elements."
        return f"{_NO_ELEMENT}: the given index is greater than or equal to the length of the collection."
    return f"{_NO_ELEMENT}."
