"""A Role: what it may do, then a binding to an account, and the account."""

from __future__ import annotations

from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family

_CORE = ("pods", "services", "configmaps", "secrets", "endpoints", "events", "persistentvolumeclaims")
_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete")


@family("kubernetes", levels={2: "one rule", 3: "a second rule", 4: "a binding to a user", 5: "a new service account"})
def k8s_role(draw: Draw, level: int) -> Item:
    """Draw one Role."""
    sheet = KubernetesSheet(draw)
    namespace = draw.namespace()
    role = sheet.object("Role", "rbac.authorization.k8s.io/v1", "role")
    name = role.put("metadata.name", draw.name(), "name")
    role.put("metadata.namespace", namespace, "namespace")
    wanted = [([""], draw.sample(_CORE, 2), draw.sample(_VERBS, 3))]
    if level >= 3:
        wanted.append((["apps"], [draw.choice(("deployments", "statefulsets", "daemonsets"))], draw.sample(_VERBS, 2)))
    rules, tests = [], []
    for groups, resources, verbs in wanted:
        sheet.say(f"allows {', '.join(verbs)} on", f"{' and '.join(resources)} ({groups[0] or 'core'} API group)")
        rules.append({"apiGroups": groups, "resources": resources, "verbs": verbs})
        tests.append({"apiGroups": groups, "resources": {"items": resources}, "verbs": {"items": verbs}})
    role.each("rules", rules)
    role.expect("rules", {"some": tests, "length": len(tests)})
    if level >= 4:
        binding = sheet.object("RoleBinding", "rbac.authorization.k8s.io/v1", "binding")
        binding.put("metadata.name", f"{name}-binding", "role binding")
        binding.put("metadata.namespace", namespace, test=namespace)
        if level >= 5:
            account = sheet.object("ServiceAccount", "v1", "account")
            account.put("metadata.name", f"{name}-sa", "new service account in the same namespace, bound to it")
            account.put("metadata.namespace", namespace, test=namespace)
            binding.put("subjects[0].kind", "ServiceAccount", test="ServiceAccount")
            binding.refer("subjects[0].name", account)
            binding.put("subjects[0].namespace", namespace, test=namespace)
        else:
            binding.put("subjects[0].kind", draw.choice(("User", "Group")), "kind of the subject")
            binding.put("subjects[0].name", draw.email(), "subject")
            binding.put("subjects[0].apiGroup", "rbac.authorization.k8s.io")
        binding.put("roleRef.kind", "Role", test="Role")
        binding.refer("roleRef.name", role)
        binding.put("roleRef.apiGroup", "rbac.authorization.k8s.io")
        binding.leave_free("subjects[0].apiGroup", "roleRef.apiGroup")  # the defaults, and the only valid values
    return sheet.item("an RBAC Role", "a Kubernetes Role", "a namespaced Role")
