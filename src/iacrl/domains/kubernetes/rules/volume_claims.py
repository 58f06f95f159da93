"""What a PersistentVolumeClaim requests, as a separate object or inside a StatefulSet or a volume."""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import Step, entries
from iacrl.domains.kubernetes.rules.names_labels import check_selector
from iacrl.domains.kubernetes.rules.rule_sources import page
from iacrl.domains.paths import path_text
from iacrl.domains.rules import coded_rule

CLAIM = coded_rule(
    "KB432",
    "Incomplete claim",
    "A PersistentVolumeClaim has access modes and asks for storage; a data source of another kind than a claim has an "
    "apiGroup, and equals the dataSourceRef if there is one.",
    page("concepts/storage/persistent-volumes") + "#persistentvolumeclaims",
)

ACCESS_MODES: Final = frozenset({"ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"})
VOLUME_MODES: Final = frozenset({"Filesystem", "Block"})


def check_claim(manifest: Manifest, spec: dict[str, Any], *steps: Step) -> None:
    """Check the spec of a PersistentVolumeClaim or of its template."""
    modes = spec.get("accessModes")
    if not modes:
        manifest.report(CLAIM, f"{path_text((*steps, 'accessModes'))} needs at least one access mode.", *steps)
    check_access_modes(manifest, modes, *steps, "accessModes")
    requests = (spec.get("resources") or {}).get("requests") or {}
    if "storage" not in requests:
        manifest.report(CLAIM, f"{path_text((*steps, 'resources', 'requests', 'storage'))} is required.", *steps)
    manifest.quantity(requests.get("storage"), *steps, "resources", "requests", "storage", positive=True)
    _check_sources(manifest, spec, *steps)
    manifest.one_of(spec.get("volumeMode"), VOLUME_MODES, *steps, "volumeMode")
    manifest.follows(spec.get("storageClassName") or None, grammar.dns_subdomain, *steps, "storageClassName")
    if spec.get("volumeAttributesClassName") and manifest.minor >= 34:
        manifest.follows(spec["volumeAttributesClassName"], grammar.dns_subdomain, *steps, "volumeAttributesClassName")
    check_selector(manifest, spec.get("selector"), *steps, "selector")


def check_access_modes(manifest: Manifest, modes: Any, *steps: Step) -> None:
    """Check the access modes of a claim or of a PersistentVolume."""
    for index, mode in entries(modes):
        manifest.one_of(mode, ACCESS_MODES, *steps, index)
    if modes and "ReadWriteOncePod" in modes and set(modes) != {"ReadWriteOncePod"}:
        manifest.report(CLAIM, "ReadWriteOncePod must be the only access mode.", *steps)


def _check_sources(manifest: Manifest, spec: dict[str, Any], *steps: Step) -> None:
    """Check dataSource and dataSourceRef.

    When a claim is created, the server drops a reference into another namespace (its feature gate is off). Then it
    drops a lone dataSource that is neither a claim nor a snapshot: `DropDisabledFields` and
    `EnforceDataSourceBackwardsCompatibility` in `pkg/api/persistentvolumeclaim/util.go`. The template of a claim stays
    as it is.
    """
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    if manifest.kind == "PersistentVolumeClaim":
        if reference is not None and reference.get("namespace"):
            reference = None
        if source is not None and reference is None and not _is_claim_or_snapshot(source):
            source = None
    for field, given in (("dataSource", source), ("dataSourceRef", reference)):
        if given is not None:
            _check_source(manifest, given, *steps, field)
    if reference is not None and reference.get("namespace"):
        manifest.follows(reference["namespace"], grammar.dns_label, *steps, "dataSourceRef", "namespace")
        if source is not None:
            message = "A dataSourceRef with a namespace cannot be combined with a dataSource."
            manifest.report(CLAIM, message, *steps, "dataSource")
    elif source is not None and reference is not None and _differ(source, reference):
        manifest.report(CLAIM, "dataSource and dataSourceRef name different sources.", *steps, "dataSourceRef")


def _is_claim_or_snapshot(source: dict[str, Any]) -> bool:
    named = (source.get("apiGroup") or "", source.get("kind"))
    return named in {("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot")}


def _check_source(manifest: Manifest, source: dict[str, Any], *at: Step) -> None:
    for part in ("kind", "name"):
        manifest.needs(source, part, *at)
    if source.get("apiGroup"):
        manifest.follows(source["apiGroup"], grammar.dns_subdomain, *at, "apiGroup")
    elif source.get("kind") != "PersistentVolumeClaim":
        manifest.report(CLAIM, "Only a PersistentVolumeClaim is of the core group: name the apiGroup.", *at)


def _differ(source: dict[str, Any], other: dict[str, Any]) -> bool:
    return any((source.get(part) or "") != (other.get(part) or "") for part in ("apiGroup", "kind", "name"))
