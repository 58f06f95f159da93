"""A PersistentVolume: size and path, then a class, a policy and a claim for it."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family


@family("kubernetes", levels={2: "a host path", 3: "NFS and a policy", 4: "labels", 5: "a claim for it"})
def k8s_persistent_volume(draw: Draw, level: int) -> Item:
    """Draw one volume, and at level 5 its claim."""
    sheet = KubernetesSheet(draw)
    volume = sheet.object("PersistentVolume", "v1", "volume")
    name = volume.put("metadata.name", f"{draw.name()}-pv", "name")
    if level >= 4:
        volume.put_all("metadata.labels", draw.labels(1), "label")
    size = f"{draw.number(1, 900)}Gi"
    volume.quantity("spec.capacity.storage", size, "size")
    mode = draw.choice(("ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany"))
    sheet.say("access mode", mode)
    volume.put("spec.accessModes", [mode], test=[mode])
    if level >= 3:
        volume.put("spec.persistentVolumeReclaimPolicy", draw.choice(("Retain", "Delete")), "reclaim policy")
    storage = volume.put("spec.storageClassName", draw.choice(("manual", "nfs", "local", "slow", "archive")), "class")
    path = f"/{draw.choice(('mnt', 'srv', 'exports', 'data'))}/{draw.choice(words.SERVICES)}"
    if level >= 3:
        server = f"10.{draw.number(0, 255)}.{draw.number(0, 255)}.{draw.number(1, 254)}"
        volume.put("spec.nfs.server", server, "NFS server")
        volume.put("spec.nfs.path", path, "path on the server")
    else:
        volume.put("spec.hostPath.path", path, "host path")
    if level >= 5:
        claim = sheet.object("PersistentVolumeClaim", "v1", "claim")
        claim.put("metadata.name", f"{name[:-3]}-pvc", "claim that takes this very volume")
        claim.put("metadata.namespace", draw.namespace(), "namespace of the claim")
        claim.put("spec.accessModes", [mode], test=[mode])
        claim.put("spec.storageClassName", storage, test=storage)
        claim.refer("spec.volumeName", volume)
        claim.put("spec.resources.requests.storage", size, test={"quantity": size})
        sheet.say("the claim asks for all of it")
    return sheet.item("a PersistentVolume", "a Kubernetes PersistentVolume", "a persistent volume")
