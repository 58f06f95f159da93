"""What a custom resource's structural schema means to expressions: types, sizes, and the values of an object.

Source: `staging/src/k8s.io/apiserver/pkg/cel/common/schemas.go` and `escaping.go`
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Final

from iacrl.domains.kubernetes.cel.nodes import CelError
from iacrl.domains.kubernetes.cel.parser import RESERVED
from iacrl.domains.kubernetes.cel.times import read_duration, read_timestamp
from iacrl.domains.kubernetes.cel.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    STRING,
    TIMESTAMP,
    Type,
    list_of,
    map_of,
    object_of,
)

#: The largest request that the API server accepts, in bytes: no list in it can be longer.
LARGEST_REQUEST: Final = 3 * 1024 * 1024
_ESCAPES: Final = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}
_ESCAPED = re.compile(r"__|[.\-/]")
#: Text formats with their own type: the type, the most characters, and the fewest bytes in a request.
_FORMATS: Final[dict[str, tuple[Type, int, int]]] = {
    "date-time": (TIMESTAMP, 30, 22), "date": (TIMESTAMP, 10, 12), "duration": (DURATION, 32, 3),
}  # fmt: skip
_BYTES_A_CHARACTER: Final = 4
_METADATA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "generateName": {"type": "string"}},
}


class Shape:
    """A place in a schema, as expressions see it.

    Attributes:
        type: The type of its values.
        most: The most bytes, items or entries of a value.
        least: The fewest bytes of a value in a request.
        fields: The known fields of an object, by their names in expressions.
        names: For each name in the schema, a name in expressions.
        item: The items of a list, or the values of a map.
    """

    __slots__ = ("fields", "item", "least", "most", "names", "type")

    def __init__(self, kind: Type, most: int, least: int, item: Shape | None = None) -> None:
        self.type = kind
        self.most = most
        self.least = least
        self.item = item
        self.fields: dict[str, Shape] = {}
        self.names: list[tuple[str, str]] = []


def shape_of(source: dict[str, Any], *, resource: bool = False) -> Shape | None:
    """Return what a schema means to expressions; None if they cannot reach its values.

    Args:
        source: A structural schema.
        resource: Whether it is a whole object, with apiVersion, kind and metadata.
    """
    if source.get("x-kubernetes-int-or-string"):
        return Shape(DYN, LARGEST_REQUEST - 2, 1)
    kind = source.get("type")
    if kind == "array":
        item = shape_of(source.get("items") or {})
        if item is None:
            return None
        most = _limit(source, "maxItems", (LARGEST_REQUEST - 2) // (item.least + 1))
        return Shape(list_of(item.type), most, 2, item)
    if kind == "object":
        return _object(source, resource or bool(source.get("x-kubernetes-embedded-resource")))
    if kind == "string":
        return _text(source)
    simple = {"boolean": (BOOL, 4), "integer": (INT, 1), "number": (DOUBLE, 1)}.get(str(kind))
    return None if simple is None else Shape(simple[0], 0, simple[1])


def _object(source: dict[str, Any], resource: bool) -> Shape | None:
    rest = source.get("additionalProperties")
    if isinstance(rest, dict) and not source.get("properties"):
        item = shape_of(rest)
        if item is None:
            return None
        most = _limit(source, "maxProperties", (LARGEST_REQUEST - 2) // (item.least + 6))
        return Shape(map_of(STRING, item.type), most, 2, item)
    properties = dict(source.get("properties") or {})
    if resource:
        properties |= {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}
        own = (properties.get("metadata") or {}).get("properties") or {}
        properties["metadata"] = {"type": "object", "properties": {**_METADATA["properties"], **own}}
    required = set(source.get("required") or ())
    shape = Shape(DYN, 0, 2)
    for name, inner in properties.items():
        field = shape_of(inner) if isinstance(inner, dict) else None
        if field is None:
            continue
        for called in names_of(name):
            shape.fields[called] = field
            shape.names.append((name, called))
        if name in required and inner.get("default") is None:
            shape.least += len(name) + field.least + 4
    shape.type = object_of("object", {name: field.type for name, field in shape.fields.items()})
    return shape


def _text(source: dict[str, Any]) -> Shape:
    kind = source.get("format")
    if kind in _FORMATS:
        return Shape(*_FORMATS[kind])
    longest = source.get("maxLength")
    if kind == "byte":
        return Shape(BYTES, LARGEST_REQUEST - 2 if longest is None else max(0, int(longest)), 2)
    if longest is not None:
        most = max(0, int(longest)) * _BYTES_A_CHARACTER
    elif source.get("enum"):
        most = max(len(str(each).encode()) for each in source["enum"])
    else:
        most = LARGEST_REQUEST - 2
    return Shape(STRING, most, 2)


def _limit(source: dict[str, Any], field: str, otherwise: int) -> int:
    return otherwise if source.get(field) is None else max(0, int(source[field]))


def names_of(name: str) -> tuple[str, ...]:
    """Return the names of a field in expressions: a reserved word has two, a name that cannot be escaped has none."""
    if name in RESERVED:
        return f"__{name}__", name
    found = _ESCAPED.sub(lambda match: _ESCAPES[match[0]], name)
    return (found,) if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", found) else ()


def value_of(shape: Shape, value: Any) -> Any:
    """Return a value of an object as expressions see it.

    Raises:
        CelError: A text does not match its format.
    """
    kind = shape.type[0]
    if kind == "object" and isinstance(value, dict):
        return {
            called: value_of(shape.fields[called], value[name])
            for name, called in shape.names
            if value.get(name) is not None
        }
    if shape.item is not None and isinstance(value, dict):
        return {key: value_of(shape.item, inner) for key, inner in value.items()}
    if shape.item is not None and isinstance(value, list):
        return [value_of(shape.item, inner) for inner in value]
    if kind == "double" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        return _typed_text(kind, value)
    return value


def _typed_text(kind: str, value: str) -> Any:
    if kind == "timestamp":
        return read_timestamp(value if "T" in value.upper() else f"{value}T00:00:00Z")
    if kind == "duration":
        return read_duration(value)
    if kind == "bytes":
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error:
            raise CelError("a value is not base64") from None
    return value
