"""The normal form of a template: templates that set up the same thing look the same to an intent.

A rule, a policy or a subscription may be a resource of its own or a part of its parent resource. An intent about one
form also accepts the other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from iacrl.domains.cloudformation.intent import refers_to
from iacrl.domains.cloudformation.intrinsics import reference
from iacrl.domains.document import Entity, EntityType
from iacrl.domains.meaning import Flow
from iacrl.domains.plain_document import PlainEntity

_Asked = Mapping[EntityType, Collection[str]]


class ListedPart(NamedTuple):
    """How to write a resource as a list element of another resource.

    Attributes:
        child: The type of the separate resource.
        parent: The type that it belongs to.
        link: The property of the child that refers to the parent; if it is a list, it holds only that reference.
        by: The allowed forms of the reference.
        into: The equivalent list of the parent.
        folds: Whether the child may become the element.
        unfolds: Whether the element may become the child.
    """

    child: str
    parent: str
    link: str
    by: tuple[str, ...]
    into: str
    folds: bool = True
    unfolds: bool = False


_GROUP = "AWS::EC2::SecurityGroup"
#: Source: the page of each type in the CloudFormation template reference.
PARTS = (
    ListedPart("AWS::EC2::SecurityGroupIngress", _GROUP, "GroupId", ("Ref", "GroupId"), "SecurityGroupIngress"),
    ListedPart("AWS::EC2::SecurityGroupEgress", _GROUP, "GroupId", ("Ref", "GroupId"), "SecurityGroupEgress"),
    ListedPart("AWS::IAM::RolePolicy", "AWS::IAM::Role", "RoleName", ("Ref",), "Policies"),
    ListedPart("AWS::IAM::Policy", "AWS::IAM::Role", "Roles", ("Ref",), "Policies"),
    ListedPart(
        "AWS::SNS::Subscription", "AWS::SNS::Topic", "TopicArn", ("Ref", "TopicArn"), "Subscription", False, True
    ),
)
_KINDS = frozenset(kind for part in PARTS for kind in (part.child, part.parent))
#: Keys next to a child's properties that change nothing, so that it can still become an element.
_ALONE = frozenset({"Type", "Properties", "DependsOn", "Metadata"})
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}


def normal_form(entities: Sequence[Entity], asked: _Asked) -> Sequence[Entity]:
    """Return the entities in their normal form.

    Args:
        entities: Everything that is declared.
        asked: The paths in the intent, by type of entity.
    """
    if not any(entity.kind in _KINDS for entity in entities):
        return entities
    made = [entity for entity in entities if isinstance(entity, PlainEntity)]
    for part in PARTS:
        child_asked = EntityType("resource", part.child) in asked
        if part.folds and not child_asked:
            made = _folded(made, part, asked)
        elif part.unfolds and child_asked:
            made = _unfolded(made, part)
    return [_with_protocols(entity) if entity.kind == _GROUP else entity for entity in made]


def _folded(entities: list[PlainEntity], part: ListedPart, asked: _Asked) -> list[PlainEntity]:
    paths = asked.get(EntityType("resource", part.parent), ())
    if not any(path.startswith(f"Properties.{part.into}") for path in paths):
        return entities
    made = list(entities)
    for child in entities:
        parent = _parent(child, part, made) if child.kind == part.child else None
        if parent is not None:
            made[parent] = _with_element(made[parent], child, part)
            made = [one for one in made if one is not child]
    return made


def _parent(child: PlainEntity, part: ListedPart, entities: Sequence[PlainEntity]) -> int | None:
    """Return the position of a child's parent resource; None if it stays a resource of its own."""
    properties = child.values.get("Properties")
    if child.values.keys() - _ALONE or not isinstance(properties, Mapping):
        return None
    value, steps = properties.get(part.link), ("Properties", part.link)
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    for number, entity in enumerate(entities):
        if (entity.category, entity.kind) == ("resource", part.parent):
            inside = entity.values.get("Properties")
            listed = isinstance(inside, Mapping) and isinstance(inside.get(part.into, []), list)
            if listed and refers_to(Flow(value, child, steps, entity, part.by, entities)):
                return number
    return None


def _with_element(parent: PlainEntity, child: PlainEntity, part: ListedPart) -> PlainEntity:
    properties = parent.values["Properties"]
    before = properties.get(part.into, [])
    element = {name: value for name, value in child.values["Properties"].items() if name != part.link}
    values = {**parent.values, "Properties": {**properties, part.into: [*before, element]}}
    here = ("Properties", part.into, len(before))
    places = {here: child.range} | {
        (*here, *steps[1:]): place
        for steps, place in child.places.items()
        if steps[:1] == ("Properties",) and steps[1:]
    }
    return replace(parent, values=values, places={**parent.places, **places}, judged=parent.judged and child.judged)


def _unfolded(entities: list[PlainEntity], part: ListedPart) -> list[PlainEntity]:
    made: list[PlainEntity] = []
    for entity in entities:
        properties = entity.values.get("Properties") if entity.kind == part.parent else None
        elements: Any = properties.get(part.into) if isinstance(properties, Mapping) else None
        if not isinstance(elements, list) or not all(isinstance(one, Mapping) for one in elements):
            made.append(entity)
            continue
        assert isinstance(properties, Mapping)  # the parent has the elements
        others = {name: value for name, value in properties.items() if name != part.into}
        values = {name: value for name, value in entity.values.items() if name != "Properties"}
        made.append(replace(entity, values=values | ({"Properties": others} if others else {})))
        made += [_as_resource(entity, part, number, element) for number, element in enumerate(elements)]
    return made


def _as_resource(parent: PlainEntity, part: ListedPart, number: int, element: Mapping[str, Any]) -> PlainEntity:
    there = ("Properties", part.into, number)
    places = {
        ("Properties", *steps[3:]): place for steps, place in parent.places.items() if steps[:3] == there and steps[3:]
    }
    body = {"Type": part.child, "Properties": {**element, part.link: reference(parent.name)}}
    body |= {name: parent.values[name] for name in ("Condition",) if name in parent.values}
    name = f"{parent.name}.{part.into}[{number}]"
    return PlainEntity("resource", name, parent.range_of(there), body, part.child, places, parent.judged)


def _with_protocols(group: PlainEntity) -> PlainEntity:
    """Replace the protocol numbers of rules by names."""
    properties = group.values.get("Properties")
    if not isinstance(properties, Mapping):
        return group
    changed = dict(properties)
    for name in ("SecurityGroupIngress", "SecurityGroupEgress"):
        rules = changed.get(name)
        if isinstance(rules, list):
            changed[name] = [_with_protocol(rule) for rule in rules]
    return replace(group, values={**group.values, "Properties": changed}) if changed != properties else group


def _with_protocol(rule: Any) -> Any:
    known = _PROTOCOLS.get(str(rule.get("IpProtocol"))) if isinstance(rule, Mapping) else None
    return rule if known is None else {**rule, "IpProtocol": known}
