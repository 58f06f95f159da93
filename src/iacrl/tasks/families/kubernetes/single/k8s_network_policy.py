"""A NetworkPolicy: deny everything, then who may come in, on which ports, and what may go out."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family


@family("kubernetes", levels={2: "deny all", 3: "pods that may come in", 4: "on one port", 5: "and a way out"})
def k8s_network_policy(draw: Draw, level: int) -> Item:
    """Draw one NetworkPolicy."""
    sheet = KubernetesSheet(draw)
    policy = sheet.object("NetworkPolicy", "networking.k8s.io/v1", "policy")
    policy.put("metadata.name", draw.name(), "name")
    policy.put("metadata.namespace", draw.namespace(), "namespace")
    if level == 2:
        policy.put("spec.podSelector", {}, test={"equals": {}})
        direction = draw.choice(("Ingress", "Egress"))
        sheet.say("applies to all pods and denies all", f"{direction} traffic")
        policy.put("spec.policyTypes", [direction], test=[direction])
        policy.expect("spec.ingress[0]", {"absent": True})
        policy.expect("spec.egress[0]", {"absent": True})
        return sheet.item("a NetworkPolicy", "a default-deny NetworkPolicy")
    app, friend = draw.sample(words.SERVICES, 2)
    sheet.say("applies to pods with label app", app)
    policy.put("spec.podSelector.matchLabels.app", app, test=app)
    types = ["Ingress", "Egress"] if level >= 5 else ["Ingress"]
    sheet.say("policy types", " and ".join(types))
    policy.put("spec.policyTypes", types, test={"items": types})
    sheet.say("lets in pods with label app", friend)
    policy.put("spec.ingress[0].from[0].podSelector.matchLabels.app", friend, test=friend)
    if level >= 4:
        policy.put("spec.ingress[0].ports[0].protocol", draw.choice(("TCP", "UDP")), "incoming protocol")
        policy.put("spec.ingress[0].ports[0].port", draw.port(), "incoming port")
    if level >= 5:
        policy.cidr("spec.egress[0].to[0].ipBlock.cidr", draw.cidr(24), "lets traffic out to")
    return sheet.item("a NetworkPolicy", "a Kubernetes NetworkPolicy")
