"""How a message names a place and a value."""

from __future__ import annotations

import json
from typing import Any


def path_text(steps: tuple[str | int, ...]) -> str:
    """Return steps as a user writes them: `spec.containers[0].image`."""
    parts: list[str] = []
    for step in steps:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif "." in step or not step:
            parts.append(f"[{json.dumps(step)}]")
        else:
            parts.append(f".{step}" if parts else step)
    return "".join(parts)


def describe(value: Any) -> str:
    """Return a short description of a value: its type, and the value itself when it is a scalar."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"the boolean {'true' if value else 'false'}"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the string {value if len(value) <= 40 else value[:40] + '…'!r}"
    return "a list" if isinstance(value, list) else "a mapping"
