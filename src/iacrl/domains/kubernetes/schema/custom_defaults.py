"""What the API server does with a custom object before validation: it adds defaults and drops nulls.

Source: `staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting`
"""

from __future__ import annotations

import copy
from typing import Any


def with_defaults(source: dict[str, Any], value: Any) -> Any:
    """Return a value with its schema's defaults, without nulls in fields that may not be null.

    Args:
        source: A structural schema.
        value: The value as read; it is not changed.
    """
    if isinstance(value, dict):
        return _object(source, value)
    items = source.get("items")
    if isinstance(value, list) and isinstance(items, dict):
        return [_item(items, each) for each in value]
    return value


def _object(source: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    properties, rest = source.get("properties") or {}, source.get("additionalProperties")
    made: dict[str, Any] = {}
    for name, inner in value.items():
        schema = properties.get(name, rest)
        if not isinstance(schema, dict):
            made[name] = inner
        elif inner is not None or schema.get("nullable") or (name not in properties and "default" not in schema):
            made[name] = with_defaults(schema, inner)
        elif "default" in schema:
            made[name] = with_defaults(schema, copy.deepcopy(schema["default"]))
    for name, schema in properties.items():
        if isinstance(schema, dict) and schema.get("default") is not None and name not in made:
            made[name] = with_defaults(schema, copy.deepcopy(schema["default"]))
    return made


def _item(schema: dict[str, Any], value: Any) -> Any:
    if value is None and not schema.get("nullable") and schema.get("default") is not None:
        value = copy.deepcopy(schema["default"])
    return with_defaults(schema, value)
