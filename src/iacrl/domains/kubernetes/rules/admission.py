"""Admission policies in CEL, and their bindings. The expressions themselves are not evaluated."""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import Step, entries, placed
from iacrl.domains.kubernetes.rules.expressions import check_policy_expressions
from iacrl.domains.kubernetes.rules.extension import check_match_conditions, check_rule
from iacrl.domains.kubernetes.rules.names_labels import check_selector
from iacrl.domains.kubernetes.rules.rule_sources import page
from iacrl.domains.rules import coded_rule

POLICY = coded_rule(
    "KB486",
    "Bad admission policy",
    "A policy says which requests it is for (matchConstraints.resourceRules) and what it asks for: a validating one by "
    "validations or auditAnnotations, a mutating one by mutations; its variables are identifiers, each once.",
    page("reference/access-authn-authz/validating-admission-policy"),
)
BINDING = coded_rule(
    "KB487",
    "Bad binding of an admission policy",
    "A validating binding has validationActions (Deny, Warn or Audit, each once, Deny and Warn not together); "
    "a paramRef has a name or a selector, and a parameterNotFoundAction.",
    page("reference/access-authn-authz/validating-admission-policy"),
)

_REASONS: Final = frozenset({"Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"})
_ACTIONS: Final = frozenset({"Audit", "Deny", "Warn"})
_DEFAULTED: Final = "v1alpha1"  # only this version has a default for parameterNotFoundAction


def check_policy(manifest: Manifest) -> None:
    """Check a ValidatingAdmissionPolicy or MutatingAdmissionPolicy."""
    spec = manifest.values.get("spec") or {}
    _check_match(manifest, spec.get("matchConstraints"), True, "spec", "matchConstraints")
    manifest.one_of(spec.get("failurePolicy"), ("Fail", "Ignore"), "spec", "failurePolicy")
    check_match_conditions(manifest, spec.get("matchConditions"), "spec", "matchConditions")
    if spec.get("paramKind") is not None:
        _check_parameter_kind(manifest, spec["paramKind"], "spec", "paramKind")
    for at, variable in placed(spec.get("variables"), "spec", "variables"):
        manifest.follows(variable["name"], grammar.c_identifier, *at, "name")
        manifest.needs(variable, "expression", *at)
    if manifest.kind == "ValidatingAdmissionPolicy":
        _check_validations(manifest, spec)
    else:
        if not spec.get("mutations"):
            manifest.report(POLICY, "A mutating policy needs mutations.", "spec")
        if manifest.needs(spec, "reinvocationPolicy", "spec"):
            manifest.one_of(spec["reinvocationPolicy"], ("IfNeeded", "Never"), "spec", "reinvocationPolicy")
    check_policy_expressions(manifest, spec)


def _check_parameter_kind(manifest: Manifest, kind: dict[str, Any], *at: Step) -> None:
    if manifest.needs(kind, "apiVersion", *at):
        group, slash, version = kind["apiVersion"].rpartition("/")
        if slash and (grammar.dns_subdomain(group) or not version):
            manifest.report(POLICY, f"{kind['apiVersion']!r} is not a group and a version.", *at, "apiVersion")
        else:
            manifest.follows(version, grammar.dns_1035_label, *at, "apiVersion")
    if manifest.needs(kind, "kind", *at):
        manifest.follows(kind["kind"].lower(), grammar.dns_1035_label, *at, "kind")


def _check_validations(manifest: Manifest, spec: dict[str, Any]) -> None:
    if not spec.get("validations") and not spec.get("auditAnnotations"):
        manifest.report(POLICY, "A policy needs validations or auditAnnotations.", "spec")
    for at, validation in placed(spec.get("validations"), "spec", "validations"):
        if not validation["expression"].strip():
            manifest.report(POLICY, "A validation needs an expression.", *at, "expression")
        manifest.one_of(validation.get("reason"), _REASONS, *at, "reason")
        message = validation.get("message")
        if message and (not message.strip() or "\n" in message):
            manifest.report(POLICY, "A message is one line, and not blank.", *at, "message")
    notes = placed(spec.get("auditAnnotations"), "spec", "auditAnnotations")
    for here, note in notes:
        key = note["key"].strip()
        manifest.follows(f"{manifest.name}/{key}" if manifest.name else key, grammar.qualified_name, *here, "key")
        manifest.needs(note, "valueExpression", *here)
    manifest.unique(POLICY, "the audit annotation", notes, "key")


def _check_match(manifest: Manifest, match: Any, required: bool, *at: Step) -> None:
    rules = (match or {}).get("resourceRules")
    if required and not rules:
        manifest.report(POLICY, "matchConstraints needs resourceRules.", *(at if match else at[:-1]))
    if not match:
        return
    for field in ("resourceRules", "excludeResourceRules"):
        for index, rule in entries(match.get(field)):
            check_rule(manifest, rule, *at, field, index)
    manifest.one_of(match.get("matchPolicy"), ("Equivalent", "Exact"), *at, "matchPolicy")
    for field in ("namespaceSelector", "objectSelector"):
        check_selector(manifest, match.get(field), *at, field)


def check_binding(manifest: Manifest) -> None:
    """Check a ValidatingAdmissionPolicyBinding or MutatingAdmissionPolicyBinding."""
    spec = manifest.values.get("spec") or {}
    manifest.must_follow(spec, "policyName", grammar.dns_subdomain, "spec")
    if manifest.kind == "ValidatingAdmissionPolicyBinding":
        actions = [action for _, action in entries(spec.get("validationActions"))]
        if not actions:
            manifest.report(BINDING, "A binding needs validationActions.", "spec")
        elif len(set(actions)) != len(actions) or set(actions) >= {"Deny", "Warn"}:
            message = "Each action is given once, and Deny and Warn cannot be combined."
            manifest.report(BINDING, message, "spec", "validationActions")
        for index, action in entries(spec.get("validationActions")):
            manifest.one_of(action, _ACTIONS, "spec", "validationActions", index)
    reference, at = spec.get("paramRef"), ("spec", "paramRef")
    if reference is not None:
        if bool(reference.get("name")) == (reference.get("selector") is not None):
            manifest.report(BINDING, "A paramRef has a name or a selector, and not both.", *at)
        manifest.follows(reference.get("name") or None, grammar.path_segment, *at, "name")
        if reference.get("parameterNotFoundAction") is None and not manifest.api_version.endswith(_DEFAULTED):
            manifest.report(BINDING, "A paramRef needs a parameterNotFoundAction.", *at)
        manifest.one_of(reference.get("parameterNotFoundAction"), ("Allow", "Deny"), *at, "parameterNotFoundAction")
    _check_match(manifest, spec.get("matchResources"), False, "spec", "matchResources")
