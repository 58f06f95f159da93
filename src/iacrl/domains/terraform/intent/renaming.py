"""Kinds of resources with two names, under the name that the intent asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from iacrl.domains.document import Entity, EntityType
from iacrl.domains.terraform.intent.views import Reshaped, is_traced

#: Two names of one resource type: registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lb and
#: .../kubernetes, where the name without a version is the older one of the same type.
_BALANCING = ("", "_listener", "_listener_rule", "_listener_certificate", "_target_group", "_target_group_attachment")
_VERSIONED = ("config_map", "deployment", "namespace", "resource_quota", "secret", "service", "service_account")
_OTHER_NAMES = {f"aws_alb{rest}": f"aws_lb{rest}" for rest in _BALANCING} | {
    f"kubernetes_{rest}": f"kubernetes_{rest}_v1" for rest in _VERSIONED
}
_OTHER_NAMES |= {new: old for old, new in _OTHER_NAMES.items()}


@dataclass(frozen=True, slots=True)
class Renamed(Reshaped):
    """A resource under the other name of its kind."""

    other: str = ""

    @property
    def kind(self) -> str:
        """The other name of the kind."""
        return self.other

    @property
    def written_kind(self) -> str:
        """The kind as written in the text and in references."""
        return self.whole.kind


def renamed(entity: Entity, asked: Mapping[EntityType, Collection[str]]) -> Entity:
    """Return an entity under the other name of its kind, if the intent asks only for that name."""
    other = _OTHER_NAMES.get(entity.kind)
    if other is None or entity.category != "resource" or not is_traced(entity):
        return entity
    if EntityType("resource", other) not in asked or EntityType("resource", entity.kind) in asked:
        return entity
    return Renamed(entity, entity.values, (), other)
