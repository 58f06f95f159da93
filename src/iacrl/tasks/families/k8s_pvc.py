"""A PersistentVolumeClaim: size and access mode, then a storage class, a namespace and a volume mode."""

from __future__ import annotations

from iacrl.tasks.family import Item, family
from iacrl.tasks.intent import exists, under, wants
from iacrl.tasks.manifests import manifest
from iacrl.tasks.pools import Draw
from iacrl.tasks.wording import Facts, ask

_CLASSES = ("standard", "gp3", "fast-ssd", "premium-rwo", "longhorn", "local-path", "ceph-rbd", "nfs-client", "gp2")


@family("kubernetes", levels={1: "size and access mode", 2: "a storage class", 3: "a namespace", 4: "mode and labels"})
def k8s_pvc(draw: Draw, level: int) -> Item:
    """Draw one claim."""
    name, mode = f"{draw.name()}-data", draw.choice(("ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany"))
    size = f"{draw.number(1, 900)}{draw.choice(('Gi', 'Gi', 'Mi', 'Ti'))}"
    metadata: dict[str, object] = {"name": name}
    spec: dict[str, object] = {"accessModes": [mode]}
    facts: Facts = [("name", name), ("access mode", mode), ("size", size)]
    tests: dict[str, object] = {
        "metadata.name": name,
        "spec.accessModes": [mode],
        "spec.resources.requests.storage": {"quantity": size},
    }
    if level >= 2:
        spec["storageClassName"] = tests["spec.storageClassName"] = storage = draw.choice(_CLASSES)
        facts.append(("storage class", storage))
    if level >= 3:
        metadata["namespace"] = tests["metadata.namespace"] = namespace = f"{draw.team()}-{draw.stage()}"
        facts.append(("namespace", namespace))
    if level >= 4:
        metadata["labels"] = labels = draw.labels(2)
        tests |= under("metadata.labels", labels)
        facts += [(f"label {key}", value) for key, value in labels.items()]
        spec["volumeMode"] = tests["spec.volumeMode"] = volume = draw.choice(("Filesystem", "Block"))
        facts.append(("volume mode", volume))
    spec["resources"] = {"requests": {"storage": size}}
    return Item(
        ask(draw.choice(("a PersistentVolumeClaim", "a PVC", "a persistent volume claim")), *facts),
        manifest({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}),
        wants(exists("claim", "object PersistentVolumeClaim", tests)),
    )
