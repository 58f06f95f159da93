"""Convert a bare Pod into a Deployment."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.kubernetes.pools import container_resources
from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family


@family("kubernetes", held_out=True, levels={2: "one container", 3: "a port and a variable", 4: "resources"})
def k8s_convert_pod(draw: Draw, level: int) -> Item:
    """Draw one Pod."""
    sheet, bare = KubernetesSheet(draw), KubernetesSheet(draw)
    name, app = draw.name(), draw.choice(words.SERVICES)
    box: dict[str, object] = {"name": draw.choice(words.COMPONENTS), "image": draw.image()}
    if level >= 3:
        box["ports"] = [{"containerPort": draw.port()}]
        box["env"] = [{"name": key, "value": value} for key, value in draw.settings(1).items()]
    if level >= 4:
        box["resources"] = container_resources(draw)
    pod = bare.object("Pod", "v1", "pod")
    pod.put("metadata.name", name)
    pod.put("metadata.labels.app", app)
    pod.put("spec.containers[0]", box)
    web = sheet.object("Deployment", "apps/v1", "web")
    web.put("metadata.name", name, test=name)
    web.put("spec.replicas", draw.number(2, 12), "replicas")
    web.put("spec.selector.matchLabels.app", app)
    web.expect("spec.selector", {"selects": "web"})
    web.put("spec.template.metadata.labels.app", app, test=app)
    web.put("spec.template.spec.containers[0]", box)
    sheet.say("it keeps the Pod's name, labels and container")
    sheet.keep()
    return sheet.item(
        "the given Pod into a Deployment", "this bare Pod into a Deployment", verb="convert", given=bare.text()
    )
