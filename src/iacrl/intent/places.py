"""The places that a path reaches, also within JSON and YAML texts: an IAM policy in a heredoc, a chart's values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import yaml

from iacrl import nested_json
from iacrl.domains.paths import EVERY, Step, parse_path
from iacrl.text import readable_values
from iacrl.yaml_text import UNREADABLE, BoundedLoader

#: Longer texts are not searched: reading them could take long, or recurse too deeply.
_LONGEST = 10_000

#: The types of nearly all mappings and lists; checking for them is faster than for their abstract types.
MAPPINGS = (dict, MappingProxyType)
SEQUENCES = (list, tuple)


def find_places(values: Any, path: str) -> Iterable[tuple[tuple[str | int, ...], Any]]:
    """Return `(concrete steps, value)` for each place that `path` reaches.

    A mapping and a list with only that mapping are the same: a schema may have a block as an attribute.

    If a path continues below a string that contains a JSON or YAML mapping or list, it continues inside it. The steps
    then end at the string, which is the innermost value with a place in the text.
    """
    steps = parse_path(path)
    value = values
    for passed, step in enumerate(steps):  # most paths have only keys and indices
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
    """Tell the type checker that followed steps do not contain `[*]`."""
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


def looks_nested(text: str) -> bool:
    """Return whether a text may be a list or object of JSON. Most texts are not, and need no reader."""
    return text.lstrip()[:1] in ("{", "[")


def decoded(text: str) -> Any:
    """Return the mapping or list in a text; the text itself if it contains none."""
    if len(text) > _LONGEST:
        return text
    try:
        return readable_values(nested_json.loads(text)) if "\\u" in text else nested_json.loads(text)
    except (ValueError, RecursionError):
        pass
    if "&" in text or "*" in text:  # an alias could make a small text large
        return text
    try:
        return yaml.load(text, Loader=BoundedLoader)
    except UNREADABLE:
        return text
