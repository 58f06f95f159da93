"""A PriorityClass, then a Pod that uses it."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family


@family("kubernetes", levels={1: "a value", 2: "a description", 3: "a preemption policy", 4: "a pod that uses it"})
def k8s_priority_class(draw: Draw, level: int) -> Item:
    """Draw one class."""
    sheet = KubernetesSheet(draw)
    priority = sheet.object("PriorityClass", "scheduling.k8s.io/v1", "priority")
    priority.put("metadata.name", draw.name(), "name")
    priority.put("value", draw.number(100, 1_000_000, 100), "value")
    if level >= 2:
        opening = draw.choice(("For", "Pods of", "Reserved for", "Used by"))
        priority.put(
            "description", f"{opening} {draw.choice(words.SERVICES)} {draw.choice(words.COMPONENTS)}", "description"
        )
    if level >= 3:
        policies = ("Never", "PreemptLowerPriority")
        priority.put("preemptionPolicy", draw.choice(policies), "preemption policy")
    if level >= 4:
        pod = sheet.object("Pod", "v1", "pod")
        pod.put("metadata.name", draw.name(), "pod that has this priority class")
        pod.refer("spec.priorityClassName", priority)
        pod.put("spec.containers[0].name", draw.choice(words.COMPONENTS), "container of the pod")
        pod.put("spec.containers[0].image", draw.image(), "image of the pod")
    return sheet.item("a PriorityClass", "a Kubernetes PriorityClass", "a priority class")
