"""The volumes of a pod."""

from __future__ import annotations

import re
from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.findings import Manifest
from iacrl.domains.kubernetes.rules.claims import check_claim
from iacrl.domains.kubernetes.rules.common import (
    CONFLICT,
    MALFORMED,
    Step,
    entries,
    follows,
    needs,
    one_of,
    quantity,
    report_duplicates,
    within,
)
from iacrl.domains.kubernetes.rules.environment import check_field_path, check_resource_field
from iacrl.domains.kubernetes.rules.sources import core
from iacrl.domains.paths import path_text
from iacrl.domains.rules import Rule

VOLUME_NAME = Rule(
    "KB429",
    "references",
    "Malformed volume name",
    "A volume's name is an RFC 1123 label, and no other volume of the pod has it.",
    core("ValidateVolumes"),
)
VOLUME_SOURCE = Rule(
    "KB430",
    "references",
    "Several volume sources",
    "A volume comes from one source (with none it is an emptyDir); each part of a projected volume from exactly one.",
    core("validateVolumeSource"),
)
VOLUME_PATH = Rule(
    "KB431",
    "references",
    "Bad path in a volume",
    "Paths inside a volume are relative, without '..', and each stands once in a projected volume; a hostPath holds "
    "no '..'.",
    core("validateLocalNonReservedPath, validatePathNoBacksteps, validateProjectionSources"),
)
RULES: tuple[Rule, ...] = (VOLUME_NAME, VOLUME_SOURCE, VOLUME_PATH)

_HOST_PATH_TYPES: Final = frozenset(
    {"", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"}
)
_ISCSI_NAME: Final = re.compile(r"iqn\.\d{4}-\d{2}\.[A-Za-z0-9.-]+:[^,;*&$|\s]+$|eui\.|naa\.")
_PROJECTED: Final = (
    "secret",
    "configMap",
    "downwardAPI",
    "serviceAccountToken",
    "clusterTrustBundle",
    "podCertificate",
)


def check_volumes(manifest: Manifest, volumes: Any, *steps: Step) -> dict[str, str]:
    """Check the volumes of a pod; return the source of each by its name, empty where it has none."""
    names: list[tuple[Any, tuple[Step, ...]]] = []
    found: dict[str, str] = {}
    for index, volume in entries(volumes):
        at = (*steps, index)
        name = volume.get("name") or ""
        if why := grammar.dns_label(name):
            manifest.report(VOLUME_NAME, f"The volume name {name!r}: {why}.", *at, *(["name"] if name else []))
        names.append((name, (*at, "name")))
        sources = [field for field, value in volume.items() if field != "name" and value is not None]
        found[name] = sources[0] if sources else ""
        if len(sources) > 1:
            message = f"The volume {name!r} has {len(sources)} sources: {', '.join(sources)}."
            manifest.report(VOLUME_SOURCE, message, *at)
        for source in sources:
            check_source(manifest, source, volume[source], (*at, source))
    report_duplicates(manifest, VOLUME_NAME, names, "the volume name")
    return found


def _check_items(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    within(manifest, source.get("defaultMode"), 0, 0o777, *at, "defaultMode")
    for index, item in entries(source.get("items")):
        here = (*at, "items", index)
        needs(manifest, item, "key", *here)
        within(manifest, item.get("mode"), 0, 0o777, *here, "mode")
        if needs(manifest, item, "path", *here):
            _check_path(manifest, item["path"], *here, "path")


def _check_path(manifest: Manifest, path: str, *steps: Step) -> None:
    if why := grammar.relative_path(path):
        manifest.report(VOLUME_PATH, f"{path_text(steps)} {path!r}: {why}.", *steps)


def _check_config_map(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    needs(manifest, source, "name", *at)
    _check_items(manifest, source, at)


def _check_secret(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    needs(manifest, source, "secretName", *at)
    _check_items(manifest, source, at)


def _check_host_path(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    if ".." in source["path"].split("/"):
        manifest.report(VOLUME_PATH, f"The hostPath {source['path']!r} holds '..'.", *at, "path")
    one_of(manifest, source.get("type"), _HOST_PATH_TYPES, *at, "type")


def _check_empty_dir(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    quantity(manifest, source.get("sizeLimit"), *at, "sizeLimit")


def _check_nfs(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    if source["path"] and not source["path"].startswith("/"):
        manifest.report(VOLUME_PATH, f"The path {source['path']!r} must be absolute.", *at, "path")


def _check_downward(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    within(manifest, source.get("defaultMode"), 0, 0o777, *at, "defaultMode")
    for index, item in entries(source.get("items")):
        here = (*at, "items", index)
        if needs(manifest, item, "path", *here):
            _check_path(manifest, item["path"], *here, "path")
        given = [field for field in ("fieldRef", "resourceFieldRef") if item.get(field) is not None]
        if len(given) != 1:
            manifest.report(VOLUME_SOURCE, f"{path_text(here)} needs one of fieldRef and resourceFieldRef.", *here)
        for field in given:
            check = check_field_path if field == "fieldRef" else check_resource_field
            check(manifest, item[field], (*here, field), in_volume=True)


def _check_projected(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    within(manifest, source.get("defaultMode"), 0, 0o777, *at, "defaultMode")
    paths: list[tuple[Any, tuple[Step, ...]]] = []
    for index, part in entries(source.get("sources")):
        here = (*at, "sources", index)
        given = [field for field in _PROJECTED if part.get(field) is not None]
        if len(given) > 1:
            manifest.report(VOLUME_SOURCE, f"{path_text(here)} has one of {', '.join(_PROJECTED)}.", *here)
        for field in given:
            for place, item in entries(part[field].get("items")):
                paths.append((item.get("path"), (*here, field, "items", place, "path")))
            if field in {"configMap", "secret"}:
                _check_config_map(manifest, part[field], (*here, field))
            elif field == "downwardAPI":
                _check_downward(manifest, part[field], (*here, field))
            elif field == "serviceAccountToken":
                within(manifest, part[field].get("expirationSeconds"), 600, 2**32, *here, field, "expirationSeconds")
                if needs(manifest, part[field], "path", *here, field):
                    _check_path(manifest, part[field]["path"], *here, field, "path")
    report_duplicates(manifest, VOLUME_PATH, paths, "the path")


def _check_ephemeral(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    if needs(manifest, source, "volumeClaimTemplate", *at):
        template = source["volumeClaimTemplate"]
        for field in (template.get("metadata") or {}).keys() - {"annotations", "labels"}:
            message = "The claim of an ephemeral volume is named by the API server: it has labels and annotations only."
            manifest.report_key(CONFLICT, message, *at, "volumeClaimTemplate", "metadata", field)
        check_claim(manifest, template.get("spec") or {}, *at, "volumeClaimTemplate", "spec")


def _check_fibre_channel(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    by_name = bool(source.get("targetWWNs"))
    if by_name is bool(source.get("wwids")) or (by_name and source.get("lun") is None):
        manifest.report(VOLUME_SOURCE, "Fibre Channel needs either targetWWNs and a lun, or wwids.", *at)
    if by_name:
        within(manifest, source.get("lun"), 0, 255, *at, "lun")


def _check_iscsi(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    within(manifest, source.get("lun"), 0, 255, *at, "lun")
    for field in ("iqn", "initiatorName"):
        name = source.get(field)
        if name and not _ISCSI_NAME.match(name):
            message = f"{field} {name!r} is no iSCSI name such as iqn.2001-04.com.example:storage."
            manifest.report(MALFORMED, message, *at, field)


def _check_disk(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    within(manifest, source.get("partition"), 0, 255, *at, "partition")


def _check_driver(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    if source["driver"]:
        follows(manifest, source["driver"].lower(), grammar.dns_subdomain, *at, "driver")


def _check_image(manifest: Manifest, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    one_of(manifest, source.get("pullPolicy") or None, ("Always", "IfNotPresent", "Never"), *at, "pullPolicy")


#: The fields of each source that may not be empty, in a pod and in a PersistentVolume.
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
    "portworxVolume": ("volumeID",),
    "quobyte": ("registry", "volume"),
    "rbd": ("monitors", "image"),
    "scaleIO": ("gateway", "system", "volumeName"),
    "vsphereVolume": ("volumePath",),
}


def check_source(manifest: Manifest, kind: str, source: dict[str, Any], at: tuple[Step, ...]) -> None:
    """Check one source of a volume, of a pod's or of a PersistentVolume."""
    for field in _NEEDED.get(kind, ()):
        needs(manifest, source, field, *at)
    check = _CHECKS.get(kind)
    if check is not None:
        check(manifest, source, at)


_CHECKS: Final = {
    "configMap": _check_config_map,
    "secret": _check_secret,
    "hostPath": _check_host_path,
    "emptyDir": _check_empty_dir,
    "nfs": _check_nfs,
    "downwardAPI": _check_downward,
    "projected": _check_projected,
    "ephemeral": _check_ephemeral,
    "awsElasticBlockStore": _check_disk,
    "gcePersistentDisk": _check_disk,
    "csi": _check_driver,
    "fc": _check_fibre_channel,
    "iscsi": _check_iscsi,
    "image": _check_image,
}
