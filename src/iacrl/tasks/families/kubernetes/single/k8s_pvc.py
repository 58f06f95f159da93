"""A PersistentVolumeClaim: size and access mode, then a storage class, a namespace and a volume mode."""

from __future__ import annotations

from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family

_CLASSES = ("standard", "gp3", "fast-ssd", "premium-rwo", "longhorn", "local-path", "ceph-rbd", "nfs-client", "gp2")
_MODES = ("ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany", "ReadWriteOncePod")


@family("kubernetes", levels={1: "size and access mode", 2: "a storage class", 3: "a namespace", 4: "mode and labels"})
def k8s_pvc(draw: Draw, level: int) -> Item:
    """Draw one claim."""
    sheet = KubernetesSheet(draw)
    claim = sheet.object("PersistentVolumeClaim", "v1", "claim")
    claim.put("metadata.name", f"{draw.name()}-data", "name")
    if level >= 3:
        claim.put("metadata.namespace", draw.namespace(), "namespace")
    if level >= 4:
        claim.put_all("metadata.labels", draw.labels(2), "label")
    claim.put("spec.accessModes", [draw.choice(_MODES)], "access mode")
    if level >= 2:
        claim.put("spec.storageClassName", draw.choice(_CLASSES), "storage class")
    if level >= 4:
        claim.put("spec.volumeMode", draw.choice(("Filesystem", "Block")), "volume mode")
    unit = draw.choice(("Gi", "Gi", "Mi", "Ti"))
    claim.quantity("spec.resources.requests.storage", f"{draw.number(1, 900)}{unit}", "size")
    return sheet.item("a PersistentVolumeClaim", "a PVC", "a persistent volume claim")
