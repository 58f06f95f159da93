"""Services as they work out: each port with the number of the pods' port that it leads to.

A service names its target by number, by the name of a port of its pods, or not at all, which means its own number.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from iacrl.domains.document import Entity, EntityType, EntityView
from iacrl.domains.kubernetes.intent.selectors import selects
from iacrl.domains.kubernetes.objects import KubernetesObject


def with_target_ports(entities: Sequence[Entity], asked: Mapping[EntityType, Collection[str]]) -> tuple[Entity, ...]:
    """Return the entities, each service with the numbers that its ports lead to, where these are known."""
    return tuple(_resolved(one, entities) if one.kind == "Service" else one for one in entities)


def _resolved(service: Entity, entities: Sequence[Entity]) -> Entity:
    spec = service.values.get("spec")
    ports: Any = spec.get("ports") if isinstance(spec, Mapping) else None
    if not isinstance(spec, Mapping) or not isinstance(ports, tuple) or all(_is_number(port) for port in ports):
        return service
    found = tuple(
        port if _is_number(port) else {**port, "targetPort": _target(port, spec.get("selector"), entities)}
        for port in ports
    )
    return EntityView(service, {**service.values, "spec": {**spec, "ports": found}})


def _is_number(port: Mapping[str, Any]) -> bool:
    return isinstance(port.get("targetPort"), int)


def _target(port: Mapping[str, Any], selector: Any, entities: Sequence[Entity]) -> Any:
    name = port.get("targetPort")
    if name is None:
        return port.get("port")
    numbers = (
        one.number
        for entity in entities
        if isinstance(entity, KubernetesObject) and entity.containers and selects(selector, entity)
        for one in entity.ports
        if one.name == name
    )
    return next(numbers, name)
