"""What a security check is, and how to read a value that may be absent or unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from iacrl.domains.document import Entity, Expression
from iacrl.domains.paths import Steps


@dataclass(frozen=True, slots=True)
class Observed:
    """The result of a check for one place of one entity."""

    holds: bool
    steps: Steps


@dataclass(frozen=True, slots=True)
class SecurityCheck:
    """One row of docs/security.md.

    Attributes:
        id: Stable: `SEC` and three digits; the first digit gives the platform.
        looks_at: The types of entities that it checks, such as `resource aws_s3_bucket`.
        title: What must be true.
        why: What happens otherwise, in one sentence.
        source: Who requires it.
        look: Returns what the check sees in an entity of these types; nothing if a value is unknown.
    """

    id: str
    looks_at: tuple[str, ...]
    title: str
    why: str
    source: str
    look: Callable[[Entity], Iterable[Observed]]


class _NotKnown:
    def __repr__(self) -> str:
        return "UNKNOWN"


#: A value that is not known from the text alone.
UNKNOWN: Final = _NotKnown()


def at(values: Any, *path: str) -> tuple[Any, Steps]:
    """Return the value at a path and its steps; None if nothing is set, UNKNOWN if it is not known.

    A step into a list goes into its first element: blocks that may occur at most once are such lists.
    """
    reached: list[str | int] = []
    for step in path:
        if isinstance(values, Sequence) and not isinstance(values, str):
            if not values:
                return None, tuple(reached)
            values = values[0]
            reached.append(0)
        if isinstance(values, Expression):
            return UNKNOWN, tuple(reached)
        if not isinstance(values, Mapping) or values.get(step) is None:
            return None, tuple(reached)
        values = values[step]
        reached.append(step)
    return (UNKNOWN if isinstance(values, Expression) else values), tuple(reached)


def items(values: Any, name: str) -> Iterator[tuple[Mapping[str, Any], Steps]]:
    """Yield each block (or mapping) of the list with this name, with its steps."""
    found = values.get(name) if isinstance(values, Mapping) else None
    if isinstance(found, Mapping):
        yield found, (name,)
    elif isinstance(found, Sequence) and not isinstance(found, str):
        for index, item in enumerate(found):
            if isinstance(item, Mapping):
                yield item, (name, index)


def texts(value: Any) -> list[str] | None:
    """Return the strings of a list, or the one string; None if an element is unknown."""
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if not isinstance(value, Sequence) or any(isinstance(item, Expression) for item in value):
        return None
    return [item for item in value if isinstance(item, str)]


def mapping(value: Any) -> Mapping[str, Any]:
    """Return the value if it is a mapping, else an empty mapping."""
    return value if isinstance(value, Mapping) else {}


def text(value: Any) -> str:
    """Return the value if it is a text, else an empty text."""
    return value if isinstance(value, str) else ""


def is_true(value: Any) -> bool:
    """Return whether a value is true, as a boolean or as a word."""
    return value is True or value == "true"


def is_not_false(value: Any) -> bool:
    """Return whether a value is true or not set."""
    return value is None or is_true(value)


def is_not_true(value: Any) -> bool:
    """Return whether a value is false or not set."""
    return not is_true(value)


def is_set(value: Any) -> bool:
    """Return whether there is a value."""
    return value is not None


def argument(*path: str, is_: Callable[[Any], bool]) -> Callable[[Entity], Iterator[Observed]]:
    """Return a look at one argument: whether its value (None if not set) is as required."""

    def look(entity: Entity) -> Iterator[Observed]:
        value, steps = at(entity.values, *path)
        if value is not UNKNOWN:
            yield Observed(is_(value), steps)

    return look


def each_of(category: str, *kinds: str) -> tuple[str, ...]:
    """Return the entity types for these kinds of one category."""
    return tuple(f"{category} {kind}" for kind in kinds)
