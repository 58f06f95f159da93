"""A ClusterRole: its rules, then a binding to a group or an account."""

from __future__ import annotations

from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family

_GROUPS = {
    "": ("nodes", "namespaces", "persistentvolumes", "pods"),
    "apps": ("deployments", "replicasets", "daemonsets"),
    "batch": ("jobs", "cronjobs"),
    "networking.k8s.io": ("ingresses", "networkpolicies"),
    "storage.k8s.io": ("storageclasses", "volumeattachments"),
}
_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete")


@family("kubernetes", levels={2: "one rule", 3: "an aggregation label", 4: "a binding"})
def k8s_cluster_role(draw: Draw, level: int) -> Item:
    """Draw one ClusterRole."""
    sheet = KubernetesSheet(draw)
    role = sheet.object("ClusterRole", "rbac.authorization.k8s.io/v1", "role")
    name = role.put("metadata.name", draw.name(), "name")
    if level >= 3:
        label = f"rbac.authorization.k8s.io/aggregate-to-{draw.choice(('view', 'edit', 'admin'))}"
        role.put_all("metadata.labels", {label: "true"}, "label")
    group = draw.choice(list(_GROUPS))
    verbs, resource = draw.sample(_VERBS, 3), draw.choice(_GROUPS[group])
    sheet.say(f"allows {', '.join(verbs)} on", f"{resource} ({group or 'core'} API group)")
    role.put("rules[0].apiGroups", [group], test=[group])
    role.put("rules[0].resources", [resource], test=[resource])
    role.put("rules[0].verbs", verbs, test={"items": verbs})
    if level >= 4:
        binding = sheet.object("ClusterRoleBinding", "rbac.authorization.k8s.io/v1", "binding")
        binding.put("metadata.name", f"{name}-{draw.choice(('binding', 'all', 'staff'))}", "cluster role binding")
        kind = binding.put("subjects[0].kind", draw.choice(("ServiceAccount", "Group")), "kind of the subject")
        binding.put("subjects[0].name", draw.name(), "subject")
        if kind == "ServiceAccount":
            binding.put("subjects[0].namespace", draw.namespace(), "namespace of the subject")
        else:
            binding.put("subjects[0].apiGroup", "rbac.authorization.k8s.io")
        binding.put("roleRef.kind", "ClusterRole", test="ClusterRole")
        binding.refer("roleRef.name", role)
        binding.put("roleRef.apiGroup", "rbac.authorization.k8s.io")
        binding.leave_free("subjects[0].apiGroup", "roleRef.apiGroup")  # the defaults, and the only valid values
    return sheet.item("a ClusterRole", "an RBAC ClusterRole", "a Kubernetes ClusterRole")
