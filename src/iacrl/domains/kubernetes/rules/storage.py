"""PersistentVolumeClaims, PersistentVolumes and StorageClasses."""

from __future__ import annotations

from typing import Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.findings import Manifest
from iacrl.domains.kubernetes.rules.claims import ACCESS_MODES, VOLUME_MODES, check_claim
from iacrl.domains.kubernetes.rules.common import entries, follows, needs, one_of, quantity
from iacrl.domains.kubernetes.rules.names_labels import check_selector
from iacrl.domains.kubernetes.rules.sources import core, group
from iacrl.domains.kubernetes.rules.volumes import check_source
from iacrl.domains.rules import Rule

VOLUME = Rule(
    "KB463",
    "references",
    "Incomplete PersistentVolume",
    "A PersistentVolume has access modes, exactly one source and a capacity, which names storage and nothing "
    "else; a local volume also has node affinity.",
    core("ValidatePersistentVolumeSpec"),
)
STORAGE_CLASS = Rule(
    "KB464",
    "references",
    "Bad StorageClass",
    "A StorageClass names its provisioner, as a qualified name; its parameters have keys, and hold at most 256 KiB; "
    "its topologies name different values.",
    group("storage", "ValidateStorageClass"),
)

RULES: tuple[Rule, ...] = (VOLUME, STORAGE_CLASS)

_MOST_PARAMETERS: Final = 256 * 1024
_RECLAIM: Final = frozenset({"Retain", "Delete", "Recycle"})
_BINDING: Final = frozenset({"Immediate", "WaitForFirstConsumer"})
#: The fields of a PersistentVolume's spec that are no sources.
_SETTINGS: Final = frozenset(
    {
        "accessModes", "capacity", "claimRef", "mountOptions", "nodeAffinity", "persistentVolumeReclaimPolicy",
        "storageClassName", "volumeAttributesClassName", "volumeMode",
    }
)  # fmt: skip


def check_persistent_volume_claim(manifest: Manifest) -> None:
    """Check a PersistentVolumeClaim."""
    spec = manifest.values.get("spec") or {}
    check_claim(manifest, spec, "spec")
    check_selector(manifest, spec.get("selector"), "spec", "selector")


def check_persistent_volume(manifest: Manifest) -> None:
    """Check a PersistentVolume."""
    spec = manifest.values.get("spec") or {}
    if not spec.get("accessModes"):
        manifest.report(VOLUME, "A PersistentVolume needs at least one access mode.", "spec")
    for index, mode in entries(spec.get("accessModes")):
        one_of(manifest, mode, ACCESS_MODES, "spec", "accessModes", index)
    if "ReadWriteOncePod" in (spec.get("accessModes") or ()) and len(spec["accessModes"]) > 1:
        manifest.report(VOLUME, "ReadWriteOncePod stands alone or not at all.", "spec", "accessModes")
    capacity = spec.get("capacity") or {}
    if list(capacity) != ["storage"]:
        manifest.report(VOLUME, "The capacity names storage and nothing else.", "spec", "capacity")
    for name, amount in capacity.items():
        quantity(manifest, amount, "spec", "capacity", name, positive=True)
    sources = [field for field, value in spec.items() if field not in _SETTINGS and value is not None]
    if len(sources) != 1:
        have = f"it has {', '.join(sources)}" if sources else "it has none"
        manifest.report(VOLUME, f"A PersistentVolume has exactly one source; {have}.", "spec")
    for field in sources:
        check_source(manifest, field, spec[field], ("spec", field))
    if spec.get("csi"):
        needs(manifest, spec["csi"], "volumeHandle", "spec", "csi")
    affinity = spec.get("nodeAffinity")
    if affinity is not None and not (affinity.get("required") or {}).get("nodeSelectorTerms"):
        manifest.report(VOLUME, "nodeAffinity needs required nodeSelectorTerms.", "spec", "nodeAffinity")
    if spec.get("persistentVolumeReclaimPolicy") == "Recycle" and (spec.get("hostPath") or {}).get("path") == "/":
        manifest.report(VOLUME, "The root of a node cannot be recycled.", "spec", "persistentVolumeReclaimPolicy")
    if spec.get("local") and not spec.get("nodeAffinity"):
        manifest.report(VOLUME, "A local volume needs nodeAffinity.", "spec")
    one_of(manifest, spec.get("persistentVolumeReclaimPolicy"), _RECLAIM, "spec", "persistentVolumeReclaimPolicy")
    one_of(manifest, spec.get("volumeMode"), VOLUME_MODES, "spec", "volumeMode")
    if spec.get("storageClassName"):
        follows(manifest, spec["storageClassName"], grammar.dns_subdomain, "spec", "storageClassName")
    if spec.get("volumeAttributesClassName") is not None and needs(manifest, spec, "volumeAttributesClassName", "spec"):
        follows(manifest, spec["volumeAttributesClassName"], grammar.dns_subdomain, "spec", "volumeAttributesClassName")
        if not spec.get("csi"):
            manifest.report(
                VOLUME, "volumeAttributesClassName goes with csi only.", "spec", "volumeAttributesClassName"
            )


def check_storage_class(manifest: Manifest) -> None:
    """Check a StorageClass."""
    values = manifest.values
    provisioner = values.get("provisioner")
    if not provisioner:
        manifest.report(STORAGE_CLASS, "A StorageClass needs a provisioner.")
    elif why := grammar.qualified_name(provisioner.lower()):
        manifest.report(STORAGE_CLASS, f"The provisioner {provisioner!r}: {why}.", "provisioner")
    if "" in (values.get("parameters") or {}):
        manifest.report(STORAGE_CLASS, "A parameter has an empty key.", "parameters")
    size = sum(len(key) + len(value or "") for key, value in (values.get("parameters") or {}).items())
    if size > _MOST_PARAMETERS:
        manifest.report(STORAGE_CLASS, "The parameters hold more than 256 KiB.", "parameters")
    for index, term in entries(values.get("allowedTopologies")):
        for place, each in entries(term.get("matchLabelExpressions")):
            named = each.get("values") or []
            if not named or len(set(named)) != len(named):
                here = ("allowedTopologies", index, "matchLabelExpressions", place)
                manifest.report(STORAGE_CLASS, "A topology needs values, each once.", *here)
    one_of(manifest, values.get("reclaimPolicy"), ("Delete", "Retain"), "reclaimPolicy")
    one_of(manifest, values.get("volumeBindingMode"), _BINDING, "volumeBindingMode")
