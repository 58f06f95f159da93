"""Types of expressions, and whether one is assignable to another.

A type is a tuple: its name and its parameters, such as `("list", ("int",))`. A single capital letter in a signature is
a parameter that any type may take.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Type = tuple[Any, ...]

BOOL: Final[Type] = ("bool",)
BYTES: Final[Type] = ("bytes",)
DOUBLE: Final[Type] = ("double",)
DURATION: Final[Type] = ("duration",)
DYN: Final[Type] = ("dyn",)
INT: Final[Type] = ("int",)
NULL: Final[Type] = ("null",)
STRING: Final[Type] = ("string",)
TIMESTAMP: Final[Type] = ("timestamp",)
UINT: Final[Type] = ("uint",)
#: The beginning of the type of an object that a schema describes.
SCHEMA: Final[Type] = ("object", "object")
#: Types that match every other. No comprehension iterates over `any`.
_ANYTHING: Final = frozenset({"any", "dyn"})
_NULLABLE: Final = frozenset({"dyn", "null", "object", "timestamp", "duration", "optional"})


def list_of(item: Type) -> Type:
    """Return the type of a list."""
    return ("list", item)


def map_of(key: Type, value: Type) -> Type:
    """Return the type of a map."""
    return ("map", key, value)


def optional_of(value: Type) -> Type:
    """Return the type of an optional value."""
    return ("optional", value)


class Fields:
    """The fields of an object type, by name. Two objects have the same type if this is the same."""

    __slots__ = ("fields",)

    def __init__(self, fields: Mapping[str, Type]) -> None:
        self.fields = fields


def object_of(name: str, fields: Mapping[str, Type]) -> Type:
    """Return a new type of objects."""
    return ("object", name, Fields(fields))


def word(kind: Type) -> str:
    """Return a type as people read it."""
    name = kind[0]
    if name == "object":
        return str(kind[1])
    if len(kind) > 1:
        return f"{name}({', '.join(word(each) for each in kind[1:])})"
    return str(name)


def fits(declared: Type, given: Type, bound: dict[str, Type]) -> bool:
    """Return whether a value's type is assignable to a declared one; bind the parameters of the declaration."""
    name = declared[0]
    if len(name) == 1:
        known = bound.get(name)
        if known is None:
            bound[name] = given
            return True
        if fits(known, given, {}):
            return True
        if fits(given, known, {}):
            bound[name] = given
            return True
        return False
    if name in _ANYTHING or given[0] in _ANYTHING:
        return True
    if given[0] == "null" or name == "null":
        return given[0] in _NULLABLE and name in _NULLABLE
    if name != given[0]:
        return False
    if name == "type":
        return True
    if name == "object":
        return declared[2] is given[2] or (not given[2].fields and not declared[2].fields and declared[1] == given[1])
    return all(fits(one, other, bound) for one, other in zip(declared[1:], given[1:], strict=False))


def filled(declared: Type, bound: Mapping[str, Type]) -> Type:
    """Return a declared type with its parameters replaced; an unbound one becomes dyn."""
    if len(declared[0]) == 1:
        return bound.get(declared[0], DYN)
    if declared[0] == "object" or len(declared) == 1:
        return declared
    return (declared[0], *(filled(each, bound) for each in declared[1:]))


def read_type(text: str) -> Type:
    """Return the type that a signature describes, such as `map(string, list(A))`."""
    name, bracket, rest = text.partition("(")
    if not bracket:
        return (name.strip(),)
    return (name.strip(), *(read_type(each) for each in split_types(rest[: rest.rindex(")")])))


def split_types(text: str) -> list[str]:
    """Return the types between the commas of a signature."""
    found, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return [each.strip() for each in found if each.strip()]
