"""A StorageClass: its provisioner, then binding, expansion and parameters."""

from __future__ import annotations

from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family

_PROVISIONERS = {
    "ebs.csi.aws.com": ("type", ("gp3", "gp2", "io2", "st1")),
    "pd.csi.storage.gke.io": ("type", ("pd-ssd", "pd-balanced", "pd-standard")),
    "disk.csi.azure.com": ("skuName", ("Premium_LRS", "StandardSSD_LRS", "Standard_LRS")),
    "rbd.csi.ceph.com": ("pool", ("replicapool", "fastpool", "coldpool")),
}


@family(
    "kubernetes", levels={1: "provisioner and policy", 2: "binding", 3: "a parameter", 4: "expansion and a default"}
)
def k8s_storage_class(draw: Draw, level: int) -> Item:
    """Draw one class."""
    sheet = KubernetesSheet(draw)
    storage = sheet.object("StorageClass", "storage.k8s.io/v1", "class")
    storage.put("metadata.name", draw.name(), "name")
    if level >= 4:
        key = "storageclass.kubernetes.io/is-default-class"
        storage.put(f'metadata.annotations["{key}"]', "true", test="true")
        sheet.say("it is the default class")
    provisioner = storage.put("provisioner", draw.choice(list(_PROVISIONERS)), "provisioner")
    if level >= 3:
        key, values = _PROVISIONERS[provisioner]
        storage.put(f"parameters.{key}", draw.choice(values), f"parameter {key}")
    storage.put("reclaimPolicy", draw.choice(("Delete", "Retain")), "reclaim policy")
    if level >= 2:
        storage.put("volumeBindingMode", draw.choice(("Immediate", "WaitForFirstConsumer")), "volume binding mode")
    if level >= 4:
        grow = storage.put("allowVolumeExpansion", draw.chance())
        storage.expect("allowVolumeExpansion", grow)
        sheet.say(f"volume expansion {'allowed' if grow else 'not allowed'}")
    return sheet.item("a StorageClass", "a Kubernetes StorageClass", "a storage class")
