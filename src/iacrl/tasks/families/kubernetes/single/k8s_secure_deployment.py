"""A Deployment that is locked down: users, file systems and capabilities."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family

_POD = "spec.template.spec"


@family(
    "kubernetes", held_out=True, levels={3: "a user", 4: "file system and privileges", 5: "capabilities and seccomp"}
)
def k8s_secure_deployment(draw: Draw, level: int) -> Item:
    """Draw one Deployment."""
    sheet = KubernetesSheet(draw)
    web = sheet.object("Deployment", "apps/v1", "web")
    name = web.put("metadata.name", draw.name(), "name")
    web.put("spec.replicas", draw.number(1, 9), "replicas")
    web.put("spec.selector.matchLabels.app", name)
    web.expect("spec.selector", {"selects": "web"})
    web.put("spec.template.metadata.labels.app", name)
    web.leave_free("spec.template.metadata.labels.app")  # any labels that match the selector are fine
    web.put(f"{_POD}.securityContext.runAsNonRoot", True, test=True)
    web.put(f"{_POD}.securityContext.runAsUser", draw.number(1000, 65000), "pods run as non-root user")
    if level >= 5:
        profile = "RuntimeDefault"
        web.put(f"{_POD}.securityContext.seccompProfile.type", profile, "seccomp profile")
    web.put(f"{_POD}.containers[0].name", draw.choice(words.COMPONENTS), "container name")
    web.put(f"{_POD}.containers[0].image", draw.image(), "image")
    here = f"{_POD}.containers[0].securityContext"
    if level >= 4:
        web.put(f"{here}.allowPrivilegeEscalation", False, test=False)
        sheet.say("no privilege escalation in the container")
        web.put(f"{here}.readOnlyRootFilesystem", True, test=True)
        sheet.say("its root file system is read-only")
    if level >= 5:
        web.put(f"{here}.capabilities.drop", ["ALL"], test=["ALL"])
        sheet.say("all capabilities are dropped")
        added = draw.choice(("NET_BIND_SERVICE", "CHOWN", "SETUID", "NET_ADMIN"))
        sheet.say("except", added)
        web.put(f"{here}.capabilities.add", [added], test=[added])
    return sheet.item("a hardened Deployment", "a Deployment with a security context")
