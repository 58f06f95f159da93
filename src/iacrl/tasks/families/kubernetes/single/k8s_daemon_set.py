"""A DaemonSet: an image on every node, then host paths, tolerations and resources."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.kubernetes.pools import container_resources
from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family

_BOX = "spec.template.spec.containers[0]"


@family(
    "kubernetes", levels={2: "an image", 3: "a host path", 4: "a toleration", 5: "resources and an update strategy"}
)
def k8s_daemon_set(draw: Draw, level: int) -> Item:
    """Draw one DaemonSet."""
    sheet = KubernetesSheet(draw)
    agent = sheet.object("DaemonSet", "apps/v1", "agent")
    name = agent.put("metadata.name", draw.name(), "name")
    agent.put("metadata.namespace", draw.choice(("kube-system", "monitoring", draw.namespace())), "namespace")
    if level >= 5:
        agent.put("spec.updateStrategy.type", "RollingUpdate", test="RollingUpdate")
        agent.put("spec.updateStrategy.rollingUpdate.maxUnavailable", draw.number(1, 9), "nodes updated at a time")
    agent.put("spec.selector.matchLabels.app", name)
    agent.expect("spec.selector", {"selects": "agent"})
    agent.put("spec.template.metadata.labels.app", name)
    agent.leave_free("spec.template.metadata.labels.app")  # any labels that match the selector are fine
    if level >= 4:
        key = draw.choice(("node-role.kubernetes.io/control-plane", "dedicated", "gpu"))
        sheet.say("tolerates any taint with key", key)
        agent.put("spec.template.spec.tolerations[0].key", key, test=key)
        agent.put("spec.template.spec.tolerations[0].operator", "Exists", test="Exists")
    agent.put(f"{_BOX}.name", draw.choice(words.COMPONENTS), "container name")
    agent.put(f"{_BOX}.image", draw.image(), "image")
    if level >= 5:
        for kind, amounts in container_resources(draw).items():
            agent.quantity(f"{_BOX}.resources.{kind}.memory", amounts["memory"], f"memory {kind[:-1]}")
    if level >= 3:
        path = draw.choice(("/var/log", "/proc", "/sys", "/var/lib/docker", "/etc/kubernetes", "/run"))
        sheet.say("host directory mounted at the same path", path)
        agent.put(f"{_BOX}.volumeMounts[0].name", "files", test={"present": True})
        agent.put(f"{_BOX}.volumeMounts[0].mountPath", path, test=path)
        only = draw.chance()
        agent.put(f"{_BOX}.volumeMounts[0].readOnly", only, test=only)
        sheet.say("mounted read-only" if only else "mounted with readOnly false")
        agent.put("spec.template.spec.volumes[0].name", "files", test={"present": True})
        agent.put("spec.template.spec.volumes[0].hostPath.path", path, test=path)
    return sheet.item("a DaemonSet", "a Kubernetes DaemonSet")
