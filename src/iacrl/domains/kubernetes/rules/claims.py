"""What a PersistentVolumeClaim asks for, as an object of its own or inside of a StatefulSet or a volume."""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.findings import Manifest
from iacrl.domains.kubernetes.rules.common import Step, entries, follows, needs, one_of, quantity
from iacrl.domains.kubernetes.rules.sources import page
from iacrl.domains.paths import path_text
from iacrl.domains.quantities import parse_quantity
from iacrl.domains.rules import Rule

CLAIM = Rule(
    "KB432",
    "references",
    "Incomplete claim",
    "A PersistentVolumeClaim has access modes and asks for storage, for no more than its limit; a data source of "
    "another kind than a claim has an apiGroup, and equals a dataSourceRef beside it.",
    page("concepts/storage/persistent-volumes") + "#persistentvolumeclaims",
)

RULES: tuple[Rule, ...] = (CLAIM,)

ACCESS_MODES: Final = frozenset({"ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"})
VOLUME_MODES: Final = frozenset({"Filesystem", "Block"})


def check_claim(manifest: Manifest, spec: dict[str, Any], *steps: Step) -> None:
    """Check the spec of a PersistentVolumeClaim or of a template for one."""
    modes = spec.get("accessModes")
    if not modes:
        manifest.report(CLAIM, f"{path_text((*steps, 'accessModes'))} needs at least one access mode.", *steps)
    for index, mode in entries(modes):
        one_of(manifest, mode, ACCESS_MODES, *steps, "accessModes", index)
    if modes and "ReadWriteOncePod" in modes and len(modes) > 1:
        manifest.report(CLAIM, "ReadWriteOncePod stands alone or not at all.", *steps, "accessModes")
    requests = (spec.get("resources") or {}).get("requests") or {}
    if "storage" not in requests:
        manifest.report(CLAIM, f"{path_text((*steps, 'resources', 'requests', 'storage'))} is required.", *steps)
    for name, amount in requests.items():
        positive = name == "storage"
        quantity(manifest, amount, *steps, "resources", "requests", name, positive=positive)
    for name, amount in ((spec.get("resources") or {}).get("limits") or {}).items():
        quantity(manifest, amount, *steps, "resources", "limits", name)
        low = requests.get(name)
        asked = parse_quantity(low) if low is not None else None
        most = parse_quantity(amount) if amount is not None else None
        if asked is not None and most is not None and asked > most:
            message = f"The request of {low} is above the limit of {amount}."
            manifest.report(CLAIM, message, *steps, "resources", "requests", name)
    for field in ("dataSource", "dataSourceRef"):
        source = spec.get(field)
        if source:
            for part in ("kind", "name"):
                needs(manifest, source, part, *steps, field)
            if source["kind"] and source["kind"] != "PersistentVolumeClaim" and not source.get("apiGroup"):
                message = "Only a PersistentVolumeClaim is of the core group: name the apiGroup."
                manifest.report(CLAIM, message, *steps, field)
    if spec.get("dataSource") and spec.get("dataSourceRef") and _differ(spec["dataSource"], spec["dataSourceRef"]):
        manifest.report(CLAIM, "dataSource and dataSourceRef name different sources.", *steps, "dataSourceRef")
    one_of(manifest, spec.get("volumeMode"), VOLUME_MODES, *steps, "volumeMode")
    if spec.get("storageClassName"):
        follows(manifest, spec["storageClassName"], grammar.dns_subdomain, *steps, "storageClassName")


def _differ(source: dict[str, Any], other: dict[str, Any]) -> bool:
    return any((source.get(part) or "") != (other.get(part) or "") for part in ("apiGroup", "kind", "name"))
