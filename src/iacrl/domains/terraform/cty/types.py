"""Terraform's types: primitives, collections, structures, and the unknown type.

They follow cty, Terraform's type system. Types are compared by structure and never change. The classes are written out
because dataclasses are slower to build, and each tuple or object in a text builds one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal, Self

Kind = Literal["string", "number", "bool", "dynamic", "list", "set", "map", "tuple", "object"]

PRIMITIVES = frozenset({"string", "number", "bool"})
COLLECTIONS = frozenset({"list", "set", "map"})
_NOTHING: frozenset[str] = frozenset()


class Type:
    """A type. `kind` decides which attributes are used.

    Attributes:
        attributes: The types of an object's attributes, by name.
        optional: The names of an object's attributes that a converted value may lack.
        depth: How deep types are nested; 1 for a primitive.
        size: The total number of types in it; shared parts count each time.
    """

    __slots__ = (
        "attributes",
        "depth",
        "element",
        "elements",
        "has_optional",
        "is_dynamic_inside",
        "kind",
        "optional",
        "size",
    )
    attributes: dict[str, Self]
    depth: int
    element: Self
    elements: tuple[Self, ...]
    has_optional: bool
    is_dynamic_inside: bool
    kind: Kind
    optional: frozenset[str]
    size: int

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.depth = 1
        self.size = 1
        self.has_optional = False
        self.is_dynamic_inside = kind == "dynamic"

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Type) or self.kind != other.kind:
            return False
        if self.kind in COLLECTIONS:
            return bool(self.element == other.element)
        if self.kind == "tuple":
            return self.elements == other.elements
        if self.kind == "object":
            return self.attributes == other.attributes and self.optional == other.optional
        return True

    def __hash__(self) -> int:
        if self.kind == "tuple":
            return hash(self.elements)
        if self.kind == "object":
            return hash(frozenset(self.attributes))
        return hash(self.kind)

    def __repr__(self) -> str:
        return f"<{self.to_json()}>"

    @property
    def is_primitive(self) -> bool:
        """True for string, number and bool."""
        return self.kind in PRIMITIVES

    @property
    def is_collection(self) -> bool:
        """True for list, set and map."""
        return self.kind in COLLECTIONS

    @property
    def is_sequence(self) -> bool:
        """True for the types that a splat and `...` expand: list, set and tuple."""
        return self.kind in ("list", "set", "tuple")

    def friendly(self, constraint: bool = False) -> str:
        """Return the name in Terraform's messages: `list of string`, `object`.

        Args:
            constraint: Whether the type is a wanted one; then the unknown type reads `any type`.
        """
        if self.kind in COLLECTIONS:
            if self.element.kind == "dynamic":
                return f"{self.kind} of {'any single type' if constraint else 'dynamic'}"
            return f"{self.kind} of {self.element.friendly(constraint)}"
        if self.kind == "dynamic" and constraint:
            return "any type"
        return self.kind

    def to_json(self) -> Any:
        """Return the type as Terraform writes it in JSON: `"string"`, `["list", "string"]`, ..."""
        if self.kind in COLLECTIONS:
            return [self.kind, self.element.to_json()]
        if self.kind == "tuple":
            return ["tuple", [element.to_json() for element in self.elements]]
        if self.kind == "object":
            attributes = {name: attribute.to_json() for name, attribute in self.attributes.items()}
            return ["object", attributes, sorted(self.optional)] if self.optional else ["object", attributes]
        return self.kind


STRING = Type("string")
NUMBER = Type("number")
BOOL = Type("bool")
DYNAMIC = Type("dynamic")

_SIMPLE = {"string": STRING, "number": NUMBER, "bool": BOOL, "dynamic": DYNAMIC, "any": DYNAMIC}


def collection_of(kind: Kind, element: Type) -> Type:
    """Return the list, set or map of `element`."""
    made = Type(kind)
    made.element = element
    made.depth = element.depth + 1
    made.size = element.size + 1
    made.has_optional = element.has_optional
    made.is_dynamic_inside = element.is_dynamic_inside
    return made


def list_of(element: Type) -> Type:
    """Return `list(element)`."""
    return LIST_OF_STRING if element is STRING else collection_of("list", element)


def set_of(element: Type) -> Type:
    """Return `set(element)`."""
    return SET_OF_STRING if element is STRING else collection_of("set", element)


def map_of(element: Type) -> Type:
    """Return `map(element)`."""
    return MAP_OF_STRING if element is STRING else collection_of("map", element)


LIST_OF_STRING = collection_of("list", STRING)
SET_OF_STRING = collection_of("set", STRING)
MAP_OF_STRING = collection_of("map", STRING)


def tuple_of(elements: Iterable[Type]) -> Type:
    """Return the type of a tuple with these elements."""
    made = Type("tuple")
    made.elements = tuple(elements)
    _contain(made, made.elements)
    return made


def object_of(attributes: Mapping[str, Type], optional: Collection[str] = ()) -> Type:
    """Return the type of an object with these attributes."""
    made = Type("object")
    made.attributes = dict(attributes)
    made.optional = frozenset(optional) if optional else _NOTHING
    _contain(made, made.attributes.values())
    if optional:
        made.has_optional = True
    return made


def _contain(outer: Type, parts: Iterable[Type]) -> None:
    """Combine what is known of a structure's parts."""
    size, depth = 1, 0
    for part in parts:
        size += part.size
        if part.depth > depth:
            depth = part.depth
        if part.has_optional:
            outer.has_optional = True
        if part.is_dynamic_inside:
            outer.is_dynamic_inside = True
    outer.size = size
    outer.depth = depth + 1


def from_json(written: Any) -> Type:
    """Read a type from the form that `terraform providers schema -json` writes.

    Raises:
        ValueError: This is not such a type.
    """
    if isinstance(written, str) and written in _SIMPLE:
        return _SIMPLE[written]
    match written:
        case [("list" | "set" | "map") as kind, element]:
            return {"list": list_of, "set": set_of, "map": map_of}[kind](from_json(element))
        case ["tuple", list(elements)]:
            return tuple_of(map(from_json, elements))
        case ["object", dict(attributes), *optional]:
            return object_of({name: from_json(attribute) for name, attribute in attributes.items()}, *optional)
    raise ValueError(f"{written!r} is not a Terraform type in JSON form")


def without_optional(type: Type) -> Type:
    """Return the type of a value after conversion: with every attribute present."""
    if not type.has_optional:
        return type
    if type.kind in COLLECTIONS:
        return collection_of(type.kind, without_optional(type.element))
    if type.kind == "tuple":
        return tuple_of(map(without_optional, type.elements))
    return object_of({name: without_optional(attribute) for name, attribute in type.attributes.items()})
