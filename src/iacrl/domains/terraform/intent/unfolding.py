"""Blocks that an intent sees as separate resources: subnets written within their network."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from iacrl.domains.document import Entity, EntityType, Expression
from iacrl.domains.paths import Steps
from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.document.flows import Passage
from iacrl.domains.terraform.document.static_names import Assumed
from iacrl.domains.terraform.document.symbols import Origin
from iacrl.domains.terraform.intent.views import Followed, Reshaped, Route, Traced, is_traced


class Unfold(NamedTuple):
    """How a block is written as a resource.

    Attributes:
        parent: The kind of resource that has the block.
        block: The block.
        child: The kind of the equivalent resource.
        link: The argument of the child that names the parent.
        by: The attribute of the parent that `link` names.
        shared: Arguments that the child takes from the parent.
    """

    parent: str
    block: str
    child: str
    link: str
    by: str
    shared: tuple[str, ...]


#: registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/subnet and .../key_vault_access_policy
UNFOLDS = (
    Unfold(
        "azurerm_virtual_network", "subnet", "azurerm_subnet", "virtual_network_name", "name", ("resource_group_name",)
    ),
    Unfold("azurerm_key_vault", "access_policy", "azurerm_key_vault_access_policy", "key_vault_id", "id", ()),
)
_PARENTS = frozenset(one.parent for one in UNFOLDS)


@dataclass(frozen=True, slots=True)
class Unfolded(Reshaped):
    """A block of a resource, as a separate resource."""

    how: Unfold | None = None

    @property
    def kind(self) -> str:
        """The kind of resource that it would be."""
        return "" if self.how is None else self.how.child

    @property
    def inside(self) -> str:
        """The attribute of the whole resource that it is."""
        return "" if self.how is None else self.how.block

    def seen_with(self, assumed: Assumed | None) -> Followed:
        """Return what it declares if a variable or local has another value."""
        return _SeenBlock(self, assumed)


class _SeenBlock(NamedTuple):
    """What a block declares, as a separate resource."""

    entity: Unfolded
    assumed: Assumed | None

    def passages(self, steps: Steps) -> Iterator[Passage]:
        """Yield what flows into the value at these steps."""
        how, whole = self.entity.how, self.entity.whole
        if how is not None and steps == (how.link,):
            yield Passage("", Origin(f"{whole.kind}.{whole.name}", (f".{how.by}",)), "")
            return
        route, rest = self.entity.route(steps)
        view = whole.seen_with(self.assumed)
        if view is not None and route is not None:
            yield from view.passages((*route.there, *rest))

    def argument(self, name: str) -> Value | None:
        """Return nothing, because arguments of blocks are never asked for singly."""
        return None


def unfolded(entities: Sequence[Entity], asked: Mapping[EntityType, Collection[str]]) -> Sequence[Entity]:
    """Return the entities with blocks as separate resources, if the intent asks for these resources."""
    if not any(entity.kind in _PARENTS for entity in entities):
        return entities
    made: list[Entity] = []
    for entity in entities:
        for how in UNFOLDS:
            blocks = (
                entity.values.get(how.block) if (entity.category, entity.kind) == ("resource", how.parent) else None
            )
            if isinstance(blocks, tuple) and EntityType("resource", how.child) in asked and is_traced(entity):
                others = {name: value for name, value in entity.values.items() if name != how.block}
                made += [_as_resource(entity, how, number) for number in range(len(blocks))]
                made.append(Reshaped(entity, MappingProxyType(others)))
                break
        else:
            made.append(entity)
    return made


def _as_resource(entity: Traced, how: Unfold, number: int) -> Unfolded:
    block = entity.values[how.block][number]
    routes = [Route((name,), entity, (how.block, number, name)) for name in block]
    values = dict(block)
    for name in how.shared:
        if name in entity.values:
            values[name] = entity.values[name]
            routes.append(Route((name,), entity, (name,)))
    link = f"{entity.kind}.{entity.name}.{how.by}"
    values[how.link] = entity.values.get(how.by, Expression(link, (link,)))
    return Unfolded(entity, MappingProxyType(values), tuple(routes), how)
