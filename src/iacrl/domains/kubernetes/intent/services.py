"""Ports by number: pod ports that a Service leads to, and Service ports that an Ingress leads to.

A service gives its target by number or by the name of a pod's port. By default it is its own number. An Ingress gives
the port of a Service by number or by name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from iacrl.domains.document import Entity, EntityType, EntityView
from iacrl.domains.kubernetes.intent.changing import EACH, changed
from iacrl.domains.kubernetes.intent.selectors import selects
from iacrl.domains.kubernetes.objects import KubernetesObject
from iacrl.domains.paths import find_all


def with_target_ports(entities: Sequence[Entity], asked: Mapping[EntityType, Collection[str]]) -> tuple[Entity, ...]:
    """Return the entities, each service with the numbers of its target ports, if they are known."""
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


def with_port_numbers(entities: Sequence[Entity], asked: Mapping[EntityType, Collection[str]]) -> tuple[Entity, ...]:
    """Return the entities, each Ingress with the numbers of its ports, if they are known."""
    if all(one.kind != "Ingress" for one in entities):
        return tuple(entities)
    numbers = {
        (one.values.get("metadata", {}).get("namespace"), one.name, port.get("name")): port.get("port")
        for one in entities
        if one.kind == "Service"
        for _, port in find_all(one.values, "spec.ports[*]")
        if isinstance(port, Mapping)
    }
    return tuple(_with_numbers(one, numbers, asked) if one.kind == "Ingress" else one for one in entities)


def _with_numbers(
    ingress: Entity, numbers: Mapping[tuple[Any, Any, Any], Any], asked: Mapping[EntityType, Collection[str]]
) -> Entity:
    if any("port.name" in path for path in asked.get(EntityType(ingress.category, ingress.kind), ())):
        return ingress
    namespace = ingress.values.get("metadata", {}).get("namespace")

    def with_number(service: Any) -> Any:
        port = service.get("port") if isinstance(service, Mapping) else None
        if not isinstance(port, Mapping) or port.get("name") is None:
            return service
        number = numbers.get((namespace, service.get("name"), port["name"]))
        return service if number is None else {**service, "port": {"number": number}}

    values = ingress.values
    for steps in (("rules", EACH, "http", "paths", EACH, "backend", "service"), ("defaultBackend", "service")):
        values = changed(values, ("spec", *steps), with_number)
    return ingress if values is ingress.values else EntityView(ingress, values)
