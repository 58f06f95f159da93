"""Resources that `count` or `for_each` repeat, seen one instance at a time.

A request for two buckets is met by two resources or by one that is repeated. So each instance counts as an entity of
its own, unless the intent asks about `count` or `for_each` itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from iacrl.domains.document import Entity
from iacrl.domains.verdict import Range
from iacrl.intent.language import Intent

_REPEATERS = ("count", "for_each")


class _Instance(Protocol):
    @property
    def key(self) -> int | str | None: ...

    @property
    def values(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class InstanceView:
    """An entity with other values than it spells out, such as one instance of a repeated one."""

    whole: Entity
    key: int | str | None
    values: Mapping[str, Any]

    @property
    def category(self) -> str:
        """The category of the whole."""
        return self.whole.category

    @property
    def kind(self) -> str:
        """The kind of the whole."""
        return self.whole.kind

    @property
    def name(self) -> str:
        """The name of the whole."""
        return self.whole.name

    @property
    def range(self) -> Range:
        """Where the whole is declared."""
        return self.whole.range

    def range_of(self, steps: tuple[str | int, ...]) -> Range:
        """Return where the value stands in the whole."""
        return self.whole.range_of(steps)

    def references_at(self, steps: tuple[str | int, ...]) -> tuple[str, ...]:
        """Return what the value refers to in the whole."""
        return self.whole.references_at(steps)


def instances_of(entities: Sequence[Entity], intent: Intent) -> tuple[Entity, ...]:
    """Return the entities, those that are repeated as their instances where these are known."""
    asked_whole = {
        (item.entity_type.category, item.entity_type.kind)
        for item in intent.must_exist
        for path, _ in item.tests
        if path in _REPEATERS
    }
    return tuple(
        part
        for entity in entities
        for part in ([entity] if (entity.category, entity.kind) in asked_whole else _instances(entity))
    )


def _instances(entity: Entity) -> Iterator[Entity]:
    repeated = entity.category in ("resource", "data", "module") and any(key in entity.values for key in _REPEATERS)
    known = cast("Sequence[_Instance] | None", getattr(entity, "instances", None)) if repeated else None
    if known is None:
        yield entity
        return
    for instance in known:
        yield InstanceView(entity, instance.key, instance.values)
