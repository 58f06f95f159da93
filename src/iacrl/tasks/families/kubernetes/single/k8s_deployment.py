"""A Deployment: image and replicas, then a port, environment, resources and probes."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.kubernetes.pools import container_resources
from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family

_POD = "spec.template.spec.containers[0]"


@family(
    "kubernetes",
    levels={2: "image and replicas", 3: "a port and an environment variable", 4: "resources", 5: "probe and strategy"},
)
def k8s_deployment(draw: Draw, level: int) -> Item:
    """Draw one Deployment with one container."""
    sheet = KubernetesSheet(draw)
    web = sheet.object("Deployment", "apps/v1", "deployment")
    name = web.put("metadata.name", draw.name(), "name")
    web.put("spec.replicas", draw.number(1, 12), "replicas")
    if level >= 5:
        web.put("spec.strategy.type", "RollingUpdate", "update strategy")
        web.put("spec.strategy.rollingUpdate.maxSurge", draw.number(1, 5), "extra pods during an update")
        web.put("spec.strategy.rollingUpdate.maxUnavailable", 0, "unavailable pods during an update")
    web.put("spec.selector.matchLabels.app", name)
    web.expect("spec.selector", {"selects": "deployment"})
    web.put("spec.template.metadata.labels.app", name)
    web.leave_free("spec.template.metadata.labels.app")  # any labels that match the selector are fine
    web.put(f"{_POD}.name", draw.choice(words.COMPONENTS), "container name")
    web.put(f"{_POD}.image", draw.image(), "image")
    if level >= 3:
        port = web.put(f"{_POD}.ports[0].containerPort", draw.port(), "container port")
        variable = draw.choice(("LOG_LEVEL", "STAGE", "REGION", "OWNER"))
        web.put(f"{_POD}.env[0].name", variable, test=variable)
        web.put(f"{_POD}.env[0].value", draw.name(), f"environment variable {variable}")
    if level >= 4:
        for kind, amounts in container_resources(draw).items():
            for what, amount in amounts.items():
                web.quantity(f"{_POD}.resources.{kind}.{what}", amount, f"{what} {kind[:-1]}")
    if level >= 5:
        path = draw.choice(("/healthz", "/ready", "/health", "/livez", "/status"))
        web.put(f"{_POD}.readinessProbe.httpGet.path", path, "readiness probe", show="GET {} on the container port")
        web.put(f"{_POD}.readinessProbe.httpGet.port", port, test=port)
        web.put(f"{_POD}.readinessProbe.periodSeconds", draw.number(5, 60), "seconds between probes")
    return sheet.item("a Deployment", "a Kubernetes Deployment")
