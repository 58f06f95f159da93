"""The normal form of a configuration: what Terraform plans alike looks alike to an intent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from iacrl.domains.document import Entity, EntityType
from iacrl.domains.terraform.intent.folding import folded
from iacrl.domains.terraform.intent.instances import instances_of
from iacrl.domains.terraform.intent.spellings import KINDS, respelled, with_tags
from iacrl.domains.terraform.intent.unfolding import unfolded
from iacrl.domains.terraform.intent.views import is_traced

_Asked = Mapping[EntityType, Collection[str]]
#: A data source that only writes JSON of its arguments, which the policies show that it flows into.
_POLICY = EntityType("data", "aws_iam_policy_document")


def normal_form(entities: Sequence[Entity], asked: _Asked) -> Sequence[Entity]:
    """Return the entities in their normal form.

    Args:
        entities: Everything that is declared.
        asked: The paths that the intent asks about, by type of entity.
    """
    parts = [
        entity
        for entity in unfolded(folded(instances_of(entities, asked), asked), asked)
        if (entity.category, entity.kind) != _POLICY or _POLICY in asked
    ]
    return [_spelled(entity, asked) for entity in parts]


def _spelled(entity: Entity, asked: _Asked) -> Entity:
    if entity.category == "data" and is_traced(entity):
        paths = asked.get(EntityType("data", entity.kind), ())
        return with_tags(entity) if any(path.startswith("tags.") for path in paths) else entity
    return respelled(entity) if entity.kind in KINDS and is_traced(entity) else entity
