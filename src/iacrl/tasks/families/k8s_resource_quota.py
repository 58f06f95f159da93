"""A ResourceQuota: counts, then compute, then a scope."""

from __future__ import annotations

from iacrl.tasks.family import Item, family
from iacrl.tasks.intent import exists, under, wants
from iacrl.tasks.manifests import manifest
from iacrl.tasks.pools import Draw
from iacrl.tasks.wording import Facts, ask

_COUNTS = ("pods", "services", "configmaps", "secrets", "persistentvolumeclaims", "replicationcontrollers")


@family("kubernetes", levels={1: "one count", 2: "two counts and a namespace", 3: "compute", 4: "a scope"})
def k8s_resource_quota(draw: Draw, level: int) -> Item:
    """Draw one ResourceQuota."""
    name = f"{draw.name()}-quota"
    metadata: dict[str, object] = {"name": name}
    tests: dict[str, object] = {"metadata.name": name}
    facts: Facts = [("name", name)]
    if level >= 2:
        metadata["namespace"] = tests["metadata.namespace"] = namespace = f"{draw.team()}-{draw.stage()}"
        facts.append(("namespace", namespace))
    counts = ("pods",) if level >= 4 else draw.sample(_COUNTS, min(level, 2))
    hard = {what: str(draw.number(1, 400)) for what in counts}
    facts += [(f"at most this many {what}", amount) for what, amount in hard.items()]
    if level >= 3:
        cpu, memory = draw.number(2, 64), draw.number(4, 256)
        hard |= {"requests.cpu": str(cpu), "limits.memory": f"{memory}Gi"}
        facts += [("total CPU requests", cpu), ("total memory limits", f"{memory}Gi")]
    tests |= under("spec.hard", {what: {"quantity": amount} for what, amount in hard.items()})
    spec: dict[str, object] = {"hard": hard}
    if level >= 4:
        scope = draw.choice(("NotTerminating", "Terminating", "NotBestEffort"))
        spec["scopes"] = tests["spec.scopes"] = [scope]
        facts.append(("scope", scope))
    return Item(
        ask(draw.choice(("a ResourceQuota", "a resource quota")), *facts),
        manifest({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": spec}),
        wants(exists("quota", "object ResourceQuota", tests)),
    )
