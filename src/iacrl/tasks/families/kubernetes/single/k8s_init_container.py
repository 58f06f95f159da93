"""A Deployment whose pods prepare themselves in an init container."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family

_POD = "spec.template.spec"


@family("kubernetes", held_out=True, levels={3: "an init container", 4: "a shared volume", 5: "a liveness probe"})
def k8s_init_container(draw: Draw, level: int) -> Item:
    """Draw one Deployment."""
    sheet = KubernetesSheet(draw)
    web = sheet.object("Deployment", "apps/v1", "web")
    name = web.put("metadata.name", draw.name(), "name")
    web.put("spec.selector.matchLabels.app", name)
    web.expect("spec.selector", {"selects": "web"})
    web.put("spec.template.metadata.labels.app", name)
    web.leave_free("spec.template.metadata.labels.app")  # any labels that match the selector are fine
    first, second = draw.sample(words.COMPONENTS, 2)
    mount = draw.choice(("/work", "/data", "/assets", "/etc/app"))
    for group, box, said in (("initContainers", first, "init container"), ("containers", second, "main container")):
        here = f"{_POD}.{group}[0]"
        web.put(f"{here}.name", box, f"{said} name")
        web.put(f"{here}.image", draw.image(), f"{said} image")
        if group == "initContainers":
            command = ["sh", "-c", f"prepare {draw.choice(words.SERVICES)}"]
            sheet.say("init command", f"sh -c '{command[2]}'")
            web.put(f"{here}.command", command, test=command)
        elif level >= 5:
            web.put(f"{here}.livenessProbe.tcpSocket.port", draw.port(), "liveness probe by TCP on port")
            web.put(
                f"{here}.livenessProbe.initialDelaySeconds", draw.number(5, 90), "first probe after", show="{} seconds"
            )
        if level >= 4:
            web.put(f"{here}.volumeMounts[0].name", "shared", test={"present": True})
            web.put(f"{here}.volumeMounts[0].mountPath", mount, test=mount)
    if level >= 4:
        sheet.say("both mount an emptyDir volume at", mount)
        web.put(f"{_POD}.volumes[0].name", "shared", test={"present": True})
        web.put(f"{_POD}.volumes[0].emptyDir", {}, test={"present": True})
    return sheet.item("a Deployment with an init container", "a Deployment whose pods run an init container first")
