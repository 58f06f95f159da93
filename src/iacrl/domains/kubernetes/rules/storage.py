"""PersistentVolumeClaims, PersistentVolumes and StorageClasses."""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import entries
from iacrl.domains.kubernetes.rules.rule_sources import core, group
from iacrl.domains.kubernetes.rules.scheduling import check_node_term
from iacrl.domains.kubernetes.rules.volume_claims import VOLUME_MODES, check_access_modes, check_claim
from iacrl.domains.kubernetes.rules.volume_sources import check_source
from iacrl.domains.rules import coded_rule

VOLUME = coded_rule(
    "KB463",
    "Incomplete PersistentVolume",
    "A PersistentVolume has access modes, exactly one source and a capacity, which names storage and nothing "
    "else; a local volume also has node affinity.",
    core("ValidatePersistentVolumeSpec"),
)
STORAGE_CLASS = coded_rule(
    "KB464",
    "Bad StorageClass",
    "A StorageClass names its provisioner, as a qualified name; its parameters have keys, and hold at most 256 KiB; "
    "its topologies name different values.",
    group("storage", "ValidateStorageClass"),
)

_ATTRIBUTES_SINCE: Final = 34  # the feature gate VolumeAttributesClass
_MOST_PARAMETERS: Final = 256 * 1024
_RECLAIM: Final = frozenset({"Retain", "Delete", "Recycle"})
_BINDING: Final = frozenset({"Immediate", "WaitForFirstConsumer"})
#: The fields of a PersistentVolume's spec that are not sources.
_SETTINGS: Final = frozenset(
    {
        "accessModes", "capacity", "claimRef", "mountOptions", "nodeAffinity", "persistentVolumeReclaimPolicy",
        "storageClassName", "volumeAttributesClassName", "volumeMode",
    }
)  # fmt: skip


#: Sources that the server checks before flexVolume.
_BEFORE_FLEX: Final = frozenset(
    {
        "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "glusterfs", "flocker", "nfs", "rbd", "quobyte",
        "cephfs", "iscsi", "cinder", "fc",
    }
)  # fmt: skip


def check_persistent_volume_claim(manifest: Manifest) -> None:
    """Check a PersistentVolumeClaim."""
    spec = manifest.values.get("spec") or {}
    check_claim(manifest, spec, "spec")


def check_persistent_volume(manifest: Manifest) -> None:
    """Check a PersistentVolume."""
    spec = manifest.values.get("spec") or {}
    if not spec.get("accessModes"):
        manifest.report(VOLUME, "A PersistentVolume needs at least one access mode.", "spec")
    check_access_modes(manifest, spec.get("accessModes"), "spec", "accessModes")
    capacity = spec.get("capacity") or {}
    if list(capacity) != ["storage"]:
        manifest.report(VOLUME, "The capacity names storage and nothing else.", "spec", "capacity")
    for name, amount in capacity.items():
        manifest.quantity(amount, "spec", "capacity", name, positive=True)
    sources = [field for field, value in spec.items() if field not in _SETTINGS and value is not None]
    beside = [field for field in sources if field != "flexVolume"]
    # The server does not count flexVolume if another source comes before it in its own order.
    if len(beside if beside and _BEFORE_FLEX.issuperset(beside) else sources) != 1:
        have = f"it has {', '.join(sources)}" if sources else "it has none"
        manifest.report(VOLUME, f"A PersistentVolume has exactly one source; {have}.", "spec")
    for field in sources:
        check_source(manifest, field, spec[field], ("spec", field))
    affinity = spec.get("nodeAffinity")
    if affinity is not None:
        if not (affinity.get("required") or {}).get("nodeSelectorTerms"):
            manifest.report(VOLUME, "nodeAffinity needs required nodeSelectorTerms.", "spec", "nodeAffinity")
        for index, term in entries((affinity.get("required") or {}).get("nodeSelectorTerms")):
            check_node_term(manifest, term, "spec", "nodeAffinity", "required", "nodeSelectorTerms", index)
    if spec.get("persistentVolumeReclaimPolicy") == "Recycle" and (spec.get("hostPath") or {}).get("path") == "/":
        manifest.report(VOLUME, "The root of a node cannot be recycled.", "spec", "persistentVolumeReclaimPolicy")
    if spec.get("local") and not spec.get("nodeAffinity"):
        manifest.report(VOLUME, "A local volume needs nodeAffinity.", "spec")
    manifest.one_of(
        spec.get("persistentVolumeReclaimPolicy") or None, _RECLAIM, "spec", "persistentVolumeReclaimPolicy"
    )
    manifest.one_of(spec.get("volumeMode"), VOLUME_MODES, "spec", "volumeMode")
    manifest.follows(spec.get("storageClassName") or None, grammar.dns_subdomain, "spec", "storageClassName")
    given = spec.get("volumeAttributesClassName") is not None and manifest.minor >= _ATTRIBUTES_SINCE
    if given and manifest.needs(spec, "volumeAttributesClassName", "spec"):
        manifest.follows(spec["volumeAttributesClassName"], grammar.dns_subdomain, "spec", "volumeAttributesClassName")
        if not spec.get("csi"):
            manifest.report(VOLUME, "volumeAttributesClassName is only for csi.", "spec", "volumeAttributesClassName")


def _check_topologies(manifest: Manifest, terms: Any) -> None:
    """Check allowedTopologies: `ValidateTopologySelectorTerm`."""
    seen: list[dict[str, set[str]]] = [{}]  # the server treats an empty term as one that existed before
    for index, term in entries(terms):
        at = ("allowedTopologies", index, "matchLabelExpressions")
        named: dict[str, set[str]] = {}
        for place, each in entries(term.get("matchLabelExpressions")):
            values = each.get("values") or []
            if not values or len(set(values)) != len(values):
                manifest.report(STORAGE_CLASS, "A topology needs values, each once.", *at, place)
            if each["key"] in named:
                manifest.report(STORAGE_CLASS, f"The key {each['key']!r} is given twice.", *at, place, "key")
            named[each["key"]] = set(values)
            manifest.follows(each["key"], grammar.qualified_name, *at, place, "key")
        if named in seen:
            manifest.report(STORAGE_CLASS, "This topology is given twice.", "allowedTopologies", index)
        seen.append(named)


def check_attributes_class(manifest: Manifest) -> None:
    """Check a VolumeAttributesClass: `ValidateVolumeAttributesClass`."""
    driver = manifest.values.get("driverName")
    if manifest.needs(manifest.values, "driverName"):
        manifest.follows(str(driver).lower(), grammar.qualified_name, "driverName")
    manifest.needs(manifest.values, "parameters")
    _check_parameters(manifest)


def _check_parameters(manifest: Manifest) -> None:
    parameters = manifest.values.get("parameters") or {}
    if "" in parameters:
        manifest.report(STORAGE_CLASS, "A parameter has an empty key.", "parameters")
    if sum(len(key) + len(value or "") for key, value in parameters.items()) > _MOST_PARAMETERS:
        manifest.report(STORAGE_CLASS, "The parameters hold more than 256 KiB.", "parameters")


def check_storage_class(manifest: Manifest) -> None:
    """Check a StorageClass."""
    values = manifest.values
    provisioner = values.get("provisioner")
    if not provisioner:
        manifest.report(STORAGE_CLASS, "A StorageClass needs a provisioner.")
    elif why := grammar.qualified_name(provisioner.lower()):
        manifest.report(STORAGE_CLASS, f"The provisioner {provisioner!r}: {why}.", "provisioner")
    _check_parameters(manifest)
    _check_topologies(manifest, values.get("allowedTopologies"))
    manifest.one_of(values.get("reclaimPolicy") or None, ("Delete", "Retain"), "reclaimPolicy")
    manifest.one_of(values.get("volumeBindingMode"), _BINDING, "volumeBindingMode")
