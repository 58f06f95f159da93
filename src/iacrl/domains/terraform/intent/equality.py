"""When two values are the same to Terraform: it converts `"80"` to 80 and `"true"` to true where a schema wants it.

Source: https://developer.hashicorp.com/terraform/language/expressions/types#type-conversion
"""

from __future__ import annotations

from typing import Any


def same_value(value: Any, expected: Any) -> bool:
    """Return whether two plain scalars are the same, in either spelling of numbers and booleans."""
    if isinstance(value, bool) or isinstance(expected, bool):
        return value is expected or _spelled(value) == _spelled(expected)
    if isinstance(value, int | float) and isinstance(expected, int | float):
        return value == expected
    if isinstance(value, str | int | float) and isinstance(expected, str | int | float):
        return _spelled(value) == _spelled(expected)
    return type(value) is type(expected) and bool(value == expected)


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
