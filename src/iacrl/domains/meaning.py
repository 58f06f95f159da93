"""What intents mean in a domain: when values are the same, what refers to what, and which extras are free."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from iacrl.domains.document import Entity, EntityType
    from iacrl.domains.paths import Steps


class Flow(NamedTuple):
    """A question to a domain: does the value at `steps` of `source` refer to `target`?

    Attributes:
        value: The value, plain data or an `Expression`.
        source: The entity that contains it.
        steps: Where the value is in the entity.
        target: The entity that the value should refer to.
        by: The attributes that the reference may end in; None if any may.
        entities: All entities of the document.
    """

    value: Any
    source: Entity
    steps: Steps
    target: Entity
    by: Sequence[str] | None
    entities: Sequence[Entity]


class Extras(NamedTuple):
    """What "nothing else" allows within an entity (see `iacrl.intent.extras`); it refuses the rest.

    Attributes:
        is_free: `(names, value)`: whether the setting at this path of names may have this value, though neither the
            request nor the gold answer sets it. A free mapping or list is free as a whole.
        closed_lists: Whether a list may contain only the elements that were asked for, if any were.
    """

    is_free: Callable[[tuple[str, ...], Any], bool]
    closed_lists: bool = True


def same_plain(value: Any, expected: Any) -> bool:
    """Return whether two plain scalars are the same: numbers by value, everything else by type and value."""
    if isinstance(value, bool) or isinstance(expected, bool):
        return value is expected
    if isinstance(value, int | float) and isinstance(expected, int | float):
        return value == expected
    return type(value) is type(expected) and bool(value == expected)


def same_spelling(value: Any, expected: Any) -> bool:
    """Return whether two plain scalars are the same, with numbers and booleans also as strings: `"80"` and 80."""
    if same_plain(value, expected):
        return True
    scalars = isinstance(value, str | int | float) and isinstance(expected, str | int | float)
    return scalars and isinstance(value, str) != isinstance(expected, str) and _spelled(value) == _spelled(expected)


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def same_name(flow: Flow) -> bool:
    """Return whether the value is the target's name."""
    return isinstance(flow.value, str) and flow.value == flow.target.name


def no_extras(entity: Entity) -> Extras:
    """Return the extras of an entity if a domain declares none: nothing is free."""
    return Extras(lambda names, value: False)


def as_written(entities: Sequence[Entity], asked: Mapping[EntityType, Collection[str]]) -> Sequence[Entity]:
    """Return the entities as they are."""
    return entities
