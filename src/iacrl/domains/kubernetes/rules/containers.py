"""Containers: names, images, ports, mounts and related fields."""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import CONFLICT, PROTOCOLS, Named, Step, Volumes, entries, placed
from iacrl.domains.kubernetes.rules.container_resources import check_resources
from iacrl.domains.kubernetes.rules.environment import check_environment
from iacrl.domains.kubernetes.rules.ports import check_port_name, check_port_number
from iacrl.domains.kubernetes.rules.probes import check_probes
from iacrl.domains.kubernetes.rules.rule_sources import core, page
from iacrl.domains.paths import path_text
from iacrl.domains.rules import coded_rule

NO_CONTAINERS = coded_rule(
    "KB410",
    "No containers",
    "A pod needs at least one container.",
    core("validateContainers"),
)
CONTAINER_NAME = coded_rule(
    "KB411",
    "Malformed container name",
    "A container's name is an RFC 1123 label: at most 63 lower-case letters, digits and '-', no dots.",
    core("validateContainerCommon"),
)
DUPLICATE_CONTAINER = coded_rule(
    "KB412",
    "Duplicate container name",
    "All containers of a pod, init and ephemeral ones too, have different names.",
    core("validateContainers, validateInitContainers"),
)
IMAGE = coded_rule(
    "KB413",
    "Missing image",
    "A container needs an image; that of a Pod is written without spaces around it.",
    core("validateContainerCommon, validateContainerOnlyForPod"),
)
DUPLICATE_PORT = coded_rule(
    "KB414",
    "Duplicate port",
    "The names of a container's ports differ, and a host port is taken once per pod and protocol. "
    "With hostNetwork, hostPort equals containerPort.",
    core("validateContainerPorts, checkHostPortConflicts, validatePodHostNetworkDeps"),
)
UNKNOWN_MOUNT = coded_rule(
    "KB415",
    "Mount without a volume",
    "volumeMounts and volumeDevices name a volume of the same pod (or a volumeClaimTemplate of its StatefulSet); a "
    "device's volume is a claim.",
    core("ValidateVolumeMounts, ValidateVolumeDevices"),
)
MOUNT_PATH = coded_rule(
    "KB416",
    "Bad mount path",
    "Mount and device paths differ within a container; a subPath is relative, without '..', and not for images; "
    "Bidirectional propagation needs a privileged container.",
    core("ValidateVolumeMounts, ValidateVolumeDevices"),
)

EPHEMERAL = coded_rule(
    "KB480",
    "Ephemeral container in a manifest",
    "Ephemeral containers are added to a running pod (kubectl debug); a pod cannot be created with them, and a "
    "template cannot hold them.",
    page("concepts/workloads/pods/ephemeral-containers"),
)
_GRACE: Final = 30  # a pod's default terminationGracePeriodSeconds
HOST_USERS_SINCE: Final = 33  # the feature gate UserNamespacesSupport
_RESTARTS: Final = frozenset({"restartPolicy", "restartPolicyRules", "resizePolicy"})
_PULL_POLICIES: Final = frozenset({"Always", "IfNotPresent", "Never"})
_TERMINATION_POLICIES: Final = frozenset({"File", "FallbackToLogsOnError"})
_PROPAGATIONS: Final = frozenset({"None", "HostToContainer", "Bidirectional"})
_RECURSIVE: Final = frozenset({"Disabled", "IfPossible", "Enabled"})


#: Volume sources that a container can use as a block device.
_BLOCK: Final = frozenset({"persistentVolumeClaim", "ephemeral"})


def check_containers(manifest: Manifest, spec: dict[str, Any], steps: tuple[Step, ...], volumes: Volumes) -> None:
    """Check all containers of the pod spec at `steps`."""
    if not spec.get("containers"):
        manifest.report(
            NO_CONTAINERS, f"{path_text((*steps, 'containers'))} needs at least one container.", *steps, "containers"
        )
    named: list[tuple[Any, tuple[Step, ...]]] = []
    host_ports: list[tuple[Any, tuple[Step, ...]]] = []
    claims = {claim.get("name") for _, claim in entries(spec.get("resourceClaims"))}
    if spec.get("hostUsers") is False and manifest.minor >= HOST_USERS_SINCE:
        _check_host_users(manifest, spec, steps)
    if spec.get("ephemeralContainers"):
        message = "Ephemeral containers cannot be created with a pod; `kubectl debug` adds them to a running one."
        manifest.report_key(EPHEMERAL, message, *steps, "ephemeralContainers")
    for field in ("initContainers", "containers", "ephemeralContainers"):
        for at, container in placed(spec.get(field), *steps, field):
            named.append((container.get("name"), (*at, "name")))
            _check_container(manifest, container, at, volumes, claims)
            if container.get("ports"):
                network = bool(spec.get("hostNetwork"))
                _check_ports(manifest, container["ports"], (*at, "ports"), network)
                if field != "ephemeralContainers":
                    taken = _host_ports(manifest, container["ports"], (*at, "ports"), network)
                    if field == "containers":
                        host_ports += taken
                    else:  # init containers run one at a time
                        manifest.report_duplicates(DUPLICATE_PORT, taken, "the host port")
            if not _RESTARTS.isdisjoint(container):
                from iacrl.domains.kubernetes.rules.restarts import check_restarts

                check_restarts(manifest, container, spec.get("restartPolicy"), at, field)
            grace = spec.get("terminationGracePeriodSeconds")
            check_probes(manifest, container, at, field, _GRACE if grace is None else grace)
    if len(named) > 1:
        manifest.report_duplicates(DUPLICATE_CONTAINER, named, "the container name")
    if len(host_ports) > 1:
        manifest.report_duplicates(DUPLICATE_PORT, host_ports, "the host port")


def _check_host_users(manifest: Manifest, spec: dict[str, Any], steps: tuple[Step, ...]) -> None:
    """Report block devices of a pod with its own user namespace."""
    for field in ("initContainers", "containers"):
        for index, container in entries(spec.get(field)):
            if container.get("volumeDevices"):
                message = "hostUsers: false cannot be combined with volumeDevices."
                manifest.report_key(CONFLICT, message, *steps, field, index, "volumeDevices")


def _check_container(
    manifest: Manifest, container: dict[str, Any], at: tuple[Step, ...], volumes: Volumes, claims: set[str]
) -> None:
    name = container.get("name")
    if why := grammar.dns_label(name or ""):
        manifest.report(CONTAINER_NAME, f"{path_text((*at, 'name'))} {name!r}: {why}.", *at, "name")
    image = container.get("image")
    if not image:
        manifest.report(IMAGE, f"The container {name!r} has no image.", *at)
    elif manifest.kind == "Pod" and image.strip() != image:
        manifest.report(IMAGE, f"The image {image!r} has spaces around it.", *at, "image")
    for field, allowed in (("imagePullPolicy", _PULL_POLICIES), ("terminationMessagePolicy", _TERMINATION_POLICIES)):
        if field in container:
            manifest.one_of(container[field] or None, allowed, *at, field)
    if container.get("resources"):
        check_resources(manifest, container["resources"], *at, "resources", claims=claims)
    if container.get("env") or container.get("envFrom"):
        check_environment(manifest, container, at, volumes)
    if container.get("volumeMounts"):
        _check_mounts(manifest, container, at, volumes)
    if container.get("volumeDevices"):
        _check_devices(manifest, container, at, volumes)


def _check_ports(manifest: Manifest, ports: Any, steps: tuple[Step, ...], host_network: bool) -> None:
    names: list[tuple[Any, tuple[Step, ...]]] = []
    for at, port in placed(ports, *steps):
        if "name" in port and port["name"] and check_port_name(manifest, port["name"], *at, "name"):
            names.append((port["name"], (*at, "name")))
        number, host = port["containerPort"], port.get("hostPort")
        check_port_number(manifest, number, *at, "containerPort")
        if host:
            check_port_number(manifest, host, *at, "hostPort")
            if host_network and host != number:
                message = f"With hostNetwork, hostPort {host} must equal containerPort {number}."
                manifest.report(DUPLICATE_PORT, message, *at, "hostPort")
        manifest.one_of(port.get("protocol") or None, PROTOCOLS, *at, "protocol")
    if len(ports) > 1:
        manifest.report_duplicates(DUPLICATE_PORT, names, "the port name")


def _host_ports(manifest: Manifest, ports: Any, steps: tuple[Step, ...], network: bool) -> Named:
    found: list[tuple[Any, tuple[Step, ...]]] = []
    for index, port in entries(ports):
        host, field = port.get("hostPort"), "hostPort"
        if not host and network and manifest.kind == "Pod":
            host, field = port["containerPort"], "containerPort"  # a Pod's defaults; templates stay as they are
        if host:
            key = (port.get("protocol") or "TCP", port.get("hostIP") or "", host)
            found.append((key, (*steps, index, field)))
    return found


def _check_mounts(manifest: Manifest, container: dict[str, Any], at: tuple[Step, ...], volumes: Volumes) -> None:
    paths: list[tuple[Any, tuple[Step, ...]]] = []
    for here, mount in placed(container["volumeMounts"], *at, "volumeMounts"):
        if manifest.needs(mount, "name", *here) and mount["name"] not in volumes:
            _report_unknown(manifest, mount["name"], volumes, *here, "name")
        if manifest.needs(mount, "mountPath", *here):
            paths.append((mount["mountPath"], (*here, "mountPath")))
        for field in ("subPath", "subPathExpr"):
            if mount.get(field) and (why := grammar.relative_path(mount[field])):
                manifest.report(MOUNT_PATH, f"{field} {mount[field]!r}: {why}.", *here, field)
        if mount.get("subPath") and mount.get("subPathExpr"):
            manifest.report(MOUNT_PATH, "subPath and subPathExpr exclude each other.", *here, "subPathExpr")
        spread, recursive = mount.get("mountPropagation"), mount.get("recursiveReadOnly")
        manifest.one_of(spread, _PROPAGATIONS, *here, "mountPropagation")
        if spread == "Bidirectional" and not (container.get("securityContext") or {}).get("privileged"):
            message = "Bidirectional mount propagation is only for privileged containers."
            manifest.report(MOUNT_PATH, message, *here, "mountPropagation")
        manifest.one_of(recursive, _RECURSIVE, *here, "recursiveReadOnly")
        if recursive in {"IfPossible", "Enabled"} and (not mount.get("readOnly") or spread not in (None, "None")):
            message = f"recursiveReadOnly {recursive} needs readOnly: true and no mount propagation."
            manifest.report(CONFLICT, message, *here, "recursiveReadOnly")
    if len(paths) > 1:
        manifest.report_duplicates(MOUNT_PATH, paths, "the mount path")


def _check_devices(manifest: Manifest, container: dict[str, Any], at: tuple[Step, ...], volumes: Volumes) -> None:
    names: list[tuple[Any, tuple[Step, ...]]] = []
    paths: list[tuple[Any, tuple[Step, ...]]] = []
    mounted = {mount.get("name"): mount.get("mountPath") for _, mount in entries(container.get("volumeMounts"))}
    for here, device in placed(container["volumeDevices"], *at, "volumeDevices"):
        name, path = device["name"], device["devicePath"]
        names.append((name, (*here, "name")))
        if name not in volumes:
            _report_unknown(manifest, name, volumes, *here, "name")
        elif volumes[name] not in _BLOCK:
            message = f"The volume {name!r} of a device must be a persistentVolumeClaim or ephemeral."
            manifest.report(UNKNOWN_MOUNT, message, *here, "name")
        if name in mounted:
            manifest.report(MOUNT_PATH, f"The volume {name!r} is mounted, too.", *here, "name")
        if manifest.needs(device, "devicePath", *here):
            paths.append((path, (*here, "devicePath")))
            if ".." in path.split("/") or path in mounted.values():
                manifest.report(MOUNT_PATH, f"The device path {path!r} holds '..' or is taken.", *here, "devicePath")
    manifest.report_duplicates(MOUNT_PATH, names, "the device's volume")
    manifest.report_duplicates(MOUNT_PATH, paths, "the device path")


def _report_unknown(manifest: Manifest, name: str, volumes: Volumes, *steps: Step) -> None:
    known = f" Volumes: {', '.join(sorted(volumes)[:8])}." if volumes else " The pod has no volumes."
    manifest.report(UNKNOWN_MOUNT, f"No volume is named {name!r}.{known}", *steps)
