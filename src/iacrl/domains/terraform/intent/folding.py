"""Rules that are separate resources, folded into the resource that they belong to.

`aws_route` with `aws_route_table` has the same effect as a `route` block. An intent that only names the table sees
blocks, whichever way they are written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from iacrl.domains.document import Entity, EntityType
from iacrl.domains.terraform.intent.references import is_of
from iacrl.domains.terraform.intent.views import Reshaped, Route, Traced, is_traced


class Fold(NamedTuple):
    """How one kind of resource is written within another.

    Attributes:
        child: The kind of the separate resource.
        parent: The kind that it belongs to.
        link: The argument of the child that names the parent.
        into: The equivalent block of the parent; its argument of the same name if `is_value`.
        names: The names of the child's arguments in the block; `x[]` for one element of a list, empty for those that
            the block does not need.
        only: Values that the child must have to be of this sort.
        is_value: The child's argument becomes the parent's argument, without a block.
        takes: The child's argument that becomes the parent's; the one named `into` if empty.
        listed: It becomes one element of the parent's list.
        same: Arguments that must be the same as the parent's.
    """

    child: str
    parent: str
    link: str
    into: str
    names: Mapping[str, str] = MappingProxyType({})
    only: Mapping[str, str] = MappingProxyType({})
    is_value: bool = False
    takes: str = ""
    listed: bool = False
    same: tuple[str, ...] = ()


_RULE = {"type": "", "source_security_group_id": "security_groups[]"}
_VPC_RULE = {
    "ip_protocol": "protocol",
    "cidr_ipv4": "cidr_blocks[]",
    "cidr_ipv6": "ipv6_cidr_blocks[]",
    "prefix_list_id": "prefix_list_ids[]",
    "referenced_security_group_id": "security_groups[]",
    "tags": "",
}
_GROUP, _LINK = "aws_security_group", "security_group_id"
#: registry.terraform.io/providers/hashicorp/aws and .../azurerm: each resource's page names the block that it replaces.
FOLDS = (
    Fold(
        "aws_route",
        "aws_route_table",
        "route_table_id",
        "route",
        {"destination_cidr_block": "cidr_block", "destination_ipv6_cidr_block": "ipv6_cidr_block"},
    ),
    Fold("aws_security_group_rule", _GROUP, _LINK, "ingress", _RULE, {"type": "ingress"}),
    Fold("aws_security_group_rule", _GROUP, _LINK, "egress", _RULE, {"type": "egress"}),
    Fold("aws_vpc_security_group_ingress_rule", _GROUP, _LINK, "ingress", _VPC_RULE),
    Fold("aws_vpc_security_group_egress_rule", _GROUP, _LINK, "egress", _VPC_RULE),
    Fold(
        "azurerm_network_security_rule",
        "azurerm_network_security_group",
        "network_security_group_name",
        "security_rule",
        {"resource_group_name": ""},
        same=("resource_group_name",),
    ),
    Fold("aws_sqs_queue_redrive_policy", "aws_sqs_queue", "queue_url", "redrive_policy", is_value=True),
    Fold("aws_sqs_queue_policy", "aws_sqs_queue", "queue_url", "policy", is_value=True),
    Fold("aws_eip_association", "aws_eip", "allocation_id", "instance", is_value=True, takes="instance_id"),
    Fold(
        "aws_autoscaling_attachment",
        "aws_autoscaling_group",
        "autoscaling_group_name",
        "target_group_arns",
        is_value=True,
        takes="lb_target_group_arn",
        listed=True,
    ),
)
_CHILDREN = frozenset(fold.child for fold in FOLDS)
#: Arguments of every resource that are ignored: repetition is already resolved, and the order of creation is not
#: planned.
_DONE = frozenset({"count", "for_each", "depends_on"})
#: A child with one of these does more than a block could, so it stays a resource.
_BEYOND = frozenset({"lifecycle", "provider", "provisioner", "connection", "timeouts"})


def folded(entities: Sequence[Entity], asked: Mapping[EntityType, Collection[str]]) -> Sequence[Entity]:
    """Return the entities with the rules folded into their resources, if the intent asks for such blocks.

    Kinds that it asks for directly, and kinds that it does not mention, stay unchanged.
    """
    if not any(entity.kind in _CHILDREN for entity in entities):
        return entities
    made = list(entities)
    for child in entities:
        for fold in FOLDS if EntityType(child.category, child.kind) not in asked else ():
            if not any(path.startswith(fold.into) for path in asked.get(EntityType("resource", fold.parent), ())):
                continue
            parent = _parent(child, fold, made)
            if parent is not None and is_traced(child):
                whole = made[parent]
                assert is_traced(whole)  # `_parent` says so
                made[parent] = _with_child(whole, child, fold)
                made = [one for one in made if one is not child]
                break
    return made


def _parent(child: Entity, fold: Fold, entities: Sequence[Entity]) -> int | None:
    """Return the position of the entity that a child belongs to; None if it is of another sort, or stays alone."""
    if child.category != "resource" or child.kind != fold.child or _BEYOND & child.values.keys():
        return None
    if any(child.values.get(name) != value for name, value in fold.only.items()):
        return None
    if fold.is_value and child.values.keys() - {fold.link, fold.takes or fold.into, *_DONE}:
        return None
    for number, entity in enumerate(entities):
        if (entity.category, entity.kind) == ("resource", fold.parent) and is_traced(entity):
            before = entity.values.get(fold.into)
            if fold.is_value and not (
                isinstance(before, tuple) if fold.listed and before is not None else before is None
            ):
                continue
            if any(child.values.get(name) != entity.values.get(name) for name in fold.same):
                continue
            if is_of(child, (fold.link,), entity, entities):
                return number
    return None


def _with_child(parent: Traced, child: Traced, fold: Fold) -> Reshaped:
    routes = list(parent.routes) if isinstance(parent, Reshaped) else []
    whole = parent.whole if isinstance(parent, Reshaped) else parent
    values = dict(parent.values)
    if fold.is_value:
        taken = fold.takes or fold.into
        before = values.get(fold.into, ())
        values[fold.into] = (*before, child.values.get(taken)) if fold.listed else child.values.get(taken)
        here = (fold.into, len(before)) if fold.listed else (fold.into,)
        routes.append(Route(here, child, (taken,)))
    else:
        before = values.get(fold.into)
        blocks = before if isinstance(before, tuple) else ()
        block, block_routes = _block(child, fold, len(blocks))
        values[fold.into] = (*blocks, block)
        routes += block_routes
    return Reshaped(whole, MappingProxyType(values), tuple(routes))


def _block(child: Traced, fold: Fold, number: int) -> tuple[Mapping[str, Any], list[Route]]:
    block: dict[str, Any] = {}
    routes: list[Route] = []
    for argument, value in child.values.items():
        name = fold.names.get(argument, argument)
        if argument == fold.link or argument in _DONE or not name:
            continue
        listed = name.endswith("[]")
        name = name.removesuffix("[]")
        block[name] = (value,) if listed else value
        here = (fold.into, number, name, 0) if listed else (fold.into, number, name)
        routes.append(Route(here, child, (argument,)))
    if block.get("protocol") == "-1" and fold.parent == _GROUP:
        block = {"from_port": 0, "to_port": 0, **block}  # all ports; a block must state them
    return MappingProxyType(block), routes
