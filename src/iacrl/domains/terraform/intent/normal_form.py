"""The normal form of a configuration: what Terraform plans the same looks the same to an intent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from iacrl.domains.document import Entity, EntityType
from iacrl.domains.terraform.intent.folding import folded
from iacrl.domains.terraform.intent.instances import instances_of
from iacrl.domains.terraform.intent.renaming import renamed
from iacrl.domains.terraform.intent.spellings import is_respelled, respelled, with_tags
from iacrl.domains.terraform.intent.unfolding import unfolded
from iacrl.domains.terraform.intent.views import is_traced

_Asked = Mapping[EntityType, Collection[str]]
#: Data sources that make and change nothing: the values they return are judged in the place of their use. One writes
#: JSON of its arguments; others find a thing by its name, or return where Terraform runs.
_HANDING_ON = frozenset(
    {
        "aws_caller_identity",
        "aws_iam_policy",
        "aws_iam_policy_document",
        "aws_partition",
        "aws_region",
        "google_compute_network",
        "google_project",
    }
)


def normal_form(entities: Sequence[Entity], asked: _Asked) -> Sequence[Entity]:
    """Return the entities in their normal form.

    Args:
        entities: All declared entities.
        asked: The paths that the intent asks about, by type of entity.
    """
    parts = [
        entity
        for entity in unfolded(folded(instances_of(entities, asked), asked), asked)
        if entity.category != "data" or entity.kind not in _HANDING_ON or EntityType("data", entity.kind) in asked
    ]
    return [renamed(_spelled(entity, asked), asked) for entity in parts]


def _spelled(entity: Entity, asked: _Asked) -> Entity:
    if entity.category == "data" and is_traced(entity):
        paths = asked.get(EntityType("data", entity.kind), ())
        return with_tags(entity) if any(path.startswith("tags.") for path in paths) else entity
    return respelled(entity) if is_respelled(entity.kind) and is_traced(entity) else entity
