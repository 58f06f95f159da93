"""Objects that API servers write about themselves: lease candidates, storage versions, migrations, states of pools.

Source: `coordination`, `apiserverinternal`, `storagemigration` and `resource` in `pkg/apis`
"""

from __future__ import annotations

from typing import Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.cel.library import Semver, read_semver
from iacrl.domains.kubernetes.cel.nodes import CelError
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import MALFORMED, OUT_OF_RANGE
from iacrl.domains.kubernetes.rules.devices import pool_name

_OLDEST: Final = "OldestEmulationVersion"
_MOST_POOLS: Final = 1000


def check_lease_candidate(manifest: Manifest) -> None:
    """Check a LeaseCandidate."""
    spec = manifest.values.get("spec") or {}
    manifest.needs(spec, "leaseName", "spec")
    if manifest.needs(spec, "strategy", "spec"):
        if "/" in spec["strategy"]:
            manifest.follows(spec["strategy"], grammar.qualified_name, "spec", "strategy")
        else:
            manifest.one_of(spec["strategy"], (_OLDEST,), "spec", "strategy")
    if spec.get("strategy") == _OLDEST:
        manifest.needs(spec, "emulationVersion", "spec")
    manifest.needs(spec, "binaryVersion", "spec")
    binary, emulated = (_version(manifest, spec.get(field), field) for field in ("binaryVersion", "emulationVersion"))
    if binary is not None and emulated is not None and binary < emulated:
        manifest.report(OUT_OF_RANGE, "emulationVersion is later than binaryVersion.", "spec", "emulationVersion")


def _version(manifest: Manifest, text: str | None, field: str) -> Semver | None:
    if not text:
        return None
    try:
        return read_semver(text)
    except CelError:
        manifest.report(MALFORMED, f"spec.{field} {text!r} is not a version such as 1.37.0.", "spec", field)
        return None


def check_storage_version(manifest: Manifest) -> None:
    """Check a StorageVersion, whose name and generateName are a group and a resource."""
    metadata = manifest.values.get("metadata") or {}
    for field in ("name", "generateName"):
        name = metadata.get(field) or ""
        group, dot, resource = name.rpartition(".")
        if name and (not dot or grammar.dns_subdomain(group) or grammar.dns_1035_label(resource)):
            message = f"metadata.{field} {name!r} must be a group and a resource, such as apps.deployments."
            manifest.report(MALFORMED, message, "metadata", field)


def check_migration(manifest: Manifest) -> None:
    """Check a StorageVersionMigration."""
    resource = (manifest.values.get("spec") or {}).get("resource") or {}
    manifest.follows(resource.get("group") or None, grammar.dns_subdomain, "spec", "resource", "group")
    manifest.must_follow(resource, "resource", grammar.dns_1035_label, "spec", "resource")


def check_pool_status_request(manifest: Manifest) -> None:
    """Check a ResourcePoolStatusRequest."""
    spec = manifest.values.get("spec") or {}
    if manifest.needs(spec, "driver", "spec"):
        manifest.follows(spec["driver"].lower(), grammar.dns_subdomain, "spec", "driver")
    manifest.follows(spec.get("poolName"), pool_name, "spec", "poolName")
    manifest.within(spec.get("limit"), 1, _MOST_POOLS, "spec", "limit")
