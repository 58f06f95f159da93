"""A Service: one port, then its type, several named ports, a namespace and session affinity."""

from __future__ import annotations

from iacrl.tasks.family import Item, family
from iacrl.tasks.intent import exists, under, wants
from iacrl.tasks.manifests import manifest
from iacrl.tasks.pools import Draw
from iacrl.tasks.wording import Facts, ask


@family(
    "kubernetes",
    levels={1: "one port", 2: "a type", 3: "a namespace", 4: "two named ports", 5: "session affinity and labels"},
)
def k8s_service(draw: Draw, level: int) -> Item:
    """Draw one Service."""
    name, app = draw.name(), draw.label().replace("_", "-")
    metadata: dict[str, object] = {"name": name}
    spec: dict[str, object] = {}
    tests: dict[str, object] = {"metadata.name": name, "spec.selector": {"equals": {"app": app}}}
    facts: Facts = [("name", name), ("selects pods with label app", app)]
    if level >= 3:
        metadata["namespace"] = tests["metadata.namespace"] = namespace = f"{draw.team()}-{draw.stage()}"
        facts.append(("namespace", namespace))
    if level >= 5:
        metadata["labels"] = labels = draw.labels(2)
        tests |= under("metadata.labels", labels)
        facts += [(f"label {key} on the Service", value) for key, value in labels.items()]
    if level >= 2:
        spec["type"] = tests["spec.type"] = kind = draw.choice(("ClusterIP", "NodePort", "LoadBalancer"))
        facts.append(("type", kind))
    spec["selector"] = {"app": app}
    names = draw.sample(("http", "grpc", "metrics", "admin", "health"), 2) if level >= 4 else [""]
    ports: list[dict[str, object]] = []
    for port_name, port in zip(
        names, draw.sample((80, 443, 8080, 9090, 5000, 3000, draw.number(1024, 9999)), 2), strict=False
    ):
        target = draw.port()
        facts.append((f"{port_name} port".strip(), f"{port}"))
        facts.append((f"target port of {port_name}" if port_name else "target port", target))
        ports.append({**({"name": port_name} if port_name else {}), "port": port, "targetPort": target})
    spec["ports"] = ports
    tests |= under("spec.ports[0]", ports[0]) if level < 4 else {"spec.ports": {"some": ports, "length": 2}}
    if level >= 5:
        spec["sessionAffinity"] = tests["spec.sessionAffinity"] = "ClientIP"
        facts.append(("session affinity", "ClientIP"))
    return Item(
        ask(draw.choice(("a Service", "a Kubernetes Service")), *facts),
        manifest({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}),
        wants(exists("service", "object Service", tests)),
    )
