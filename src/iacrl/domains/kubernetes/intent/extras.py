"""What "nothing else" leaves free in an object: the list `free_settings.json`, and the tests that need code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

from iacrl.domains.document import Entity
from iacrl.domains.free_settings import FreeSettings, Test, read_list
from iacrl.domains.kubernetes.structure import POD_SPECS
from iacrl.domains.meaning import Extras
from iacrl.domains.paths import find_all

#: The usual questions to a database, with the images that contain the program.
_HEALTH = (
    (re.compile(r"pg_isready( -[Uhdp] [\w.-]+)*"), re.compile("postg|timescale|pgvector")),
    (re.compile(r"redis-cli ping"), re.compile("redis|valkey")),
    (re.compile(r"mysqladmin ping( -h ?[\w.-]+)?"), re.compile("mysql|mariadb|percona")),
)
#: Images of programs that answer no HTTP on any port.
_NO_HTTP = re.compile("postg|timescale|pgvector|redis|valkey|mysql|mariadb|percona|mongo|memcached|cassandra|zookeeper")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
#: Where the spec of a job is.
_JOBS = {"Job": "spec", "CronJob": "spec.jobTemplate.spec"}


def extras_of(entity: Entity) -> Extras:
    """Return the extras that need not be asked for."""
    return Extras(partial(free_settings().is_free, entity.kind, entity))


@cache
def free_settings() -> FreeSettings:
    """Return the list."""
    return FreeSettings(
        read_list(__package__ or "", "free_settings.json", tests=_TESTS, expanded=_expanded, kinds=(*POD_SPECS, ""))
    )


def _expanded(path: str, kind: str) -> Sequence[str]:
    """Return the paths for one kind: `{pod}` is the spec of its pods, `{container}` is a list of their containers."""
    pod = POD_SPECS.get(kind)
    if "{job" in path:
        if kind not in _JOBS:
            return ()
        meta = "spec.jobTemplate.metadata" if kind == "CronJob" else "spec.template.metadata"
        return (path.replace("{job}", _JOBS[kind]).replace("{job_meta}", meta),)
    if "{" not in path:
        return (path,)
    if pod is None:
        return ()
    spec = ".".join(pod)
    if "{template}" in path:
        return (path.replace("{template}", ".".join(pod[:-1])),) if len(pod) > 1 else ()
    containers = (f"{spec}.containers", f"{spec}.initContainers")
    return [path.replace("{pod}", spec).replace("{container}", one) for one in containers][: 1 + ("{c" in path)]


def _containers(entity: Entity) -> Iterable[Mapping[str, Any]]:
    value: Any = entity.values
    for step in POD_SPECS.get(entity.kind, ("",)):
        value = value.get(step) if isinstance(value, Mapping) else None
    for field in ("containers", "initContainers"):
        for container in (value.get(field) or ()) if isinstance(value, Mapping) else ():
            if isinstance(container, Mapping):
                yield container


def _is_declared_port(value: Any, entity: Entity) -> bool:
    """Return whether a container of the object declares this port, by its number or its name."""
    ports = (port for container in _containers(entity) for port in container.get("ports") or ())
    return any(isinstance(port, Mapping) and value in (port.get("containerPort"), port.get("name")) for port in ports)


def _is_http_port(value: Any, entity: Entity) -> bool:
    """Return whether a container declares this port, and no container with such probes is known to answer no HTTP."""
    images = _probed(entity, "httpGet", "port", value)
    return _is_declared_port(value, entity) and not any(map(_NO_HTTP.search, images))


def _is_health_command(value: Any, entity: Entity) -> bool:
    """Return whether every container with this probe has an image that contains its program."""
    command = " ".join(map(str, value)) if isinstance(value, list | tuple) else ""
    contains = next((images for known, images in _HEALTH if known.fullmatch(command)), None)
    return contains is not None and all(map(contains.search, _probed(entity, "exec", "command", value)))


def _probed(entity: Entity, way: str, field: str, value: Any) -> Iterator[str]:
    """Yield the image of each container with a probe of this kind, and this value in it."""
    for container in _containers(entity):
        for name in _PROBES:
            if any(found == value for _, found in find_all(container, f"{name}.{way}.{field}")):
                yield str(container.get("image", ""))


def _are_derived_policy_types(value: Any, entity: Entity) -> bool:
    """Return whether these are the types that the server sets: Ingress always, Egress if there are such rules.

    Source: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/
    """
    spec = entity.values.get("spec")
    has_egress = isinstance(spec, Mapping) and bool(spec.get("egress"))
    return isinstance(value, list | tuple) and set(value) == ({"Ingress", "Egress"} if has_egress else {"Ingress"})


def _is_as_the_pods(name: str, value: Any, entity: Entity) -> bool:
    """Return whether a setting of a container's security context equals the pod's."""
    context: Any = entity.values
    for step in (*POD_SPECS.get(entity.kind, ("",)), "securityContext"):
        context = context.get(step) if isinstance(context, Mapping) else None
    return isinstance(context, Mapping) and name in context and context[name] == value


def _are_single_ports(value: Any, entity: Entity) -> bool:
    """Return whether every port range in a policy has only one port."""
    return all(
        port.get("endPort") in (None, port.get("port"))
        for way in ("ingress", "egress")
        for _, port in find_all(entity.values, f"spec.{way}[*].ports[*]")
        if isinstance(port, Mapping)
    )


def _is_own_name(value: Any, entity: Entity) -> bool:
    return bool(value == entity.name)


_TESTS: Mapping[str, Test] = {
    "own name": _is_own_name,
    "range of one port": _are_single_ports,
    **{f"as the pod: {name}": partial(_is_as_the_pods, name) for name in ("runAsNonRoot", "runAsUser", "runAsGroup")},
    "declared port": _is_declared_port,
    "HTTP port": _is_http_port,
    "health command": _is_health_command,
    "derived policy types": _are_derived_policy_types,
}
