"""A ServiceAccount: its namespace, then token mounting, an annotation and pull secrets."""

from __future__ import annotations

from iacrl.tasks.family import Item, family
from iacrl.tasks.intent import exists, wants
from iacrl.tasks.manifests import manifest
from iacrl.tasks.pools import Draw
from iacrl.tasks.wording import Facts, ask


@family("kubernetes", levels={1: "a namespace", 2: "token mounting", 3: "a role annotation", 4: "a pull secret"})
def k8s_service_account(draw: Draw, level: int) -> Item:
    """Draw one ServiceAccount."""
    name, namespace = draw.name(), f"{draw.team()}-{draw.stage()}"
    metadata: dict[str, object] = {"name": name, "namespace": namespace}
    account: dict[str, object] = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
    tests: dict[str, object] = {"metadata.name": name, "metadata.namespace": namespace}
    facts: Facts = [("name", name), ("namespace", namespace)]
    if level >= 3:
        role = f"arn:aws:iam::{draw.number(10**11, 10**12 - 1)}:role/{draw.name()}"
        metadata["annotations"] = {"eks.amazonaws.com/role-arn": role}
        tests['metadata.annotations["eks.amazonaws.com/role-arn"]'] = role
        facts.append(("annotation eks.amazonaws.com/role-arn", role))
    if level >= 4:
        registry = draw.choice(("registry", "ghcr", "quay", "harbor", "dockerhub"))
        secret = f"{registry}-{draw.choice(('pull', 'auth', 'creds'))}"
        account["imagePullSecrets"] = [{"name": secret}]
        tests["imagePullSecrets[0].name"] = secret
        facts.append(("image pull secret", secret))
    if level >= 2:
        account["automountServiceAccountToken"] = tests["automountServiceAccountToken"] = mount = draw.chance(0.3)
        facts.append(f"its token is {'' if mount else 'not '}mounted into pods automatically")
    return Item(
        ask(draw.choice(("a ServiceAccount", "a service account", "a Kubernetes ServiceAccount")), *facts),
        manifest(account),
        wants(exists("account", "object ServiceAccount", tests)),
    )
