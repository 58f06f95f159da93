"""Places that a path reaches, also within JSON and YAML texts: an IAM policy in a heredoc, a chart's values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import yaml

from iacrl.domains.paths import EVERY, Step, parse_path
from iacrl.yaml_text import UNREADABLE, BoundedLoader

#: Longer texts are not looked into: reading them could take long, or recurse too deeply.
_LONGEST = 10_000

#: What nearly all mappings and lists are; to ask for these types is faster than for what they have in common.
MAPPINGS = (dict, MappingProxyType)
SEQUENCES = (list, tuple)


def find_places(values: Any, path: str) -> Iterable[tuple[tuple[str | int, ...], Any]]:
    """Return `(concrete steps, value)` for each place that `path` reaches.

    A mapping and a list of that mapping alone are one: a schema may have a block as an attribute.

    Where a path goes on below a string that holds a JSON or YAML mapping or list, it goes on within. The steps then
    end at the string, which is the innermost value with a place in the text.
    """
    steps = parse_path(path)
    value = values
    for passed, step in enumerate(steps):  # most paths lead through keys and indices alone
        if isinstance(step, str) and type(value) in MAPPINGS:
            if step not in value:
                return ()
        elif isinstance(step, int) and type(value) in SEQUENCES:
            if step >= len(value):
                return ()
        else:
            return _walk(value, steps[passed:], _concrete(steps[:passed]), True)
        value = value[step]
    return ((_concrete(steps), value),)


def _concrete(steps: tuple[Step, ...]) -> tuple[str | int, ...]:
    """Tell the type checker that there is no `[*]` among steps that were followed."""
    return steps  # type: ignore[return-value]


def _walk(
    value: Any, steps: tuple[Step, ...], reached: tuple[str | int, ...], placed: bool
) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if not steps:
        yield reached, value
        return
    if isinstance(value, str):
        value, placed = decoded(value), False
    step, rest = steps[0], steps[1:]
    if isinstance(value, Mapping):
        if step in (0, EVERY):
            yield from _walk(value, rest, reached, placed)
        elif isinstance(step, str) and step in value:
            yield from _walk(value[step], rest, (*reached, step) if placed else reached, placed)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        if isinstance(step, str) and len(value) == 1:
            step, rest = 0, steps
        indices = range(len(value)) if step is EVERY else [step] if isinstance(step, int) else []
        for index in indices:
            if index < len(value):
                yield from _walk(value[index], rest, (*reached, index) if placed else reached, placed)


def decoded(text: str) -> Any:
    """Return the mapping or list that a text holds; the text itself when it holds none."""
    if len(text) > _LONGEST:
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    if "&" in text or "*" in text:  # an alias could make a small text large
        return text
    try:
        return yaml.load(text, Loader=BoundedLoader)
    except UNREADABLE:
        return text
