"""A Namespace with labels, then annotations."""

from __future__ import annotations

from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family


@family("kubernetes", levels={1: "one label", 2: "two labels", 3: "an annotation too", 4: "a pod security level"})
def k8s_namespace(draw: Draw, level: int) -> Item:
    """Draw one Namespace."""
    sheet = KubernetesSheet(draw)
    namespace = sheet.object("Namespace", "v1", "namespace")
    namespace.put("metadata.name", draw.name(), "name")
    namespace.put_all("metadata.labels", draw.labels(min(level, 2)), "label")
    if level >= 4:
        security = {"pod-security.kubernetes.io/enforce": draw.choice(("privileged", "baseline", "restricted"))}
        namespace.put_all("metadata.labels", security, "label")
    if level >= 3:
        namespace.put("metadata.annotations.contact", draw.email(), "annotation contact")
    return sheet.item("a namespace", "a Namespace", "a Kubernetes namespace")
