"""Kubernetes: who may do what in a cluster, and what can be reached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iacrl.domains.document import Entity
from iacrl.domains.open_networks import from_anywhere
from iacrl.domains.security import Observed, SecurityCheck, at, each_of, items, mapping, text, texts

_ROLES = each_of("object", "Role", "ClusterRole")
_BINDINGS = each_of("object", "RoleBinding", "ClusterRoleBinding")
_READS = frozenset({"get", "list", "watch", "*"})
_RAISES = frozenset({"bind", "escalate", "impersonate"})
_EVERYBODY = frozenset(
    {
        "system:anonymous", "system:unauthenticated", "system:authenticated", "system:masters",
        "system:serviceaccounts",
    }
)  # fmt: skip
#: The group of all service accounts of one namespace, and the user that one account is.
_ACCOUNTS, _ACCOUNT = "system:serviceaccounts:", "system:serviceaccount:"
#: Roles that every cluster has, and that may change nearly everything in their scope.
_MIGHTY = frozenset({"cluster-admin", "admin", "edit"})
#: Subresources that run a program in a pod, or reach it past every network policy.
_INTO_PODS = frozenset({"pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "nodes/proxy", "pods/*"})
_LEVEL = "pod-security.kubernetes.io/enforce"


def _listed(value: Any) -> frozenset[str]:
    return frozenset(texts(value) or ())


def _no_wildcard(entity: Entity) -> Iterator[Observed]:
    for rule, steps in items(entity.values, "rules"):
        names = ("verbs", "resources", "apiGroups", "nonResourceURLs")
        found = [name for name in names if any(one in ("*", "*/*", "/*") for one in _listed(rule.get(name)))]
        yield Observed(not found, (*steps, *found[:1]))


def _no_all_secrets(entity: Entity) -> Iterator[Observed]:
    """A rule that names its secrets is fine."""
    for rule, steps in items(entity.values, "rules"):
        if _listed(rule.get("resources")) & {"secrets", "*"} and _listed(rule.get("apiGroups")) & {"", "*"}:
            reads = _listed(rule.get("verbs")) & _READS
            yield Observed(not reads or bool(rule.get("resourceNames")), steps)


def _raises_nobody(entity: Entity) -> Iterator[Observed]:
    for rule, steps in items(entity.values, "rules"):
        yield Observed(not _listed(rule.get("verbs")) & _RAISES, steps)


def _stays_out_of_pods(entity: Entity) -> Iterator[Observed]:
    for rule, steps in items(entity.values, "rules"):
        resources = _listed(rule.get("resources"))
        yield Observed(not (resources & _INTO_PODS or any(one.startswith("*/") for one in resources)), steps)


def _no_cluster_admin(entity: Entity) -> Iterator[Observed]:
    name, steps = at(entity.values, "roleRef", "name")
    everywhere = entity.kind == "ClusterRoleBinding"
    yield Observed(name not in (_MIGHTY if everywhere else ("cluster-admin",)), steps)


def _known_subjects(entity: Entity) -> Iterator[Observed]:
    for subject, steps in items(entity.values, "subjects"):
        name = text(subject.get("name"))
        yield Observed(name not in _EVERYBODY and not name.startswith(_ACCOUNTS), steps)


def _named_account(entity: Entity) -> Iterator[Observed]:
    for subject, steps in items(entity.values, "subjects"):
        name = text(subject.get("name"))
        if subject.get("kind") == "ServiceAccount":
            yield Observed(name != "default", steps)
        elif name.startswith(_ACCOUNT):
            yield Observed(not name.endswith(":default"), steps)


def _narrow_balancer(entity: Entity) -> Iterator[Observed]:
    spec = mapping(at(entity.values, "spec")[0])
    if spec.get("type") == "LoadBalancer":
        found = from_anywhere(spec.get("loadBalancerSourceRanges") or "0.0.0.0/0")
        internal = any("internal" in key for key in mapping(at(entity.values, "metadata", "annotations")[0]))
        yield Observed(internal or found is False, ("spec", "type"))


def _uses_tls(entity: Entity) -> Iterator[Observed]:
    spec = mapping(at(entity.values, "spec")[0])
    if spec.get("rules") or spec.get("defaultBackend"):
        yield Observed(bool(spec.get("tls")), ("spec",))


def _narrow_ingress(entity: Entity) -> Iterator[Observed]:
    """An ingress rule without `from` lets everybody in; so does a block of all addresses."""
    spec, _ = at(entity.values, "spec")
    for rule, steps in items(spec, "ingress"):
        blocks = [at(source, "ipBlock", "cidr")[0] for source, _ in items(rule, "from")]
        is_open = from_anywhere([block for block in blocks if block is not None])
        yield Observed(bool(rule.get("from")) and not is_open, ("spec", *steps))


def _enforces_a_level(entity: Entity) -> Iterator[Observed]:
    labels, steps = at(entity.values, "metadata", "labels")
    if _LEVEL in mapping(labels):
        yield Observed(labels[_LEVEL] != "privileged", (*steps, _LEVEL))


CHECKS = (
    SecurityCheck("SEC431", _ROLES, "A role names verbs, resources and API groups",
          "A wildcard grants what exists today and whatever is added later.",
          "CIS Kubernetes Benchmark 1.8.0, 5.1.3", _no_wildcard),
    SecurityCheck("SEC432", _ROLES, "A role does not read every secret",
          "Whoever lists secrets holds every credential of the namespace or cluster.",
          "CIS Kubernetes Benchmark 1.8.0, 5.1.2", _no_all_secrets),
    SecurityCheck("SEC433", _ROLES, "A role cannot raise its own rights",
          "`bind`, `escalate` and `impersonate` give any other right.",
          "CIS Kubernetes Benchmark 1.8.0, 5.1.8", _raises_nobody),
    SecurityCheck("SEC434", _BINDINGS, "Nobody is bound to cluster-admin, or to admin or edit in every namespace",
          "cluster-admin may do everything, and the others nearly so, wherever they are bound.",
          "CIS Kubernetes Benchmark 1.8.0, 5.1.1", _no_cluster_admin),
    SecurityCheck("SEC435", _BINDINGS, "Nothing is granted to everybody, to every service account, or above all rules",
          "Anonymous and authenticated users are everybody; `system:masters` cannot be taken back.",
          "CIS Kubernetes Benchmark 1.8.0, 5.1.7; Kubernetes documentation, RBAC Good Practices", _known_subjects),
    SecurityCheck("SEC436", _BINDINGS, "Nothing is granted to a default service account",
          "Every pod that names no account has it.", "CIS Kubernetes Benchmark 1.8.0, 5.1.5", _named_account),
    SecurityCheck("SEC437", _ROLES, "A role does not reach into running pods",
          "`pods/exec` and its like give whatever the pods may do, and read what they hold.",
          "Kubernetes documentation, RBAC Good Practices; CIS Kubernetes Benchmark 1.8.0, 5.1.3", _stays_out_of_pods),
    SecurityCheck("SEC441", each_of("object", "Service"), "A load balancer is internal, or names who may reach it",
          "Without `loadBalancerSourceRanges` it takes every address.",
          "Kubernetes documentation, Service, loadBalancerSourceRanges", _narrow_balancer),
    SecurityCheck("SEC442", each_of("object", "Ingress"), "An Ingress has TLS",
          "Traffic over HTTP can be read and changed on its way.",
          "Kubernetes documentation, Ingress, TLS", _uses_tls),
    SecurityCheck("SEC443", each_of("object", "NetworkPolicy"), "A network policy does not let everybody in",
          "A rule without `from`, or from 0.0.0.0/0, restricts nothing.",
          "Kubernetes documentation, Network Policies", _narrow_ingress),
    SecurityCheck("SEC444", each_of("object", "Namespace"), "A namespace does not enforce the privileged level",
          "`privileged` admits every pod.", "Kubernetes documentation, Pod Security Admission", _enforces_a_level),
)  # fmt: skip
