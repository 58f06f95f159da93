"""A LimitRange: defaults of a container, then bounds and claims."""

from __future__ import annotations

from iacrl.tasks.families.kubernetes.pools import container_resources
from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family


@family("kubernetes", levels={2: "default limits", 3: "default requests", 4: "a maximum", 5: "bounds of claims"})
def k8s_limit_range(draw: Draw, level: int) -> Item:
    """Draw one LimitRange."""
    sheet = KubernetesSheet(draw)
    limits = sheet.object("LimitRange", "v1", "limits")
    limits.put("metadata.name", f"{draw.name()}-limits", "name")
    limits.put("metadata.namespace", draw.namespace(), "namespace")
    here = "spec.limits[0]"
    limits.put(f"{here}.type", "Container", test="Container")
    sheet.say("for containers")
    amounts = container_resources(draw)
    for what in ("cpu", "memory"):
        limits.quantity(f"{here}.default.{what}", amounts["limits"][what], f"default {what} limit")
    if level >= 3:
        for what in ("cpu", "memory"):
            limits.quantity(f"{here}.defaultRequest.{what}", amounts["requests"][what], f"default {what} request")
    if level >= 4:
        limits.quantity(f"{here}.max.cpu", str(draw.number(9, 32)), "greatest cpu limit")
        limits.quantity(f"{here}.max.memory", f"{draw.number(9, 64)}Gi", "greatest memory limit")
    if level >= 5:
        limits.put("spec.limits[1].type", "PersistentVolumeClaim", test="PersistentVolumeClaim")
        limits.quantity("spec.limits[1].min.storage", f"{draw.number(1, 9)}Gi", "smallest claim")
        limits.quantity("spec.limits[1].max.storage", f"{draw.number(10, 900)}Gi", "greatest claim")
    return sheet.item("a LimitRange", "a Kubernetes LimitRange", "a limit range")
