"""Checks between the objects of one text: duplicates, references to missing objects, and their order.

A missing object may be in the cluster, so a dangling reference is only a warning. So is an order in which
`kubectl apply` fails the first time. Two objects with the same identity are an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import Step, entries
from iacrl.domains.kubernetes.rules.rule_sources import page
from iacrl.domains.kubernetes.structure import POD_SPECS
from iacrl.domains.rules import Rule, coded_rule
from iacrl.errors import did_you_mean

DUPLICATE_OBJECT = coded_rule(
    "KB216",
    "Duplicate object",
    "Two objects have the same group, kind, namespace and name: creating the second fails, and applying it "
    "overwrites the first.",
    page("concepts/overview/working-with-objects/names"),
)
SELECTS_NOTHING = coded_rule(
    "KB490",
    "Service selects nothing",
    "No pod or pod template of this text has the labels that the service selects, so it would have no endpoints.",
    page("concepts/services-networking/service") + "#defining-a-service",
    "warning",
)
NAMED_PORT = coded_rule(
    "KB491",
    "No such named port",
    "The service's targetPort is a name that no port of the selected pods has.",
    page("concepts/services-networking/service") + "#field-spec-ports",
    "warning",
)
CONFIG_MAP = coded_rule(
    "KB492",
    "ConfigMap not in this text",
    "A pod uses a ConfigMap (or a key of one) that is not among the objects given; it must be in the cluster, or "
    "the pod will not start.",
    page("concepts/configuration/configmap") + "#using-configmaps",
    "warning",
)
SECRET = coded_rule(
    "KB493",
    "Secret not in this text",
    "A pod or ingress uses a Secret (or a key of one) that is not among the objects given; it must be in the cluster.",
    page("concepts/configuration/secret") + "#using-a-secret",
    "warning",
)
VOLUME_CLAIM = coded_rule(
    "KB494",
    "PersistentVolumeClaim not in this text",
    "A pod mounts a claim that is not among the objects given; it must be in the cluster, or the pod stays pending.",
    page("concepts/storage/persistent-volumes") + "#claims-as-volumes",
    "warning",
)
SERVICE_ACCOUNT = coded_rule(
    "KB495",
    "ServiceAccount not in this text",
    "A pod runs as a service account that is not among the objects given; it must be in the cluster.",
    page("tasks/configure-pod-container/configure-service-account"),
    "warning",
)
BACKEND = coded_rule(
    "KB496",
    "Ingress backend not in this text",
    "An ingress leads to a service, or a port of one, that is not among the objects given.",
    page("concepts/services-networking/ingress") + "#the-ingress-resource",
    "warning",
)
CREATED_LATER = coded_rule(
    "KB4100",
    "Needed before it is created",
    "An object is above its Namespace, or a Pod above its PriorityClass. `kubectl apply` creates the objects of a file "
    "in their order, so the API server refuses this one the first time. Helm, kustomize and Argo CD sort them.",
    page("concepts/overview/working-with-objects/namespaces"),
    "warning",
)

#: The place of a kind's pod template, empty for a Pod itself. Nothing runs a PodTemplate directly.
_TEMPLATES: Final = {kind: steps[:-1] for kind, steps in POD_SPECS.items() if kind != "PodTemplate"}
_BUILTIN_GROUPS: Final = frozenset({"", "apps", "batch", "networking.k8s.io"})
#: Every namespace has these by default.
_ALWAYS_THERE: Final = frozenset({("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")})

Index = dict[tuple[str, str, str], Manifest]


def check_between(manifests: list[Manifest]) -> None:
    """Check the objects of one text against each other."""
    index: Index = {}
    for manifest in manifests:
        if not manifest.name:
            continue
        key = (manifest.kind, manifest.namespace, manifest.name)
        first = index.get(key)
        if first is not None and first.group == manifest.group:
            where = f" in the namespace {manifest.namespace!r}" if manifest.namespace else ""
            again = "twice in this text" if first.findings is manifest.findings else "in another file, too"
            message = f"{manifest.kind} {manifest.name!r}{where} is {again}."
            manifest.report(DUPLICATE_OBJECT, message, "metadata", "name")
        index.setdefault(key, manifest)
    _check_order(manifests, index)
    pods = [(manifest, pod) for manifest in manifests if (pod := _pod(manifest)) is not None]
    for manifest, pod in pods:
        _check_pod(manifest, pod, index)
    for manifest in manifests:
        if not manifest.sound or manifest.group not in _BUILTIN_GROUPS:
            continue
        if manifest.kind == "Service":
            _check_service(manifest, [pod for owner, pod in pods if owner.namespace == manifest.namespace])
        elif manifest.kind == "Ingress":
            _check_ingress(manifest, index)


def _check_order(manifests: list[Manifest], index: Index) -> None:
    created: set[int] = set()
    for manifest in manifests:
        created.add(id(manifest))
        needed = [("Namespace", manifest.namespace, ("metadata", "namespace"))]
        if manifest.kind == "Pod" and manifest.sound:
            spec = manifest.values.get("spec") or {}
            needed.append(("PriorityClass", spec.get("priorityClassName", ""), ("spec", "priorityClassName")))
        for kind, name, steps in needed:
            later = index.get((kind, "", name))
            if later is not None and id(later) not in created and later.findings is manifest.findings:
                message = f"The {kind} {name!r} is created further down: `kubectl apply` fails the first time."
                manifest.report(CREATED_LATER, message, *steps)


def _pod(manifest: Manifest) -> dict[str, Any] | None:
    """Return the pod or pod template of an object that runs pods."""
    if not manifest.sound or manifest.kind not in _TEMPLATES or manifest.group not in _BUILTIN_GROUPS:
        return None
    value: Any = manifest.values
    for step in _TEMPLATES[manifest.kind]:
        value = (value or {}).get(step)
    return value if value and value.get("spec") else None


def _check_service(manifest: Manifest, pods: list[dict[str, Any]]) -> None:
    spec = manifest.values.get("spec") or {}
    selector = spec.get("selector")
    if not selector or not pods:
        return
    wanted = selector.items()
    chosen = [pod for pod in pods if wanted <= ((pod.get("metadata") or {}).get("labels") or {}).items()]
    if not chosen:
        labels = ", ".join(f"{key}={value}" for key, value in wanted)
        manifest.report(SELECTS_NOTHING, f"No pod of this text has the labels {labels}.", "spec", "selector")
        return
    names = {
        port.get("name")
        for pod in chosen
        for field in ("containers", "initContainers")
        for _, container in entries(pod["spec"].get(field))
        for _, port in entries(container.get("ports"))
    }
    for place, port in entries(spec.get("ports")):
        target = port.get("targetPort")
        if isinstance(target, str) and target not in names:
            near = did_you_mean(target, [name for name in names if name])
            message = f"No port of the selected pods is named {target!r}.{near}"
            manifest.report(NAMED_PORT, message, "spec", "ports", place, "targetPort")


def _check_pod(manifest: Manifest, pod: dict[str, Any], index: Index) -> None:
    base = (*_TEMPLATES[manifest.kind], "spec")
    spec = pod["spec"]
    for kind, rule, name, key, steps in _references(spec):
        target = index.get((kind, manifest.namespace, name))
        if (kind, name) in _ALWAYS_THERE:
            continue
        if target is None:
            if not (kind == "PersistentVolumeClaim" and manifest.kind == "StatefulSet"):
                message = f"The {kind} {name!r} is not in this text; it must be in the cluster."
                manifest.report(rule, message, *base, *steps)
        elif key is not None and not _has_key(target, key):
            manifest.report(rule, f"The {kind} {name!r} has no key {key!r}.", *base, *steps)


_Reference = tuple[str, Rule, str, str | None, tuple[Step, ...]]


def _references(spec: dict[str, Any]) -> Iterator[_Reference]:
    """Yield kind, rule, name, key and place of each named reference in a pod spec, except optional ones."""
    account = spec.get("serviceAccountName")
    if account:
        yield "ServiceAccount", SERVICE_ACCOUNT, account, None, ("serviceAccountName",)
    for place, secret in entries(spec.get("imagePullSecrets")):
        if secret.get("name"):
            yield "Secret", SECRET, secret["name"], None, ("imagePullSecrets", place, "name")
    for place, volume in entries(spec.get("volumes")):
        yield from _volume_references(volume, ("volumes", place))
    for field in ("initContainers", "containers"):
        for place, container in entries(spec.get(field)):
            if container.get("env") or container.get("envFrom"):
                yield from _environment_references(container, (field, place))


def _volume_references(volume: dict[str, Any], at: tuple[Step, ...]) -> Iterator[_Reference]:
    claim = volume.get("persistentVolumeClaim")
    if claim and claim.get("claimName"):
        steps = (*at, "persistentVolumeClaim", "claimName")
        yield "PersistentVolumeClaim", VOLUME_CLAIM, claim["claimName"], None, steps
    parts = [(volume, at, "secretName")]
    projected = volume.get("projected") or {}
    parts += [(part, (*at, "projected", "sources", place), "name") for place, part in entries(projected.get("sources"))]
    for part, here, secret_field in parts:
        for field, kind, rule, name_field in (
            ("configMap", "ConfigMap", CONFIG_MAP, "name"),
            ("secret", "Secret", SECRET, secret_field),
        ):
            source = part.get(field)
            if source and source.get(name_field) and not source.get("optional"):
                yield kind, rule, source[name_field], None, (*here, field, name_field)
                for place, item in entries(source.get("items")):
                    yield kind, rule, source[name_field], item["key"], (*here, field, "items", place, "key")


def _environment_references(container: dict[str, Any], at: tuple[Step, ...]) -> Iterator[_Reference]:
    for place, variable in entries(container.get("env")):
        origin = variable.get("valueFrom") or {}
        for field, kind, rule in (
            ("configMapKeyRef", "ConfigMap", CONFIG_MAP),
            ("secretKeyRef", "Secret", SECRET),
        ):
            source = origin.get(field)
            if source and source.get("name") and not source.get("optional"):
                steps = (*at, "env", place, "valueFrom", field)
                yield kind, rule, source["name"], source.get("key"), (*steps, "name")
    for place, group in entries(container.get("envFrom")):
        for field, kind, rule in (("configMapRef", "ConfigMap", CONFIG_MAP), ("secretRef", "Secret", SECRET)):
            source = group.get(field)
            if source and source.get("name") and not source.get("optional"):
                yield kind, rule, source["name"], None, (*at, "envFrom", place, field, "name")


def _has_key(target: Manifest, key: str) -> bool:
    fields = ("data", "binaryData", "stringData")
    return any(isinstance(data := target.values.get(field), dict) and key in data for field in fields)


def _check_ingress(manifest: Manifest, index: Index) -> None:
    spec = manifest.values.get("spec") or {}
    backends: list[tuple[Any, tuple[Step, ...]]] = [(spec.get("defaultBackend"), ("spec", "defaultBackend"))]
    for place, rule in entries(spec.get("rules")):
        for spot, path in entries((rule.get("http") or {}).get("paths")):
            backends.append((path.get("backend"), ("spec", "rules", place, "http", "paths", spot, "backend")))
    for backend, at in backends:
        service = (backend or {}).get("service") or {}
        if not service.get("name"):
            continue
        target = index.get(("Service", manifest.namespace, service["name"]))
        if target is None:
            message = f"The Service {service['name']!r} is not in this text; it must be in the cluster."
            manifest.report(BACKEND, message, *at, "service", "name")
        elif not _serves(target, service.get("port") or {}):
            port = service["port"].get("name") or service["port"].get("number") if service.get("port") else None
            message = f"The Service {service['name']!r} has no port {port!r}."
            manifest.report(BACKEND, message, *at, "service", "port")
    for place, tls in entries(spec.get("tls")):
        name = tls.get("secretName")
        if name and ("Secret", manifest.namespace, name) not in index:
            message = f"The Secret {name!r} is not in this text; it must be in the cluster."
            manifest.report(SECRET, message, "spec", "tls", place, "secretName")


def _serves(target: Manifest, port: dict[str, Any]) -> bool:
    spec = target.values.get("spec")
    ports = entries(spec.get("ports")) if isinstance(spec, dict) and isinstance(spec.get("ports"), list) else []
    if port.get("name"):
        return any(isinstance(each, dict) and each.get("name") == port["name"] for _, each in ports)
    return any(isinstance(each, dict) and each.get("port") == port.get("number") for _, each in ports)
