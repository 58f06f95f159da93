"""A ServiceAccount: its namespace, then token mounting, an annotation and pull secrets."""

from __future__ import annotations

from iacrl.tasks.families.kubernetes.sheet import KubernetesSheet
from iacrl.tasks.family import Draw, Item, family


@family("kubernetes", levels={1: "a namespace", 2: "token mounting", 3: "a role annotation", 4: "a pull secret"})
def k8s_service_account(draw: Draw, level: int) -> Item:
    """Draw one ServiceAccount."""
    sheet = KubernetesSheet(draw)
    account = sheet.object("ServiceAccount", "v1", "account")
    account.put("metadata.name", draw.name(), "name")
    account.put("metadata.namespace", draw.namespace(), "namespace")
    if level >= 3:
        role = {"eks.amazonaws.com/role-arn": f"arn:aws:iam::{draw.account()}:role/{draw.name()}"}
        account.put_all("metadata.annotations", role, "annotation")
    if level >= 4:
        registry = draw.choice(("registry", "ghcr", "quay", "harbor", "dockerhub"))
        secret = f"{registry}-{draw.choice(('pull', 'auth', 'creds'))}"
        account.put("imagePullSecrets[0].name", secret, "image pull secret")
    if level >= 2:
        mount = account.put("automountServiceAccountToken", draw.chance(0.3))
        account.expect("automountServiceAccountToken", mount)
        sheet.say(f"its token is {'' if mount else 'not '}mounted into pods automatically")
    return sheet.item("a ServiceAccount", "a service account", "a Kubernetes ServiceAccount")
