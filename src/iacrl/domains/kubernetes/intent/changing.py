"""Changes values within frozen objects: values off the path of a change stay the same objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

#: The step to every element of a list.
EACH = "[*]"


def changed(value: Any, steps: Sequence[str | int], change: Callable[[Any], Any]) -> Any:
    """Return a value with `change` applied to everything at `steps`; the same object if that changes nothing."""
    if not steps:
        return change(value)
    step, rest = steps[0], steps[1:]
    if isinstance(value, tuple) and (step == EACH or isinstance(step, int)):
        places = range(step, min(step + 1, len(value))) if isinstance(step, int) else range(len(value))
        new = {place: changed(value[place], rest, change) for place in places}
        if all(new[place] is value[place] for place in places):
            return value
        return tuple(new.get(place, one) for place, one in enumerate(value))
    if isinstance(value, Mapping) and step in value:
        inner = changed(value[step], rest, change)
        return value if inner is value[step] else {**value, step: inner}
    return value
