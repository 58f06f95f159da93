"""A PodDisruptionBudget: how many pods stay, then labels and an eviction policy."""

from __future__ import annotations

from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family


@family("kubernetes", levels={1: "a number", 2: "a namespace", 3: "a percentage and labels", 4: "an eviction policy"})
def k8s_pdb(draw: Draw, level: int) -> Item:
    """Draw one budget."""
    sheet = KubernetesSheet(draw)
    budget = sheet.object("PodDisruptionBudget", "policy/v1", "budget")
    app = draw.name()
    budget.put("metadata.name", f"{app}-pdb", "name")
    if level >= 2:
        budget.put("metadata.namespace", draw.namespace(), "namespace")
    key, said = draw.choice((("minAvailable", "at least available"), ("maxUnavailable", "at most unavailable")))
    budget.put(f"spec.{key}", f"{draw.number(5, 95, 5)}%" if level >= 3 else draw.number(1, 9), said)
    if level >= 4:
        policies = ("IfHealthyBudget", "AlwaysAllow")
        budget.put("spec.unhealthyPodEvictionPolicy", draw.choice(policies), "unhealthy pod eviction policy")
    sheet.say("for pods with label app", app)
    budget.put("spec.selector.matchLabels.app", app, test=app)
    if level >= 3:
        budget.put("spec.selector.matchLabels.tier", draw.choice(("web", "backend", "cache")), "label tier of the pods")
    return sheet.item("a PodDisruptionBudget", "a PDB", "a pod disruption budget")
