"""Containers: names, images, ports, mounts and what surrounds them."""

from __future__ import annotations

from typing import Any, Final

from iacrl.validators.kubernetes import grammar
from iacrl.validators.kubernetes.findings import Manifest
from iacrl.validators.kubernetes.rules.common import (
    PROTOCOLS,
    Step,
    entries,
    needs,
    one_of,
    report_duplicates,
)
from iacrl.validators.kubernetes.rules.environment import check_environment
from iacrl.validators.kubernetes.rules.ports import check_port_name, check_port_number
from iacrl.validators.kubernetes.rules.probes import check_probes
from iacrl.validators.kubernetes.rules.resources import check_resources
from iacrl.validators.kubernetes.rules.sources import core
from iacrl.validators.kubernetes.wording import path_text
from iacrl.validators.rules import Rule

NO_CONTAINERS = Rule(
    "KB410",
    "references",
    "No containers",
    "A pod needs at least one container.",
    core("validateContainers"),
)
CONTAINER_NAME = Rule(
    "KB411",
    "references",
    "Malformed container name",
    "A container's name is an RFC 1123 label: at most 63 lower-case letters, digits and '-', no dots.",
    core("validateContainerCommon"),
)
DUPLICATE_CONTAINER = Rule(
    "KB412",
    "references",
    "Duplicate container name",
    "All containers of a pod, init and ephemeral ones too, have different names.",
    core("validateContainers, validateInitContainers"),
)
IMAGE = Rule(
    "KB413",
    "references",
    "Missing image",
    "A container needs an image, written without spaces around it.",
    core("validateContainerCommon"),
)
DUPLICATE_PORT = Rule(
    "KB414",
    "references",
    "Duplicate port",
    "The names of a container's ports differ, and a host port is taken once per pod and protocol. "
    "With hostNetwork, hostPort equals containerPort.",
    core("validateContainerPorts, checkHostPortConflicts"),
)
UNKNOWN_MOUNT = Rule(
    "KB415",
    "references",
    "Mount without a volume",
    "volumeMounts and volumeDevices name a volume of the same pod (or a volumeClaimTemplate of its StatefulSet).",
    core("ValidateVolumeMounts"),
)
MOUNT_PATH = Rule(
    "KB416",
    "references",
    "Bad mount path",
    "Mount paths differ within a container and hold no ':'; a subPath is relative, without '..'.",
    core("ValidateVolumeMounts"),
)

RULES: tuple[Rule, ...] = (
    NO_CONTAINERS,
    CONTAINER_NAME,
    DUPLICATE_CONTAINER,
    IMAGE,
    DUPLICATE_PORT,
    UNKNOWN_MOUNT,
    MOUNT_PATH,
)

_PULL_POLICIES: Final = frozenset({"Always", "IfNotPresent", "Never"})
_TERMINATION_POLICIES: Final = frozenset({"File", "FallbackToLogsOnError"})
_PROPAGATIONS: Final = frozenset({"None", "HostToContainer", "Bidirectional"})
_RECURSIVE: Final = frozenset({"Disabled", "IfPossible", "Enabled"})


def check_containers(manifest: Manifest, spec: dict[str, Any], steps: tuple[Step, ...], volumes: set[str]) -> None:
    """Check all containers of a pod spec that stands at `steps`."""
    if not spec.get("containers"):
        manifest.report(
            NO_CONTAINERS, f"{path_text((*steps, 'containers'))} needs at least one container.", *steps, "containers"
        )
    named: list[tuple[Any, tuple[Step, ...]]] = []
    host_ports: list[tuple[Any, tuple[Step, ...]]] = []
    for field in ("initContainers", "containers", "ephemeralContainers"):
        for index, container in entries(spec.get(field)):
            at = (*steps, field, index)
            named.append((container.get("name"), (*at, "name")))
            _check_container(manifest, container, at, volumes)
            if container.get("ports"):
                _check_ports(manifest, container["ports"], (*at, "ports"), bool(spec.get("hostNetwork")))
                if field == "containers":
                    host_ports += _host_ports(container["ports"], (*at, "ports"))
            check_probes(manifest, container, at, field)
    if len(named) > 1:
        report_duplicates(manifest, DUPLICATE_CONTAINER, named, "the container name")
    if len(host_ports) > 1:
        report_duplicates(manifest, DUPLICATE_PORT, host_ports, "the host port")


def _check_container(manifest: Manifest, container: dict[str, Any], at: tuple[Step, ...], volumes: set[str]) -> None:
    name = container.get("name")
    if why := grammar.dns_label(name or ""):
        manifest.report(CONTAINER_NAME, f"{path_text((*at, 'name'))} {name!r}: {why}.", *at, "name")
    image = container.get("image")
    if not image:
        manifest.report(IMAGE, f"The container {name!r} has no image.", *at)
    elif image.strip() != image:
        manifest.report(IMAGE, f"The image {image!r} has spaces around it.", *at, "image")
    for field, allowed in (("imagePullPolicy", _PULL_POLICIES), ("terminationMessagePolicy", _TERMINATION_POLICIES)):
        if field in container:
            one_of(manifest, container[field], allowed, *at, field)
    if container.get("resources"):
        check_resources(manifest, container["resources"], *at, "resources")
    if container.get("env") or container.get("envFrom"):
        check_environment(manifest, container, at)
    if container.get("volumeMounts"):
        _check_mounts(manifest, container, at, volumes)
    for index, device in entries(container.get("volumeDevices")):
        if device["name"] not in volumes:
            _report_unknown(manifest, device["name"], volumes, *at, "volumeDevices", index, "name")
    for index, policy in entries(container.get("resizePolicy")):
        resizes = ("NotRequired", "RestartContainer")
        one_of(manifest, policy["restartPolicy"], resizes, *at, "resizePolicy", index, "restartPolicy")


def _check_ports(manifest: Manifest, ports: Any, steps: tuple[Step, ...], host_network: bool) -> None:
    names: list[tuple[Any, tuple[Step, ...]]] = []
    for index, port in entries(ports):
        at = (*steps, index)
        if "name" in port and port["name"] and check_port_name(manifest, port["name"], *at, "name"):
            names.append((port["name"], (*at, "name")))
        number, host = port["containerPort"], port.get("hostPort")
        check_port_number(manifest, number, *at, "containerPort")
        if host:
            check_port_number(manifest, host, *at, "hostPort")
            if host_network and host != number:
                message = f"With hostNetwork, hostPort {host} must equal containerPort {number}."
                manifest.report(DUPLICATE_PORT, message, *at, "hostPort")
        one_of(manifest, port.get("protocol"), PROTOCOLS, *at, "protocol")
    if len(names) > 1:
        report_duplicates(manifest, DUPLICATE_PORT, names, "the port name")


def _host_ports(ports: Any, steps: tuple[Step, ...]) -> list[tuple[Any, tuple[Step, ...]]]:
    return [
        ((port.get("protocol") or "TCP", port.get("hostIP") or "", port["hostPort"]), (*steps, index, "hostPort"))
        for index, port in entries(ports)
        if port.get("hostPort")
    ]


def _check_mounts(manifest: Manifest, container: dict[str, Any], at: tuple[Step, ...], volumes: set[str]) -> None:
    paths: list[tuple[Any, tuple[Step, ...]]] = []
    for index, mount in entries(container["volumeMounts"]):
        here = (*at, "volumeMounts", index)
        if needs(manifest, mount, "name", *here) and mount["name"] not in volumes:
            _report_unknown(manifest, mount["name"], volumes, *here, "name")
        if needs(manifest, mount, "mountPath", *here):
            paths.append((mount["mountPath"], (*here, "mountPath")))
            if ":" in mount["mountPath"]:
                message = f"The mount path {mount['mountPath']!r} holds ':'."
                manifest.report(MOUNT_PATH, message, *here, "mountPath")
        for field in ("subPath", "subPathExpr"):
            if mount.get(field) and (why := grammar.relative_path(mount[field])):
                manifest.report(MOUNT_PATH, f"{field} {mount[field]!r}: {why}.", *here, field)
        if mount.get("subPath") and mount.get("subPathExpr"):
            manifest.report(MOUNT_PATH, "subPath and subPathExpr exclude each other.", *here, "subPathExpr")
        one_of(manifest, mount.get("mountPropagation"), _PROPAGATIONS, *here, "mountPropagation")
        one_of(manifest, mount.get("recursiveReadOnly"), _RECURSIVE, *here, "recursiveReadOnly")
    if len(paths) > 1:
        report_duplicates(manifest, MOUNT_PATH, paths, "the mount path")


def _report_unknown(manifest: Manifest, name: str, volumes: set[str], *steps: Step) -> None:
    known = f" Volumes: {', '.join(sorted(volumes)[:8])}." if volumes else " The pod has no volumes."
    manifest.report(UNKNOWN_MOUNT, f"No volume is named {name!r}.{known}", *steps)
