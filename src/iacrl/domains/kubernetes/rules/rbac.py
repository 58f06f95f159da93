"""Roles, bindings and service accounts."""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import entries, placed
from iacrl.domains.kubernetes.rules.names_labels import check_selector
from iacrl.domains.kubernetes.rules.rule_sources import group, page
from iacrl.domains.rules import coded_rule

_RBAC = page("reference/access-authn-authz/rbac")

ROLE_RULE = coded_rule(
    "KB472",
    "Bad rule of a role",
    "A rule has verbs, and either apiGroups and resources or nonResourceURLs, which only a ClusterRole may have.",
    group("rbac", "ValidatePolicyRule"),
)
ROLE_REFERENCE = coded_rule(
    "KB473",
    "Bad roleRef",
    "A binding refers to a Role or ClusterRole of the group rbac.authorization.k8s.io; a ClusterRoleBinding to a "
    "ClusterRole only.",
    _RBAC + "#rolebinding-and-clusterrolebinding",
)
SUBJECT = coded_rule(
    "KB474",
    "Bad subject",
    "Subjects are ServiceAccount (group empty; in a ClusterRoleBinding with a namespace), User and Group (group "
    "rbac.authorization.k8s.io).",
    _RBAC + "#referring-to-subjects",
)

SUBJECT_NAMESPACE = coded_rule(
    "KB497",
    "Service account without a namespace",
    "The API server takes a RoleBinding whose ServiceAccount has no namespace, but it then grants nothing to anyone.",
    _RBAC + "#referring-to-subjects",
    "warning",
)

_GROUP: Final = "rbac.authorization.k8s.io"


def check_role(manifest: Manifest) -> None:
    """Check a Role or ClusterRole."""
    for at, rule in placed(manifest.values.get("rules"), "rules"):
        if not rule.get("verbs"):
            manifest.report(ROLE_RULE, "A rule needs verbs.", *at)
        if rule.get("nonResourceURLs"):
            if manifest.kind == "Role":
                message = "Only a ClusterRole may name nonResourceURLs."
                manifest.report_key(ROLE_RULE, message, *at, "nonResourceURLs")
            if any(rule.get(field) for field in ("apiGroups", "resources", "resourceNames")):
                message = "A rule is about resources or about nonResourceURLs, not both."
                manifest.report(ROLE_RULE, message, *at)
            continue
        for field in ("apiGroups", "resources"):
            if not rule.get(field):
                hint = ' Write [""] for the core group.' if field == "apiGroups" else ""
                manifest.report(ROLE_RULE, f"A rule needs {field}.{hint}", *at)
    aggregation = manifest.values.get("aggregationRule")
    if aggregation is not None:
        if not aggregation.get("clusterRoleSelectors"):
            manifest.report(ROLE_RULE, "An aggregationRule needs clusterRoleSelectors.", "aggregationRule")
        for index, selector in entries(aggregation.get("clusterRoleSelectors")):
            check_selector(manifest, selector, "aggregationRule", "clusterRoleSelectors", index)


def check_binding(manifest: Manifest) -> None:
    """Check a RoleBinding or ClusterRoleBinding."""
    role = manifest.values.get("roleRef") or {}
    if role.get("apiGroup") not in (None, "", _GROUP):
        message = f"The apiGroup of a roleRef is {_GROUP}, not {role['apiGroup']!r}."
        manifest.report(ROLE_REFERENCE, message, "roleRef", "apiGroup")
    kinds = ("ClusterRole",) if manifest.kind == "ClusterRoleBinding" else ("Role", "ClusterRole")
    if role.get("kind") not in kinds:
        message = f"A {manifest.kind} refers to a {' or '.join(kinds)}, not to {role.get('kind')!r}."
        manifest.report(ROLE_REFERENCE, message, "roleRef", "kind")
    manifest.must_follow(role, "name", grammar.path_segment, "roleRef")
    for index, subject in entries(manifest.values.get("subjects")):
        _check_subject(manifest, subject, index)


def _check_subject(manifest: Manifest, subject: dict[str, Any], index: int) -> None:
    at = ("subjects", index)
    kind, api_group, namespace = subject.get("kind"), subject.get("apiGroup"), subject.get("namespace")
    manifest.needs(subject, "name", *at)
    if kind == "ServiceAccount":
        if api_group:
            manifest.report(SUBJECT, "A ServiceAccount is of the core group: leave apiGroup out.", *at, "apiGroup")
        if not namespace:
            rule = SUBJECT if manifest.kind == "ClusterRoleBinding" else SUBJECT_NAMESPACE
            manifest.report(rule, "A ServiceAccount as a subject needs its namespace.", *at)
        manifest.follows(subject.get("name") or None, grammar.dns_subdomain, *at, "name")
    elif kind in {"User", "Group"}:
        if api_group not in (None, "", _GROUP):
            manifest.report(SUBJECT, f"The apiGroup of a {kind} is {_GROUP}.", *at, "apiGroup")
    else:
        message = f"A subject is a User, a Group or a ServiceAccount, not {kind!r}."
        manifest.report(SUBJECT, message, *at, "kind")
