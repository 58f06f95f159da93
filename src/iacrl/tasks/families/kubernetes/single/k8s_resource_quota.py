"""A ResourceQuota: counts, then compute, then a scope."""

from __future__ import annotations

from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family

_COUNTS = ("pods", "services", "configmaps", "secrets", "persistentvolumeclaims", "replicationcontrollers")


@family("kubernetes", levels={1: "one count", 2: "two counts and a namespace", 3: "compute", 4: "a scope"})
def k8s_resource_quota(draw: Draw, level: int) -> Item:
    """Draw one ResourceQuota."""
    sheet = KubernetesSheet(draw)
    quota = sheet.object("ResourceQuota", "v1", "quota")
    quota.put("metadata.name", f"{draw.name()}-quota", "name")
    if level >= 2:
        quota.put("metadata.namespace", draw.namespace(), "namespace")
    for what in ("pods",) if level >= 4 else draw.sample(_COUNTS, min(level, 2)):
        quota.quantity(f"spec.hard.{what}", str(draw.number(1, 400)), f"at most this many {what}")
    if level >= 3:
        quota.quantity('spec.hard["requests.cpu"]', str(draw.number(2, 64)), "total CPU requests")
        quota.quantity('spec.hard["limits.memory"]', f"{draw.number(4, 256)}Gi", "total memory limits")
    if level >= 4:
        quota.put("spec.scopes", [draw.choice(("NotTerminating", "Terminating", "NotBestEffort"))], "scope")
    return sheet.item("a ResourceQuota", "a resource quota", "a Kubernetes ResourceQuota")
