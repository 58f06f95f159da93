"""A Service: one port, then its type, several named ports, a namespace and session affinity."""

from __future__ import annotations

from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family


@family(
    "kubernetes",
    levels={1: "one port", 2: "a type", 3: "a namespace", 4: "two named ports", 5: "session affinity and labels"},
)
def k8s_service(draw: Draw, level: int) -> Item:
    """Draw one Service."""
    sheet = KubernetesSheet(draw)
    service = sheet.object("Service", "v1", "service")
    service.put("metadata.name", draw.name(), "name")
    if level >= 3:
        service.put("metadata.namespace", draw.namespace(), "namespace")
    if level >= 5:
        service.put_all("metadata.labels", draw.labels(2), "label")
    if level >= 2:
        service.put("spec.type", draw.choice(("ClusterIP", "NodePort", "LoadBalancer")), "type")
    service.put("spec.selector", {"app": draw.identifier().replace("_", "-")})
    service.expect("spec.selector", {"equals": service.body["spec"]["selector"]})
    sheet.say("selects pods with label app", service.body["spec"]["selector"]["app"])
    names = draw.sample(("http", "grpc", "metrics", "admin", "health"), 2) if level >= 4 else [""]
    numbers = draw.sample((80, 443, 8080, 9090, 5000, 3000, draw.number(1024, 2999)), 2)
    ports: list[dict[str, object]] = []
    for name, number in zip(names, numbers, strict=False):
        target = draw.port()
        sheet.say(f"{name} port".strip(), number)
        sheet.say(f"target port of {name}" if name else "target port", target)
        ports.append({**({"name": name} if name else {}), "port": number, "targetPort": target})
    service.each("spec.ports", ports)
    if level >= 5:
        service.put("spec.sessionAffinity", "ClientIP", "session affinity")
    return sheet.item("a Service", "a Kubernetes Service")
