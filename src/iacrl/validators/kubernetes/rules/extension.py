"""Admission webhooks and CustomResourceDefinitions."""

from __future__ import annotations

from typing import Any, Final

from iacrl.validators.kubernetes import grammar
from iacrl.validators.kubernetes.findings import Manifest
from iacrl.validators.kubernetes.rules.common import Step, entries, needs, one_of, report_duplicates, within
from iacrl.validators.kubernetes.rules.names_labels import check_selector
from iacrl.validators.kubernetes.rules.sources import group, page
from iacrl.validators.rules import Rule

_CRDS = page("tasks/extend-kubernetes/custom-resources/custom-resource-definitions")

WEBHOOK_NAME = Rule(
    "KB475",
    "references",
    "Bad webhook name",
    "A webhook's name has at least three parts (check.example.com), and no other webhook of the object has it.",
    group("admissionregistration", "validateValidatingWebhook"),
)
WEBHOOK_CLIENT = Rule(
    "KB476",
    "references",
    "Bad webhook client",
    "clientConfig has exactly one of url (https, without user, query or fragment) and service.",
    page("reference/access-authn-authz/extensible-admission-controllers") + "#contacting-the-webhook",
)
WEBHOOK_RULES = Rule(
    "KB477",
    "references",
    "Bad webhook rules",
    "A rule has operations, apiGroups, apiVersions and resources; '*' stands alone; admissionReviewVersions "
    "holds a version that the API server can send.",
    page("reference/access-authn-authz/extensible-admission-controllers") + "#matching-requests-rules",
)
CRD_NAME = Rule(
    "KB478",
    "references",
    "Bad name of a CustomResourceDefinition",
    "Its name is the plural of its kind, '.' and its group, which has at least one dot; the names are lower-case.",
    _CRDS,
)
CRD_VERSIONS = Rule(
    "KB479",
    "references",
    "Bad versions of a CustomResourceDefinition",
    "Exactly one version is the storage version, each name stands once, and each version has a schema.",
    _CRDS + "#specifying-a-structural-schema",
)

RULES: tuple[Rule, ...] = (WEBHOOK_NAME, WEBHOOK_CLIENT, WEBHOOK_RULES, CRD_NAME, CRD_VERSIONS)

_OPERATIONS: Final = frozenset({"*", "CREATE", "UPDATE", "DELETE", "CONNECT"})
_REVIEWS: Final = frozenset({"v1", "v1beta1"})


def check_webhooks(manifest: Manifest) -> None:
    """Check a ValidatingWebhookConfiguration or MutatingWebhookConfiguration."""
    names: list[tuple[Any, tuple[Step, ...]]] = []
    for index, hook in entries(manifest.values.get("webhooks")):
        at = ("webhooks", index)
        name = hook.get("name") or ""
        names.append((name, (*at, "name")))
        if grammar.dns_subdomain(name) or name.count(".") < 2:
            message = f"The webhook name {name!r} needs at least three parts, such as check.example.com."
            manifest.report(WEBHOOK_NAME, message, *at, "name")
        _check_client(manifest, hook.get("clientConfig") or {}, *at, "clientConfig")
        one_of(manifest, hook.get("sideEffects"), ("None", "NoneOnDryRun"), *at, "sideEffects")
        one_of(manifest, hook.get("failurePolicy"), ("Ignore", "Fail"), *at, "failurePolicy")
        one_of(manifest, hook.get("matchPolicy"), ("Exact", "Equivalent"), *at, "matchPolicy")
        one_of(manifest, hook.get("reinvocationPolicy"), ("Never", "IfNeeded"), *at, "reinvocationPolicy")
        within(manifest, hook.get("timeoutSeconds"), 1, 30, *at, "timeoutSeconds")
        check_selector(manifest, hook.get("namespaceSelector"), *at, "namespaceSelector")
        check_selector(manifest, hook.get("objectSelector"), *at, "objectSelector")
        if not _REVIEWS & set(hook.get("admissionReviewVersions") or ()):
            message = "admissionReviewVersions must hold v1 or v1beta1."
            manifest.report(WEBHOOK_RULES, message, *at, "admissionReviewVersions")
        for place, rule in entries(hook.get("rules")):
            _check_rule(manifest, rule, *at, "rules", place)
    report_duplicates(manifest, WEBHOOK_NAME, names, "the webhook name")


def _check_client(manifest: Manifest, client: dict[str, Any], *at: Step) -> None:
    url, service = client.get("url"), client.get("service")
    if (url is None) == (service is None):
        manifest.report(WEBHOOK_CLIENT, "clientConfig needs exactly one of url and service.", *at)
    if url is not None and (not url.startswith("https://") or any(mark in url for mark in "?#@")):
        message = f"The url {url!r} must be https, without user, query or fragment."
        manifest.report(WEBHOOK_CLIENT, message, *at, "url")
    if service is not None:
        needs(manifest, service, "name", *at, "service")
        needs(manifest, service, "namespace", *at, "service")
        within(manifest, service.get("port"), 1, 65535, *at, "service", "port")


def _check_rule(manifest: Manifest, rule: dict[str, Any], *at: Step) -> None:
    for field in ("operations", "apiGroups", "apiVersions", "resources"):
        listed = rule.get(field)
        if not listed:
            manifest.report(WEBHOOK_RULES, f"A rule needs {field}.", *at)
        elif field != "resources" and "*" in listed and len(listed) > 1:
            manifest.report(WEBHOOK_RULES, f"In {field} '*' stands alone.", *at, field)
    for index, operation in entries(rule.get("operations")):
        one_of(manifest, operation, _OPERATIONS, *at, "operations", index)
    one_of(manifest, rule.get("scope"), ("Cluster", "Namespaced", "*"), *at, "scope")


def check_custom_resource_definition(manifest: Manifest) -> None:
    """Check a CustomResourceDefinition."""
    spec = manifest.values.get("spec") or {}
    names, api_group = spec.get("names") or {}, spec.get("group") or ""
    if grammar.dns_subdomain(api_group) or "." not in api_group:
        manifest.report(CRD_NAME, f"The group {api_group!r} is not a domain with a dot.", "spec", "group")
    plural = names.get("plural") or ""
    if manifest.name and manifest.name != f"{plural}.{api_group}":
        message = f"The name must be {f'{plural}.{api_group}'!r}, the plural and the group."
        manifest.report(CRD_NAME, message, "metadata", "name")
    if why := grammar.dns_1035_label(plural):
        manifest.report(CRD_NAME, f"The plural {plural!r}: {why}.", "spec", "names", "plural")
    one_of(manifest, spec.get("scope"), ("Cluster", "Namespaced"), "spec", "scope")
    versions = entries(spec.get("versions"))
    stored = [version for _, version in versions if version.get("storage")]
    if len(stored) != 1:
        message = f"Exactly one version is stored (storage: true), not {len(stored)}."
        manifest.report(CRD_VERSIONS, message, "spec", "versions")
    named: list[tuple[Any, tuple[Step, ...]]] = []
    for index, version in versions:
        at = ("spec", "versions", index)
        named.append((version.get("name") or "", (*at, "name")))
        if why := grammar.dns_1035_label(version.get("name") or ""):
            manifest.report(CRD_VERSIONS, f"The version {version.get('name')!r}: {why}.", *at)
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        if not schema:
            manifest.report(CRD_VERSIONS, "Each version needs schema.openAPIV3Schema.", *at)
        elif schema.get("type") != "object":
            message = "The schema of a version has type object at its root."
            manifest.report(CRD_VERSIONS, message, *at, "schema", "openAPIV3Schema")
    report_duplicates(manifest, CRD_VERSIONS, named, "the version")
