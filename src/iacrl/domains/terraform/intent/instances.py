"""Resources with `count` or `for_each`, as single instances.

Two resources, or one repeated resource, satisfy a request for two buckets. So each instance counts as an entity of its
own, unless the intent asks about `count` or `for_each` itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from iacrl.domains.document import Entity, EntityType, EntityView
from iacrl.domains.terraform.document.entity import TerraformEntity, TerraformInstance
from iacrl.domains.terraform.document.static_names import Assumed
from iacrl.domains.terraform.document.view import View

_REPEATED = frozenset({"resource", "data", "module"})
_REPEATERS = ("count", "for_each")


@dataclass(frozen=True, slots=True)
class InstanceView(EntityView):
    """One instance of a repeated resource or module, by its index or key."""

    instance: TerraformInstance

    @property
    def key(self) -> int | str | None:
        """Its index or key."""
        return self.instance.key

    def seen_with(self, assumed: Assumed | None) -> View | None:
        """Return what it declares if a variable or local has another value."""
        return self.instance.seen_with(assumed)


def instances_of(entities: Sequence[Entity], asked: Mapping[EntityType, Collection[str]]) -> tuple[Entity, ...]:
    """Return the entities, with repeated ones replaced by their instances if these are known."""
    return tuple(part for entity in entities for part in _instances(entity, asked))


def _instances(entity: Entity, asked: Mapping[EntityType, Collection[str]]) -> Iterator[Entity]:
    known = None
    if entity.category in _REPEATED and isinstance(entity, TerraformEntity):
        repeated = any(key in entity.values for key in _REPEATERS)
        if repeated and not _asks_for_whole(asked.get(EntityType(entity.category, entity.kind), ())):
            known = entity.instances
    if known is None:
        yield entity
        return
    for instance in known:
        yield InstanceView(entity, instance.values, instance)


def _asks_for_whole(paths: Collection[str]) -> bool:
    return any(key in paths for key in _REPEATERS)
