"""A Pod: one container, then a command, a volume, a sidecar and scheduling."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family


@family(
    "kubernetes", levels={1: "one container", 2: "a label and a policy", 3: "a volume", 4: "a sidecar", 5: "scheduling"}
)
def k8s_pod(draw: Draw, level: int) -> Item:
    """Draw one Pod."""
    sheet = KubernetesSheet(draw)
    pod = sheet.object("Pod", "v1", "pod")
    pod.put("metadata.name", draw.name(), "name")
    if level >= 2:
        pod.put_all("metadata.labels", draw.labels(1), "label")
    boxes = draw.sample(words.COMPONENTS, 2)
    mount = draw.choice(("/data", "/cache", "/tmp/work", "/var/lib/app", "/scratch"))
    for number, name in enumerate(boxes[: 1 if level < 4 else 2]):
        of = " of the sidecar" if number else ""
        pod.put(f"spec.containers[{number}].name", name, f"container name{of}")
        pod.put(f"spec.containers[{number}].image", draw.image(), f"image{of}")
        if level >= 3:
            pod.put(f"spec.containers[{number}].volumeMounts[0].name", "work", test={"present": True})
            pod.put(f"spec.containers[{number}].volumeMounts[0].mountPath", mount, test=mount)
    if level >= 3:
        sheet.say(
            "an emptyDir volume mounted in every container at" if level >= 4 else "an emptyDir volume mounted at", mount
        )
        pod.put("spec.volumes[0].name", "work", test={"present": True})
        pod.put("spec.volumes[0].emptyDir", {}, test={"present": True})
    if level >= 5:
        pod.put("spec.nodeSelector.disktype", draw.choice(("ssd", "hdd", "nvme")), "node selector disktype")
        key, effect = draw.choice(("dedicated", "gpu", "spot", "workload")), draw.choice(("NoSchedule", "NoExecute"))
        toleration = {"key": key, "operator": "Equal", "value": draw.team(), "effect": effect}
        sheet.say(f"tolerates taint {key} with effect {effect} and value", toleration["value"])
        for part, value in toleration.items():
            pod.put(f"spec.tolerations[0].{part}", value, test=value)
    if level >= 2:
        pod.put("spec.restartPolicy", draw.choice(("Never", "OnFailure", "Always")), "restart policy")
    return sheet.item("a Pod", "a Kubernetes Pod", "a bare pod")
