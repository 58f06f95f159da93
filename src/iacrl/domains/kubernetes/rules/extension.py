"""Admission webhooks."""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import Step, entries, placed
from iacrl.domains.kubernetes.rules.crd_versions import check_review_versions
from iacrl.domains.kubernetes.rules.expressions import check_webhook_expressions
from iacrl.domains.kubernetes.rules.names_labels import check_selector
from iacrl.domains.kubernetes.rules.rule_sources import group, page
from iacrl.domains.rules import coded_rule

WEBHOOK_NAME = coded_rule(
    "KB475",
    "Bad webhook name",
    "A webhook's name has at least three parts (check.example.com), and no other webhook of the object has it.",
    group("admissionregistration", "validateValidatingWebhook"),
)
WEBHOOK_CLIENT = coded_rule(
    "KB476",
    "Bad webhook client",
    "clientConfig has exactly one of url (https, without user, query or fragment) and service, whose path begins "
    "with '/'.",
    page("reference/access-authn-authz/extensible-admission-controllers") + "#contacting-the-webhook",
)
WEBHOOK_RULES = coded_rule(
    "KB477",
    "Bad webhook rules",
    "A rule has operations, apiGroups, apiVersions and resources; '*' is the only entry; admissionReviewVersions "
    "holds a version that the API server can send; match conditions have different names and an expression.",
    page("reference/access-authn-authz/extensible-admission-controllers") + "#matching-requests-rules",
)
_OPERATIONS: Final = frozenset({"*", "CREATE", "UPDATE", "DELETE", "CONNECT"})


def check_webhooks(manifest: Manifest) -> None:
    """Check a ValidatingWebhookConfiguration or MutatingWebhookConfiguration."""
    hooks = placed(manifest.values.get("webhooks"), "webhooks")
    for at, hook in hooks:
        name = hook.get("name") or ""
        if grammar.dns_subdomain(name) or name.count(".") < 2:
            message = f"The webhook name {name!r} needs at least three parts, such as check.example.com."
            manifest.report(WEBHOOK_NAME, message, *at, "name")
        check_client(manifest, hook.get("clientConfig") or {}, *at, "clientConfig")
        manifest.one_of(hook.get("sideEffects"), ("None", "NoneOnDryRun"), *at, "sideEffects")
        manifest.one_of(hook.get("failurePolicy"), ("Ignore", "Fail"), *at, "failurePolicy")
        manifest.one_of(hook.get("matchPolicy"), ("Exact", "Equivalent"), *at, "matchPolicy")
        manifest.one_of(hook.get("reinvocationPolicy"), ("Never", "IfNeeded"), *at, "reinvocationPolicy")
        manifest.within(hook.get("timeoutSeconds"), 1, 30, *at, "timeoutSeconds")
        check_selector(manifest, hook.get("namespaceSelector"), *at, "namespaceSelector")
        check_selector(manifest, hook.get("objectSelector"), *at, "objectSelector")
        versions = hook.get("admissionReviewVersions")
        if manifest.needs(hook, "admissionReviewVersions", *at):
            check_review_versions(manifest, WEBHOOK_RULES, versions, *at, "admissionReviewVersions")
        for place, rule in entries(hook.get("rules")):
            check_rule(manifest, rule, *at, "rules", place)
        check_match_conditions(manifest, hook.get("matchConditions"), *at, "matchConditions")
        check_webhook_expressions(manifest, hook.get("matchConditions"), *at, "matchConditions")
    manifest.unique(WEBHOOK_NAME, "the webhook name", hooks, "name")


_MOST_CONDITIONS: Final = 64


def check_match_conditions(manifest: Manifest, conditions: Any, *at: Step) -> None:
    """Check the CEL conditions of a webhook or policy, except the expressions themselves."""
    if len(conditions or ()) > _MOST_CONDITIONS:
        manifest.report(WEBHOOK_RULES, f"There are at most {_MOST_CONDITIONS} match conditions.", *at)
    for index, condition in entries(conditions):
        manifest.follows(condition["name"], grammar.qualified_name, *at, index, "name")
        manifest.needs(condition, "expression", *at, index)
    manifest.unique(WEBHOOK_RULES, "the match condition", placed(conditions, *at), "name")


def check_client(manifest: Manifest, client: dict[str, Any], *at: Step) -> None:
    """Check how the API server reaches a webhook."""
    url, service = client.get("url"), client.get("service")
    if (url is None) == (service is None):
        manifest.report(WEBHOOK_CLIENT, "clientConfig needs exactly one of url and service.", *at)
    if url is not None and (not url.startswith("https://") or any(mark in url for mark in "?#@")):
        message = f"The url {url!r} must be https, without user, query or fragment."
        manifest.report(WEBHOOK_CLIENT, message, *at, "url")
    if service is not None:
        manifest.needs(service, "name", *at, "service")
        manifest.needs(service, "namespace", *at, "service")
        manifest.within(service.get("port"), 1, 65535, *at, "service", "port")
        path = service.get("path")
        if path and (not path.startswith("/") or "//" in path):
            message = f"The path {path!r} must begin with '/' and hold no empty part."
            manifest.report(WEBHOOK_CLIENT, message, *at, "service", "path")


def check_rule(manifest: Manifest, rule: dict[str, Any], *at: Step) -> None:
    """Check which requests a webhook or policy is for."""
    for field in ("operations", "apiGroups", "apiVersions", "resources"):
        listed = rule.get(field)
        if not listed:
            manifest.report(WEBHOOK_RULES, f"A rule needs {field}.", *at)
        elif field != "resources" and "*" in listed and len(listed) > 1:
            manifest.report(WEBHOOK_RULES, f"In {field} '*' must be the only entry.", *at, field)
        for index, each in enumerate(listed or ()):
            if not each and field in {"apiVersions", "resources"}:
                manifest.report(WEBHOOK_RULES, f"An entry of {field} is empty.", *at, field, index)
    _check_resources(manifest, [name for _, name in entries(rule.get("resources"))], *at, "resources")
    for index, name in entries(rule.get("resourceNames")):
        manifest.follows(name, grammar.path_segment, *at, "resourceNames", index)
    names = [(name, (*at, "resourceNames", index)) for index, name in entries(rule.get("resourceNames"))]
    manifest.report_duplicates(WEBHOOK_RULES, names, "the name")
    for index, operation in entries(rule.get("operations")):
        manifest.one_of(operation, _OPERATIONS, *at, "operations", index)
    manifest.one_of(rule.get("scope"), ("Cluster", "Namespaced", "*"), *at, "scope")


def _check_resources(manifest: Manifest, listed: list[str], *at: Step) -> None:
    """Check that a wildcard is not next to what it covers."""
    whole, parts = {name for name in listed if "/" not in name}, {name for name in listed if "/" in name}
    every = {name.partition("/")[2] for name in parts if name.startswith("*/")}  # `*/status` covers `pods/status`
    full = {name.partition("/")[0] for name in parts if name.endswith("/*")}  # `pods/*` covers `pods/status`
    covered = whole - {"*"} if "*" in whole else set()
    for name in parts - {"*/*"}:
        resource, _, part = name.partition("/")
        if (part in every and resource != "*") or (resource in full and part != "*"):
            covered.add(name)
    if "*/*" in parts:
        covered = {*listed} - {"*/*"}
    if covered:
        message = f"A wildcard among the resources covers {min(covered)!r} already."
        manifest.report(WEBHOOK_RULES, message, *at)
