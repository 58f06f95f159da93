"""A Deployment: image and replicas, then a port, environment, resources and probes."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.family import Item, family
from iacrl.tasks.intent import exists, under, wants
from iacrl.tasks.manifests import manifest
from iacrl.tasks.pools import Draw
from iacrl.tasks.wording import Facts, ask


@family(
    "kubernetes",
    levels={2: "image and replicas", 3: "a port and an environment variable", 4: "resources", 5: "probe and strategy"},
)
def k8s_deployment(draw: Draw, level: int) -> Item:
    """Draw one Deployment with one container."""
    name, image, replicas = draw.name(), draw.image(), draw.number(1, 12)
    labels = {"app": name}
    container: dict[str, object] = {"name": draw.choice(words.COMPONENTS), "image": image}
    spec: dict[str, object] = {"replicas": replicas}
    tests: dict[str, object] = {"spec.replicas": replicas}
    here = "spec.template.spec.containers[0]"
    facts: Facts = [("name", name), ("image", image), ("replicas", replicas), ("container name", container["name"])]
    if level >= 3:
        port, key, value = draw.port(), draw.choice(("LOG_LEVEL", "STAGE", "REGION", "OWNER")), draw.name()
        container["ports"] = [{"containerPort": port}]
        container["env"] = [{"name": key, "value": value}]
        facts += [("container port", port), (f"environment variable {key}", value)]
        tests |= {f"{here}.ports[0].containerPort": port, f"{here}.env[0].name": key, f"{here}.env[0].value": value}
    if level >= 4:
        resources = draw.resources()
        container["resources"] = resources
        for kind, amounts in resources.items():
            facts += [(f"{what} {kind[:-1]}", amount) for what, amount in amounts.items()]
            tests |= under(f"{here}.resources.{kind}", {what: {"quantity": amount} for what, amount in amounts.items()})
    if level >= 5:
        path, period = draw.choice(("/healthz", "/ready", "/health", "/livez", "/status")), draw.number(5, 60)
        probe = {"httpGet": {"path": path, "port": port}, "periodSeconds": period}
        container["readinessProbe"] = probe
        facts.append(("readiness probe", f"GET {path} on the container port every {period} seconds"))
        tests |= {
            f"{here}.readinessProbe.httpGet.path": path,
            f"{here}.readinessProbe.httpGet.port": port,
            f"{here}.readinessProbe.periodSeconds": period,
        }
        surge = draw.number(1, 5)
        spec["strategy"] = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": 0}}
        facts.append(("rolling update", f"at most {surge} extra pods and none unavailable"))
        tests |= under("spec.strategy.rollingUpdate", {"maxSurge": surge, "maxUnavailable": 0})
    spec["selector"] = {"matchLabels": labels}
    spec["template"] = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    tests |= {"metadata.name": name, f"{here}.image": image, f"{here}.name": container["name"]}
    tests["spec.selector"] = {"selects": "web"}
    return Item(
        ask(draw.choice(("a Deployment", "a Kubernetes Deployment")), *facts),
        manifest({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}),
        wants(exists("web", "object Deployment", tests)),
    )
