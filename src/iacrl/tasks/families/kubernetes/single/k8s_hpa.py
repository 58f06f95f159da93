"""A HorizontalPodAutoscaler: bounds and CPU, then memory and scale-down behaviour."""

from __future__ import annotations

from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family


@family("kubernetes", levels={2: "CPU", 3: "a namespace", 4: "memory too", 5: "scale-down behaviour"})
def k8s_hpa(draw: Draw, level: int) -> Item:
    """Draw one autoscaler for a given workload."""
    sheet = KubernetesSheet(draw)
    scaler = sheet.object("HorizontalPodAutoscaler", "autoscaling/v2", "scaler")
    target = draw.name()
    scaler.put("metadata.name", f"{target}-hpa", "name")
    if level >= 3:
        scaler.put("metadata.namespace", draw.namespace(), "namespace")
    kind = draw.choice(("Deployment", "StatefulSet"))
    sheet.say("scales", f"{kind} {target}")
    for key, value in (("apiVersion", "apps/v1"), ("kind", kind), ("name", target)):
        scaler.put(f"spec.scaleTargetRef.{key}", value, test=value)
    low = draw.number(1, 5)
    scaler.put("spec.minReplicas", low, "fewest replicas")
    scaler.put("spec.maxReplicas", low + draw.number(1, 20), "most replicas")
    metrics = []
    for name in ("cpu", "memory")[: 1 if level < 4 else 2]:
        use = draw.number(40, 95)
        sheet.say(f"average {name} utilization", f"{use} percent")
        target_ = {"type": "Utilization", "averageUtilization": use}
        metrics.append({"type": "Resource", "resource": {"name": name, "target": target_}})
    scaler.each("spec.metrics", metrics)
    if level >= 5:
        here = "spec.behavior.scaleDown"
        scaler.put(
            f"{here}.stabilizationWindowSeconds", draw.number(30, 900, 30), "scale-down window", show="{} seconds"
        )
    return sheet.item("a HorizontalPodAutoscaler", "an HPA", "a horizontal pod autoscaler")
