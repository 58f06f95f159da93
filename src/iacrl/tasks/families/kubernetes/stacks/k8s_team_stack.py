"""A namespace for a team: its quota and defaults, then who may do what, then who may talk to whom."""

from __future__ import annotations

from iacrl.tasks.families.kubernetes.sheet import KubernetesPart, KubernetesSheet
from iacrl.tasks.family import Draw, Item, family

_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete")
_RBAC = "rbac.authorization.k8s.io"


@family(
    "kubernetes", levels={3: "namespace, quota, defaults", 4: "an account with a role", 5: "network and configuration"}
)
def k8s_team_stack(draw: Draw, level: int) -> Item:
    """Draw one team's namespace; at level 5 it has eight linked objects."""
    sheet = KubernetesSheet(draw)
    team, namespace = draw.team(), draw.namespace()

    def within(kind: str, version: str, alias: str, suffix: str, said: str) -> KubernetesPart:
        part = sheet.object(kind, version, alias)
        part.put("metadata.name", f"{team}-{suffix}", said)
        part.put("metadata.namespace", namespace, test=namespace)
        return part

    space = sheet.object("Namespace", "v1", "space")
    space.put("metadata.name", namespace, "new namespace of everything")
    space.put("metadata.labels.team", team, "label team of the namespace")
    quota = within("ResourceQuota", "v1", "quota", "quota", "ResourceQuota")
    quota.quantity('spec.hard["requests.cpu"]', str(draw.number(4, 64)), "requests.cpu of the quota")
    quota.quantity('spec.hard["limits.memory"]', f"{draw.number(8, 256)}Gi", "limits.memory of the quota")
    limits = within("LimitRange", "v1", "limits", "limits", "LimitRange")
    limits.put("spec.limits[0].type", "Container", test="Container")
    limits.quantity("spec.limits[0].defaultRequest.cpu", f"{draw.number(50, 450, 50)}m", "default CPU request")
    limits.quantity("spec.limits[0].default.cpu", f"{draw.number(500, 4000, 100)}m", "default CPU limit")
    if level >= 4:
        account = within("ServiceAccount", "v1", "account", "bot", "service account")
        role = within("Role", f"{_RBAC}/v1", "role", "editor", "Role")
        resources, verbs = draw.sample(("pods", "services", "configmaps", "secrets"), 2), draw.sample(_VERBS, 3)
        sheet.say(f"the Role allows {', '.join(verbs)} on", f"{' and '.join(resources)} (core API group)")
        role.each("rules", [{"apiGroups": [""], "resources": resources, "verbs": verbs}])
        wanted = {"apiGroups": [""], "resources": {"items": resources}, "verbs": {"items": verbs}}
        role.expect("rules", {"some": [wanted], "length": 1})
        binding = within("RoleBinding", f"{_RBAC}/v1", "binding", "editor-binding", "RoleBinding of both")
        binding.put("subjects[0].kind", "ServiceAccount", test="ServiceAccount")
        binding.refer("subjects[0].name", account)
        binding.put("subjects[0].namespace", namespace, test=namespace)
        binding.put("roleRef.apiGroup", _RBAC)
        binding.leave_free("roleRef.apiGroup")  # the default, and the only valid value
        binding.put("roleRef.kind", "Role", test="Role")
        binding.refer("roleRef.name", role)
    if level >= 5:
        policy = within("NetworkPolicy", "networking.k8s.io/v1", "policy", "inside", "NetworkPolicy of all pods")
        policy.put("spec.podSelector", {}, test={"equals": {}})
        policy.put("spec.policyTypes", ["Ingress"], test=["Ingress"])
        policy.put("spec.ingress[0].from[0].namespaceSelector.matchLabels.team", team, test=team)
        sheet.say("the NetworkPolicy lets in only from namespaces with label team", team)
        config = within("ConfigMap", "v1", "config", "defaults", "ConfigMap")
        config.put_all("data", draw.settings(2), "ConfigMap key")
    return sheet.item("a namespace for a team", "a team's namespace with its limits")
