"""Objects as the API server stores them: spellings that are stored the same are judged the same.

Each form is converted to the one that the intent asks about. A spelling that it asks about is kept.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from iacrl.domains.document import Entity, EntityType, EntityView
from iacrl.domains.kubernetes.intent.changing import EACH, changed
from iacrl.domains.kubernetes.intent.defaults import defaults_asked
from iacrl.domains.kubernetes.intent.permissions import grouped
from iacrl.domains.kubernetes.intent.services import with_port_numbers, with_target_ports
from iacrl.domains.kubernetes.structure import POD_SPECS
from iacrl.domains.quantities import stored_quantity

_Values = Mapping[str, Any]
_NONE: frozenset[str] = frozenset()
#: The label selectors of each kind.
_PEERS = tuple(
    ("spec", way, EACH, peer, EACH, selector)
    for way, peer in (("ingress", "from"), ("egress", "to"))
    for selector in ("podSelector", "namespaceSelector")
)
_SELECTORS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    **dict.fromkeys(
        ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "PodDisruptionBudget", "PersistentVolumeClaim"),
        (("spec", "selector"),),
    ),
    "NetworkPolicy": (("spec", "podSelector"), *_PEERS),
}
#: Names for the same amount in a quota. Source: https://kubernetes.io/docs/concepts/policy/resource-quotas/
_SAME_IN_QUOTA = {"cpu": "requests.cpu", "memory": "requests.memory"} | {
    f"count/{kind}": kind
    for kind in (
        "configmaps", "persistentvolumeclaims", "replicationcontrollers", "resourcequotas", "secrets", "services",
    )
}  # fmt: skip


def as_stored(entities: Sequence[Entity], asked: Mapping[EntityType, Collection[str]]) -> Sequence[Entity]:
    """Return the entities as the server stores them, each port with its number if that is known."""
    with_ports = with_target_ports(entities, asked)
    found = [_as_stored(one, asked.get(EntityType(one.category, one.kind), _NONE)) for one in with_ports]
    return with_port_numbers(found, asked)


def _as_stored(entity: Entity, asked: Collection[str]) -> Entity:
    changes = _changes(entity.kind, frozenset(asked))
    values = entity.values
    for steps, change in changes:
        values = changed(values, steps, change)
    return entity if values is entity.values else EntityView(entity, values)


@lru_cache(maxsize=1024)
def _changes(kind: str, asked: frozenset[str]) -> tuple[tuple[tuple[str | int, ...], Callable[[Any], Any]], ...]:
    """Return the changes to make in objects of a kind, and their places, for an intent with these paths."""
    found: list[tuple[tuple[str | int, ...], Callable[[Any], Any]]] = []
    if not any("matchExpressions" in path for path in asked):
        found += [(steps, _with_labels) for steps in _SELECTORS.get(kind, ())]
    pod = POD_SPECS.get(kind)
    if pod is not None:
        found.append((pod, _with_account))
        found += [((*pod, of, EACH), _with_probed_numbers) for of in ("containers", "initContainers")]
        found += [
            ((*pod, of, EACH, "resources", part), _with_stored_amounts)
            for of in ("containers", "initContainers")
            for part in ("requests", "limits")
        ]
        if not any(".args" in path for path in asked):
            found += [((*pod, of, EACH), _with_whole_command) for of in ("containers", "initContainers")]
    if kind in ("Role", "ClusterRole"):
        found.append((("rules",), grouped))
    if kind == "ResourceQuota":
        found.append((("spec", "hard"), lambda hard: _renamed(hard, asked)))
    if kind == "Secret" and any(path.startswith("stringData") for path in asked):
        found.append(((), _with_plain_data))
    if kind == "HorizontalPodAutoscaler" and any(path.startswith("spec.metrics") for path in asked):
        found.append((("spec",), _with_metrics))
    return (*found, *defaults_asked(kind, asked))


def _with_labels(selector: Any) -> Any:
    """Return a selector with its single-value expressions turned into labels."""
    expressions = selector.get("matchExpressions") if isinstance(selector, Mapping) else None
    labels = selector.get("matchLabels") or {} if isinstance(selector, Mapping) else None
    if not isinstance(expressions, tuple) or not isinstance(labels, Mapping):
        return selector
    plain: dict[str, Any] = {}
    others = []
    for one in expressions:
        values = one.get("values") if isinstance(one, Mapping) else None
        alone = values[0] if isinstance(values, tuple) and len(set(values)) == 1 else None
        is_label = alone is not None and one.get("operator") == "In" and isinstance(one.get("key"), str)
        if is_label and {**labels, **plain}.get(one["key"], alone) == alone:
            plain[one["key"]] = alone
        else:
            others.append(one)
    if not plain and others:
        return selector
    kept = {key: value for key, value in selector.items() if key != "matchExpressions"}
    return (
        kept
        | ({"matchLabels": {**labels, **plain}} if plain or labels else {})
        | ({"matchExpressions": tuple(others)} if others else {})
    )


def _with_stored_amounts(amounts: Any) -> Any:
    """Return the amounts of a container as the server writes them: `1024Mi` as `1Gi`, `0.5` as `500m`."""
    if not isinstance(amounts, Mapping):
        return amounts
    stored = {name: stored_quantity(amount) for name, amount in amounts.items()}
    return amounts if stored == dict(amounts) else stored


def _with_account(spec: Any) -> Any:
    """Return the spec of pods with their account's name only in the current field."""
    if not isinstance(spec, Mapping) or not spec.get("serviceAccount"):
        return spec
    if spec.get("serviceAccountName") not in (None, spec["serviceAccount"]):
        return spec
    kept = {key: value for key, value in spec.items() if key != "serviceAccount"}
    return kept | {"serviceAccountName": spec["serviceAccount"]}


def _with_whole_command(container: Any) -> Any:
    """Return a container with its arguments moved to its command: together they are what runs."""
    if not isinstance(container, Mapping):
        return container
    command, arguments = container.get("command"), container.get("args")
    if not command or not isinstance(command, tuple) or not isinstance(arguments, tuple):
        return container
    return {key: value for key, value in container.items() if key != "args"} | {"command": (*command, *arguments)}


def _with_probed_numbers(container: Any) -> Any:
    """Return a container whose probes give ports by number."""
    ports = container.get("ports") if isinstance(container, Mapping) else None
    if not isinstance(ports, tuple):
        return container
    numbers = {one.get("name"): one.get("containerPort") for one in ports if isinstance(one, Mapping)}

    def with_number(question: Any) -> Any:
        port = question.get("port") if isinstance(question, Mapping) else None
        known = isinstance(port, str) and numbers.get(port) is not None
        return {**question, "port": numbers[port]} if known else question

    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        for question in ("httpGet", "tcpSocket"):
            container = changed(container, (probe, question), with_number)
    return container


def _renamed(hard: Any, asked: Collection[str]) -> Any:
    """Return the amounts of a quota under the intent's names for them."""
    if not isinstance(hard, Mapping):
        return hard
    new = dict(hard)
    for short, long in _SAME_IN_QUOTA.items():
        for written, wanted in ((short, long), (long, short)):
            is_asked = f"spec.hard.{wanted}" in asked or f'spec.hard["{wanted}"]' in asked
            if is_asked and written in new and wanted not in new:
                new[wanted] = new.pop(written)
    return hard if new == dict(hard) else new


def _with_plain_data(secret: _Values) -> _Values:
    """Return a secret with all its data as text; data that is not text stays as it is."""
    data = secret.get("data")
    if not isinstance(data, Mapping):
        return secret
    plain: dict[str, str] = {}
    kept: dict[str, Any] = {}
    for key, value in data.items():
        try:
            plain[key] = base64.b64decode(value, validate=True).decode("utf-8")
        except (binascii.Error, ValueError, TypeError):
            kept[key] = value
    others = {key: value for key, value in secret.items() if key != "data"}
    given = secret.get("stringData")
    plain |= given if isinstance(given, Mapping) else {}  # stringData wins, as in the server
    return others | {"stringData": plain} | ({"data": kept} if kept else {})


def _with_metrics(spec: Any) -> Any:
    """Return the spec of a version 1 autoscaler in the form of version 2."""
    percent = spec.get("targetCPUUtilizationPercentage") if isinstance(spec, Mapping) else None
    if percent is None or "metrics" in spec:
        return spec
    target = {"type": "Utilization", "averageUtilization": percent}
    kept = {key: value for key, value in spec.items() if key != "targetCPUUtilizationPercentage"}
    return kept | {"metrics": ({"type": "Resource", "resource": {"name": "cpu", "target": target}},)}
