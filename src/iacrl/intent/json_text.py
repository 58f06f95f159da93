"""Compares a text of JSON with what an intent requires of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iacrl import nested_json
from iacrl.domains.meaning import same_plain
from iacrl.intent.value_tests import show
from iacrl.text import readable_values


def json_difference(value: Any, expected: Any) -> str:
    """Return where a value first differs from what is expected, and how; an empty string if both mean the same.

    Args:
        value: A text of JSON, or the structure itself.
        expected: The structure that it must equal. JSON converts nothing: `"1"` is not 1.
    """
    if isinstance(value, str):
        try:
            value = readable_values(nested_json.loads(value))
        except (ValueError, RecursionError):
            return f"it is {show(value)}, which is not JSON"
    return _difference(value, expected, "")


def _difference(value: Any, expected: Any, at: str) -> str:
    if isinstance(value, Mapping) and isinstance(expected, Mapping):
        start = f"{at}." if at else ""
        for key in expected:
            if key not in value:
                return f"{start}{key} is missing"
        for key in value:
            if key not in expected:
                return f"the intent does not have {show(f'{start}{key}')}"
        pairs = [(value[key], expected[key], f"{start}{key}") for key in expected]
    elif isinstance(value, list | tuple) and isinstance(expected, list | tuple):
        if len(value) != len(expected):
            return f"{at or 'the list'} has {len(value)} elements, not {len(expected)}"
        pairs = [(one, other, f"{at}[{n}]") for n, (one, other) in enumerate(zip(value, expected, strict=True))]
    else:
        return "" if same_plain(value, expected) else f"{at or 'it'} is {show(value)}"
    return next((found for one, other, path in pairs if (found := _difference(one, other, path))), "")
