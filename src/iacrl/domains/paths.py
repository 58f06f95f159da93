"""Paths into a document's values.

`spec.containers[0].image`, `ingress[*].from_port`, `metadata.labels["app.kubernetes.io/name"]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from iacrl.errors import UserError

#: Keys and indices from the root of nested values to one value.
Steps = tuple[str | int, ...]


class _Every:
    """The step `[*]`: every element of a list."""

    def __repr__(self) -> str:
        return "[*]"


EVERY: Final = _Every()
Step = str | int | _Every

_STEP = re.compile(
    r"""(?:^|\.)(?P<name>[^.\[\]"]+)      # a key after a dot, or at the start
      | \[(?P<index>\d+)\]                # one element of a list
      | \[(?P<every>\*)\]                 # every element of a list
      | \["(?P<quoted>(?:[^"\\]|\\.)*)"\] # a key that holds dots or brackets
    """,
    re.VERBOSE,
)

_NEEDS_QUOTES = re.compile(r'[.\[\]"]')


@lru_cache(maxsize=4096)
def parse_path(path: str) -> tuple[Step, ...]:
    """Split a path into its steps.

    Raises:
        UserError: The path is malformed; the message names the place.
    """
    steps: list[Step] = []
    at = 0
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None or found.end() == at:
            raise UserError(f'Bad path {path!r} at column {at + 1}: write a.b[0].c, a[*].c or a["key.with.dots"].')
        if found["name"] is not None:
            steps.append(found["name"])
        elif found["index"] is not None:
            steps.append(int(found["index"]))
        elif found["every"] is not None:
            steps.append(EVERY)
        else:
            steps.append(re.sub(r"\\(.)", r"\1", found["quoted"]))
        at = found.end()
    return tuple(steps)


def path_text(steps: Sequence[str | int]) -> str:
    """Return concrete steps as a path, such as `spec.containers[0].image`; `parse_path` reads it back."""
    parts: list[str] = []
    for step in steps:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif not step or _NEEDS_QUOTES.search(step):
            quoted = re.sub(r'(["\\])', r"\\\1", step)
            parts.append(f'["{quoted}"]')
        else:
            parts.append(f".{step}" if parts else step)
    return "".join(parts)


def find_all(values: Any, path: str) -> Iterator[tuple[Steps, Any]]:
    """Yield `(concrete steps, value)` for each place that `path` reaches in nested mappings and sequences.

    An absent key, or an index past the end, yields nothing.
    """
    yield from _walk(values, parse_path(path), ())


def _walk(value: Any, steps: tuple[Step, ...], reached: Steps) -> Iterator[tuple[Steps, Any]]:
    if not steps:
        yield reached, value
        return
    step, rest = steps[0], steps[1:]
    is_list = isinstance(value, Sequence) and not isinstance(value, str | bytes)
    if isinstance(step, _Every):
        if is_list:
            for index, element in enumerate(value):
                yield from _walk(element, rest, (*reached, index))
    elif isinstance(step, int):
        if is_list and step < len(value):
            yield from _walk(value[step], rest, (*reached, step))
    elif isinstance(value, Mapping) and step in value:
        yield from _walk(value[step], rest, (*reached, step))
