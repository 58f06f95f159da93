"""The server's defaults, at the places that an intent asks about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from iacrl.domains.kubernetes.intent.changing import EACH
from iacrl.domains.kubernetes.intent.extras import free_settings
from iacrl.domains.paths import parse_path


def defaults_asked(kind: str, asked: frozenset[str]) -> Iterator[tuple[tuple[str | int, ...], Callable[[Any], Any]]]:
    """Yield the places and defaults to set in objects of a kind, for an intent with these paths.

    A default is set only next to other settings: a missing part stays missing.
    """
    for path in sorted(asked):
        steps = tuple(step if isinstance(step, str | int) else EACH for step in parse_path(path))
        names = tuple(step for step in steps if isinstance(step, str) and step != EACH)
        if not steps or not isinstance(steps[-1], str) or steps[-1] == EACH:
            continue
        found = [entry.default[0] for entry in free_settings().find(kind, names) if entry.default]
        if found:
            yield steps[:-1], _setting(steps[-1], found[0])


def _setting(name: str, default: Any) -> Callable[[Any], Any]:
    def set_default(part: Any) -> Any:
        missing = isinstance(part, Mapping) and part.get(name) is None
        return {**part, name: default} if missing else part

    return set_default
