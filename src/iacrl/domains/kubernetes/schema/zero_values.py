"""Null as the API server's decoder reads it: the zero value of the field's Go type.

A null field is the same as an absent one. A null list item or mapping value becomes the zero value of its type: an
empty object, text, list or mapping, 0 or false. So schemas and rules need not handle null.

Source: `encoding/json` ("unmarshals null into a value that has no other meaning as no effect").
"""

from __future__ import annotations

from typing import Any, Final

#: Makes the zero value of a type.
_ZEROS: Final = {"array": list, "boolean": bool, "integer": int, "number": int, "object": dict, "string": str}
#: The zero value of a type that decodes itself, by the last part of its definition's name.
_OWN_ZEROS: Final[dict[str, Any]] = {"Quantity": 0, "IntOrString": 0}


def without_nulls(value: Any, schema: dict[str, Any], definitions: dict[str, Any]) -> Any:
    """Return a value with each null replaced, at every place in its schema.

    Args:
        value: The value as read; it is not changed.
        schema: The schema of this place.
        definitions: The definitions for its `$ref`s.
    """
    schema = _resolve(schema, definitions)
    if isinstance(value, dict):
        fields, others = schema.get("properties", {}), schema.get("additionalProperties")
        replaced = {}
        for key, inner in value.items():
            if key in fields:
                if inner is not None:
                    replaced[key] = without_nulls(inner, fields[key], definitions)
            elif isinstance(others, dict):
                replaced[key] = _item(inner, others, definitions)
            else:
                replaced[key] = inner
        return replaced
    if isinstance(value, list) and "items" in schema:
        return [_item(inner, schema["items"], definitions) for inner in value]
    return value


def _item(value: Any, schema: dict[str, Any], definitions: dict[str, Any]) -> Any:
    if value is not None:
        return without_nulls(value, schema, definitions)
    name = schema.get("$ref", "").rpartition(".")[2]
    if name in _OWN_ZEROS:
        return _OWN_ZEROS[name]
    kind = _resolve(schema, definitions).get("type")
    return _ZEROS[kind]() if isinstance(kind, str) and kind in _ZEROS else None


def _resolve(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    return schema
