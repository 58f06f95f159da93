"""What an object does beyond what it sets up: it is suspended, reaches the host, or holds keys that are things."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from iacrl.domains.document import Entity
from iacrl.domains.kubernetes.structure import POD_SPECS
from iacrl.domains.meaning import Extras

_Settings = tuple[tuple[str, Callable[[Any], bool]], ...]


def extras_of(entity: Entity) -> Extras:
    """Return what nothing may set unasked."""
    return _of_kind(entity.kind)


@cache
def _of_kind(kind: str) -> Extras:
    pods = ".".join(POD_SPECS.get(kind, ()))
    of_pods = tuple((f"{pods}.{path}", is_extra) for path, is_extra in _PODS) if pods else ()
    return Extras((*_BY_KIND.get(kind, ()), *of_pods, _NAMESPACE), _KEYED.get(kind, ()))


def _any(value: Any) -> bool:
    return True


def _true(value: Any) -> bool:
    return value is True


def _zero(value: Any) -> bool:
    return type(value) is int and value == 0


_NAMESPACE = ("metadata.namespace", lambda value: value != "default")
_PODS: _Settings = (
    ("initContainers", _any),
    ("nodeName", _any),
    ("nodeSelector", lambda value: not set(value) <= {"kubernetes.io/os", "kubernetes.io/arch"}),
    ("schedulerName", lambda value: value != "default-scheduler"),
    ("serviceAccountName", lambda value: value != "default"),
    ("hostNetwork", _true),
    ("hostPID", _true),
    ("hostIPC", _true),
    ("volumes[*].hostPath", _any),
    ("containers[*].securityContext.privileged", _true),
)
_BY_KIND: Mapping[str, _Settings] = {
    "Deployment": (("spec.replicas", _zero), ("spec.paused", _true)),
    "StatefulSet": (("spec.replicas", _zero), ("spec.volumeClaimTemplates", _any)),
    "ReplicaSet": (("spec.replicas", _zero),),
    "Job": (("spec.suspend", _true), ("spec.parallelism", _zero)),
    "CronJob": (
        ("spec.suspend", _true),
        ("spec.jobTemplate.spec.suspend", _true),
        ("spec.jobTemplate.spec.parallelism", _zero),
    ),
    "Service": (("spec.type", lambda value: value in ("NodePort", "LoadBalancer")), ("spec.externalIPs", _any)),
    "PersistentVolumeClaim": (("spec.volumeName", _any),),
}
_KEYED: Mapping[str, tuple[str, ...]] = {
    "ConfigMap": ("data",),
    "Secret": ("data", "stringData"),
    "ResourceQuota": ("spec.hard",),
    "NetworkPolicy": (
        "spec.podSelector",
        "spec.podSelector.matchLabels",
        "spec.ingress[*]",
        "spec.ingress[*].from[*]",
        "spec.egress[*]",
        "spec.egress[*].to[*]",
    ),
}
