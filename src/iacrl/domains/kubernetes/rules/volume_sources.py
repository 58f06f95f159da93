"""The volume sources that pods and PersistentVolumes share.

Source: the functions `validate…VolumeSource` in `pkg/apis/core/validation/validation.go`.
"""

from __future__ import annotations

import re
from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import CONFLICT, MALFORMED, Step
from iacrl.domains.kubernetes.rules.drivers import check_driver_name

_HOST_PATH_TYPES: Final = frozenset(
    {"", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"}
)
_ISCSI_NAME: Final = re.compile(r"iqn\.\d{4}-\d{2}\.[A-Za-z0-9.-]+:[^,;*&$|\s]+$|eui\.|naa\.")
_CACHING: Final = ("None", "ReadOnly", "ReadWrite")
_DISK_KINDS: Final = ("Dedicated", "Managed", "Shared")
_RESERVED: Final = (".kubernetes.io", ".k8s.io")
#: The required fields of each source, in a pod and in a PersistentVolume.
_NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "awsElasticBlockStore": ("volumeID",),
    "azureDisk": ("diskName", "diskURI"),
    "azureFile": ("secretName", "shareName"),
    "cephfs": ("monitors",),
    "cinder": ("volumeID",),
    "csi": ("driver",),
    "flexVolume": ("driver",),
    "gcePersistentDisk": ("pdName",),
    "gitRepo": ("repository",),
    "glusterfs": ("endpoints", "path"),
    "hostPath": ("path",),
    "image": ("reference",),
    "iscsi": ("targetPortal", "iqn"),
    "local": ("path",),
    "nfs": ("server", "path"),
    "persistentVolumeClaim": ("claimName",),
    "photonPersistentDisk": ("pdID",),
    "portworxVolume": ("volumeID",),
    "quobyte": ("registry", "volume"),
    "rbd": ("monitors", "image"),
    "scaleIO": ("gateway", "system", "volumeName"),
    "storageos": ("volumeName",),
    "vsphereVolume": ("volumePath",),
}


def check_source(manifest: Manifest, kind: str, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    """Check one source of a pod's volume or of a PersistentVolume."""
    for field in _NEEDED.get(kind, ()):
        manifest.needs(source, field, *at)
    check = _CHECKS.get(kind)
    if check is not None:
        check(manifest, source, at)


def _check_host_path(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    if ".." in source["path"].split("/"):
        manifest.report(MALFORMED, f"The hostPath {source['path']!r} holds '..'.", *at, "path")
    manifest.one_of(source.get("type"), _HOST_PATH_TYPES, *at, "type")


def _check_nfs(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    if source["path"] and not source["path"].startswith("/"):
        manifest.report(MALFORMED, f"The path {source['path']!r} must be absolute.", *at, "path")


def _check_local(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    if ".." in source["path"].split("/"):
        manifest.report(MALFORMED, f"The path {source['path']!r} holds '..'.", *at, "path")


def _check_git(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    manifest.follows(source.get("directory") or None, grammar.relative_path, *at, "directory")


def _check_fibre_channel(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    by_name = bool(source.get("targetWWNs"))
    if by_name is bool(source.get("wwids")) or (by_name and source.get("lun") is None):
        manifest.report(CONFLICT, "Fibre Channel needs either targetWWNs and a lun, or wwids.", *at)
    if by_name:
        manifest.within(source.get("lun"), 0, 255, *at, "lun")


def _check_iscsi(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    manifest.within(source.get("lun"), 0, 255, *at, "lun")
    for field in ("iqn", "initiatorName"):
        name = source.get(field)
        if name and not _ISCSI_NAME.match(name):
            message = f"{field} {name!r} is not an iSCSI name such as iqn.2001-04.com.example:storage."
            manifest.report(MALFORMED, message, *at, field)
    if source.get("initiatorName") == "":
        manifest.needs(source, "initiatorName", *at)
    if (source.get("chapAuthDiscovery") or source.get("chapAuthSession")) and source.get("secretRef") is None:
        manifest.needs(source, "secretRef", *at)
    if source.get("secretRef") is not None:
        manifest.needs(source["secretRef"], "name", *at, "secretRef")


def _check_disk(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    manifest.within(source.get("partition"), 0, 255, *at, "partition")


def _check_azure_disk(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    manifest.one_of(source.get("cachingMode"), _CACHING, *at, "cachingMode")
    manifest.one_of(source.get("kind"), _DISK_KINDS, *at, "kind")
    managed = source.get("kind") == "Managed"
    start = "/subscriptions/" if managed else "https://"
    if not source["diskURI"].startswith(start):
        message = f"The diskURI {source['diskURI']!r} must begin with {start}."
        manifest.report(MALFORMED, message, *at, "diskURI")


def _check_azure_file(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    if source.get("secretNamespace") == "":
        manifest.needs(source, "secretNamespace", *at)


def _check_csi(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    if source["driver"]:
        check_driver_name(manifest, source["driver"], *at, "driver")
    in_pod = at[-2] != "spec" or manifest.kind != "PersistentVolume"
    for field, value in source.items():
        if field.endswith("SecretRef") and field != "nodeStageSecretRef" and value is not None:
            manifest.must_follow(value, "name", grammar.dns_subdomain, *at, field)
            if not in_pod and manifest.needs(value, "namespace", *at, field):
                manifest.follows(value["namespace"], grammar.dns_label, *at, field, "namespace")
    if not in_pod:
        manifest.needs(source, "volumeHandle", *at)


def _check_flex(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    for key in source.get("options") or {}:
        domain, slash, _ = key.partition("/")
        if slash and key.count("/") == 1 and f".{domain.lower()}".endswith(_RESERVED):
            message = "Options of the domains kubernetes.io and k8s.io are reserved."
            manifest.report_key(MALFORMED, message, *at, "options", key)


def _check_flocker(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    if bool(source.get("datasetName")) == bool(source.get("datasetUUID")):
        manifest.report(CONFLICT, "Flocker needs datasetName or datasetUUID, one of the two.", *at)
    if "/" in (source.get("datasetName") or ""):
        manifest.report(MALFORMED, "A datasetName holds no '/'.", *at, "datasetName")


def _check_quobyte(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    for pair in source["registry"].split(",") if source["registry"] else ():
        host, colon, port = pair.rpartition(":")
        if not colon or not host or not port:
            manifest.report(MALFORMED, "The registry is host:port, or several between commas.", *at, "registry")
            return


def _check_storage_os(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    for field in ("volumeName", "volumeNamespace"):
        manifest.follows(source.get(field) or None, grammar.dns_label, *at, field)
    _check_secret(manifest, source, at)


def _check_secret(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    if source.get("secretRef") is not None:
        manifest.needs(source["secretRef"], "name", *at, "secretRef")


def _check_image(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    manifest.one_of(source.get("pullPolicy") or None, ("Always", "IfNotPresent", "Never"), *at, "pullPolicy")
    reference = source.get("reference") or ""
    if reference and manifest.kind == "Pod" and reference != reference.strip():
        manifest.report(MALFORMED, "The reference has blanks around it.", *at, "reference")


_CHECKS: Final = {
    "hostPath": _check_host_path,
    "nfs": _check_nfs,
    "local": _check_local,
    "gitRepo": _check_git,
    "awsElasticBlockStore": _check_disk,
    "gcePersistentDisk": _check_disk,
    "azureDisk": _check_azure_disk,
    "azureFile": _check_azure_file,
    "cinder": _check_secret,
    "csi": _check_csi,
    "fc": _check_fibre_channel,
    "flexVolume": _check_flex,
    "flocker": _check_flocker,
    "iscsi": _check_iscsi,
    "image": _check_image,
    "quobyte": _check_quobyte,
    "storageos": _check_storage_os,
}
