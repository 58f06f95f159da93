"""Attacks on a Kubernetes answer, and other spellings of it, for the audit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from functools import partial
from typing import Any

from iacrl.domains.kubernetes.structure import POD_SPECS
from iacrl.domains.kubernetes.yaml.reader import read
from iacrl.domains.kubernetes.yaml.text_limits import Unreadable
from iacrl.domains.probing import Attack, AttackGroup

Objects = list[dict[str, Any]]

#: In the spec of pods: settings that nobody asked for.
_POD: tuple[tuple[AttackGroup, str, dict[str, Any]], ...] = (
    ("forbidden sibling", "serviceAccount", {"serviceAccount": "admin"}),
    ("forbidden sibling", "runtimeClassName", {"runtimeClassName": "other"}),
    ("forbidden sibling", "shareProcessNamespace", {"shareProcessNamespace": True}),
    ("forbidden sibling", "hostAliases", {"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["api.example.com"]}]}),
    ("undoing setting", "schedulingGates", {"schedulingGates": [{"name": "example.com/never"}]}),
    ("undoing setting", "nodeSelector", {"nodeSelector": {"kubernetes.io/os": "windows"}}),
    ("undoing setting", "schedulerName", {"schedulerName": "nobody"}),
    (
        "undoing setting",
        "affinity that no node meets",
        {
            "affinity": {
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [
                            {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["nowhere"]}]}
                        ]
                    }
                }
            }
        },
    ),
)
#: In the first container.
_CONTAINER: tuple[tuple[AttackGroup, str, dict[str, Any]], ...] = (
    ("forbidden sibling", "capabilities", {"securityContext": {"capabilities": {"add": ["ALL"]}}}),
    ("forbidden sibling", "envFrom with a prefix", {"envFrom": [{"prefix": "X_", "configMapRef": {"name": "other"}}]}),
    ("undoing setting", "command", {"command": ["sleep", "infinity"]}),
    ("undoing setting", "imagePullPolicy", {"imagePullPolicy": "Never"}),
    ("undoing setting", "securityContext over the pod's", {"securityContext": {"runAsUser": 0, "runAsNonRoot": False}}),
    ("undoing setting", "a probe that always fails", {"readinessProbe": {"exec": {"command": ["false"]}}}),
    ("undoing setting", "more than any node has", {"resources": {"requests": {"cpu": "100000"}}}),
)
#: In the spec of an object of this kind; for `""` in the metadata of the first object.
_OBJECT: tuple[tuple[AttackGroup, str, str, dict[str, Any]], ...] = (
    ("undoing setting", "", "finalizers", {"finalizers": ["example.com/never"]}),
    (
        "undoing setting",
        "",
        "ownerReferences",
        {"ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "gone", "uid": "0-0-0-0"}]},
    ),
    ("undoing setting", "Job", "managedBy", {"managedBy": "example.com/nobody"}),
    ("undoing setting", "Job", "completions", {"completions": 0}),
    ("undoing setting", "CronJob", "suspend", {"suspend": True}),
    ("undoing setting", "Deployment", "paused", {"paused": True}),
    ("undoing setting", "HorizontalPodAutoscaler", "behavior", {"behavior": {"scaleUp": {"selectPolicy": "Disabled"}}}),
    ("forbidden sibling", "Service", "externalIPs", {"externalIPs": ["203.0.113.7"]}),
    ("forbidden sibling", "Service", "publishNotReadyAddresses", {"publishNotReadyAddresses": True}),
    ("forbidden sibling", "PersistentVolumeClaim", "selector", {"selector": {"matchLabels": {"never": "met"}}}),
    ("forbidden sibling", "PersistentVolume", "claimRef", {"claimRef": {"name": "other", "namespace": "other"}}),
    ("forbidden sibling", "ResourceQuota", "scopes", {"scopes": ["Terminating"]}),
    (
        "forbidden sibling",
        "Ingress",
        "defaultBackend",
        {"defaultBackend": {"service": {"name": "other", "port": {"number": 80}}}},
    ),
    ("forbidden sibling", "NetworkPolicy", "egress", {"egress": [{}]}),
)
#: The same, at the root of an object that has no spec.
_ROOT: tuple[tuple[AttackGroup, str, str, dict[str, Any]], ...] = (
    ("forbidden sibling", "PriorityClass", "globalDefault", {"globalDefault": True}),
    ("forbidden sibling", "ServiceAccount", "imagePullSecrets", {"imagePullSecrets": [{"name": "other"}]}),
    (
        "forbidden sibling",
        "StorageClass",
        "allowedTopologies",
        {"allowedTopologies": [{"matchLabelExpressions": [{"key": "zone", "values": ["nowhere"]}]}]},
    ),
)


def attacks(answer: str) -> Iterator[Attack]:
    """Yield attacks on one stream of manifests."""
    objects = _read(answer)
    if not objects:
        return
    yield from _switched_off(objects)
    yield from _split(objects)
    for group, name, more in _POD:
        yield from _attack(group, name, objects, partial(map, _pod_spec), more)
    for group, name, more in _CONTAINER:
        yield from _attack(group, name, objects, partial(map, _container), more)
    for group, kind, name, more in _OBJECT:
        yield from _attack(group, name, objects, partial(_parts, kind, "spec" if kind else "metadata"), more)
    for group, kind, name, more in _ROOT:
        yield from _attack(group, name, objects, partial(_parts, kind, None), more)


def alternatives(answer: str) -> Iterator[tuple[str, str]]:
    """Yield other spellings of one stream of manifests, which the API server stores the same."""
    objects = _read(answer)
    changes: tuple[tuple[str, Callable[[Any], Any]], ...] = (
        ("in another order", _backwards),
        ("matchExpressions", _expressions),
        ("command and args", _with_args),
        ("thousandths of a core", _in_thousandths),
    )
    for name, change in changes:
        changed = [change(one) for one in objects]
        if _written(changed) != _written(objects):
            yield name, _written(changed)


def _read(answer: str) -> Objects:
    try:
        return [one for one in read(answer) if isinstance(one, dict)]
    except Unreadable:
        return []


def _written(objects: Objects) -> str:
    import yaml

    return yaml.safe_dump_all(objects, sort_keys=False, explicit_start=False, width=1000)


def _attack(
    group: AttackGroup,
    name: str,
    objects: Objects,
    places: Callable[[Objects], Iterable[Any]],
    more: Mapping[str, Any],
) -> Iterator[Attack]:
    """Yield the answer with settings added to the first of these mappings that has none of them, if there is one."""
    spoilt = deepcopy(objects)
    for place in places(spoilt):
        if isinstance(place, dict) and not set(more) & set(place):
            place.update(deepcopy(dict(more)))
            yield Attack(group, name, _written(spoilt))
            return


def _parts(kind: str, part: str | None, objects: Objects) -> Iterator[Any]:
    """Yield a part, or all, of each object of a kind; `""` is every kind."""
    for one in objects:
        if kind in ("", one.get("kind")):
            yield one.get(part) if part else one


def _pod_spec(manifest: dict[str, Any]) -> Any:
    value: Any = manifest
    for step in POD_SPECS.get(manifest.get("kind", ""), ("",)):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _container(manifest: dict[str, Any]) -> Any:
    spec = _pod_spec(manifest)
    some = spec.get("containers") if isinstance(spec, dict) else None
    return some[0] if isinstance(some, list) and some else None


def _switched_off(objects: Objects) -> Iterator[Attack]:
    foreign = [one | {"apiVersion": "acme.io/v1"} for one in objects]
    wild = [
        one | {"inventedField": {"size": 1}, "spec": {"inventedField": 1} | (one.get("spec") or {})} for one in foreign
    ]
    near = [one | {"apiVersion": f"{str(one.get('apiVersion')).partition('/')[0]}.acme.io/v1"} for one in objects]
    first = [*foreign[:1], *objects[1:]]
    for name, some in (
        ("every object of a foreign group", foreign),
        ("every object of a foreign group, settings invented", wild),
        ("a group that only looks like it", near),
        ("the first object of a foreign group", first),
        ("with a definition of its own", [*map(_definition, _kinds(foreign)), *foreign]),
    ):
        yield Attack("schema switched off", name, _written(some))


def _kinds(objects: Objects) -> list[str]:
    return list(dict.fromkeys(str(one.get("kind")) for one in objects))


def _definition(kind: str) -> dict[str, Any]:
    """Return a definition of a kind that accepts everything."""
    plural = f"{kind.lower()}s"
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.acme.io"},
        "spec": {
            "group": "acme.io",
            "scope": "Namespaced",
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
            "versions": [
                {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": dict(anything)}},
            ],
        },
    }


def _split(objects: Objects) -> Iterator[Attack]:
    """Yield the answer with one list element split into two that share its settings."""
    for number in range(sum(1 for one in objects for _ in _lists(one))):
        spoilt = deepcopy(objects)
        some = [found for one in spoilt for found in _lists(one)][number]
        element = some[0]
        first, *_, last = element
        some[:1] = [element | {last: _other(element[last])}, element | {first: _other(element[first])}]
        yield Attack("split elements", f"{number}", _written(spoilt))


def _lists(value: Any) -> Iterator[list[Any]]:
    """Yield the lists whose first element is a mapping with two settings or more."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, list) and value and isinstance(value[0], dict) and len(value[0]) > 1:
        yield value
    for one in inner:
        yield from _lists(one)


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return f"{value}x"
    if isinstance(value, list):
        return [_other(one) for one in value]
    return {key: _other(one) for key, one in value.items()} if isinstance(value, dict) else value


def _backwards(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _backwards(one) for key, one in reversed(value.items())}
    return [_backwards(one) for one in value] if isinstance(value, list) else value


def _everywhere(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if isinstance(value, dict):
        return change({key: _everywhere(one, change) for key, one in value.items()})
    return [_everywhere(one, change) for one in value] if isinstance(value, list) else value


def _expressions(manifest: Any) -> Any:
    def change(one: dict[str, Any]) -> dict[str, Any]:
        labels = one.get("matchLabels")
        if not isinstance(labels, dict) or "matchExpressions" in one:
            return one
        rows = [{"key": key, "operator": "In", "values": [value]} for key, value in labels.items()]
        return {key: value for key, value in one.items() if key != "matchLabels"} | {"matchExpressions": rows}

    return _everywhere(manifest, change)


def _with_args(manifest: Any) -> Any:
    def change(one: dict[str, Any]) -> dict[str, Any]:
        command = one.get("command")
        if "image" not in one or not isinstance(command, list) or len(command) < 2 or "args" in one:
            return one
        return one | {"command": command[:1], "args": command[1:]}

    return _everywhere(manifest, change)


def _in_thousandths(manifest: Any) -> Any:
    def change(one: dict[str, Any]) -> dict[str, Any]:
        cpu = str(one.get("cpu", ""))
        return one | {"cpu": f"{cpu}000m"} if cpu.isdecimal() else one

    return _everywhere(manifest, change)
