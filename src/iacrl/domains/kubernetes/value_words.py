"""How messages describe a value."""

from __future__ import annotations

from typing import Any


def describe(value: Any) -> str:
    """Return a short description of a value: its type, and a scalar's value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"the boolean {'true' if value else 'false'}"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the string {value if len(value) <= 40 else value[:40] + '…'!r}"
    return "a list" if isinstance(value, list) else "a mapping"
