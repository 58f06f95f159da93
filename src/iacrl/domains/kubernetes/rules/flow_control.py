"""FlowSchemas and PriorityLevelConfigurations: how the API server divides its time among requests.

Source: `pkg/apis/flowcontrol/validation/validation.go`.
"""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import CONFLICT, MALFORMED, UNSUPPORTED_VALUE, Step, entries, placed

_VERBS: Final = frozenset(
    {"create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch", "*"}
)
_SUBJECTS: Final = {"Group": "group", "ServiceAccount": "serviceAccount", "User": "user"}
_EXEMPT: Final = "exempt"
_QUEUES: Final = {"queues": 64, "handSize": 8, "queueLengthLimit": 50}  # with their defaults


def check_flow_schema(manifest: Manifest) -> None:
    """Check a FlowSchema."""
    spec = manifest.values.get("spec") or {}
    precedence = spec.get("matchingPrecedence") or None  # 0 means the default
    manifest.within(precedence, 1, 10_000, "spec", "matchingPrecedence")
    if precedence == 1 and manifest.name != _EXEMPT:
        message = "The precedence 1 belongs to the flow schema exempt."
        manifest.report(CONFLICT, message, "spec", "matchingPrecedence")
    level = spec.get("priorityLevelConfiguration") or {}
    at = ("spec", "priorityLevelConfiguration")
    manifest.must_follow(level, "name", grammar.dns_subdomain, *at)
    method = spec.get("distinguisherMethod")
    if method is not None:
        manifest.one_of(method.get("type"), ("ByNamespace", "ByUser"), "spec", "distinguisherMethod", "type")
    for here, rule in placed(spec.get("rules"), "spec", "rules"):
        manifest.needs(rule, "subjects", *here)
        for place, subject in entries(rule.get("subjects")):
            _check_subject(manifest, subject, *here, "subjects", place)
        if not rule.get("resourceRules") and not rule.get("nonResourceRules"):
            manifest.needs(rule, "resourceRules", *here)
        for place, each in entries(rule.get("resourceRules")):
            _check_resources(manifest, each, *here, "resourceRules", place)
        for place, each in entries(rule.get("nonResourceRules")):
            _check_urls(manifest, each, *here, "nonResourceRules", place)


def _check_subject(manifest: Manifest, subject: dict[str, Any], *at: Step) -> None:
    kind = subject["kind"]
    if not manifest.one_of(kind, _SUBJECTS, *at, "kind"):
        return
    own = _SUBJECTS[kind]
    for field in _SUBJECTS.values():
        if field != own and subject.get(field) is not None:
            manifest.report_key(CONFLICT, f"A subject of the kind {kind} has no {field}.", *at, field)
    if subject.get(own) is None:
        manifest.needs(subject, own, *at)
        return
    named = subject[own]
    known = manifest.needs(named, "name", *at, own)
    if own == "serviceAccount":
        if known and named["name"] != "*":
            manifest.follows(named["name"], grammar.dns_subdomain, *at, own, "name")
        manifest.must_follow(named, "namespace", grammar.dns_label, *at, own)


def _check_list(manifest: Manifest, rule: dict[str, Any], field: str, *at: Step) -> bool:
    """Report an empty list, or a wildcard next to other elements; return whether to check the list further."""
    if not manifest.needs(rule, field, *at):
        return False
    if "*" in rule[field]:
        if len(rule[field]) > 1:
            manifest.report(CONFLICT, "'*' must be the only entry.", *at, field)
        return False
    return True


def _check_verbs(manifest: Manifest, rule: dict[str, Any], *at: Step) -> None:
    if _check_list(manifest, rule, "verbs", *at):
        unknown = sorted({str(verb) for verb in rule["verbs"]} - _VERBS)
        if unknown:
            message = f"No verb {unknown[0]!r}; the verbs are {', '.join(sorted(_VERBS))}."
            manifest.report(UNSUPPORTED_VALUE, message, *at, "verbs")


def _check_resources(manifest: Manifest, rule: dict[str, Any], *at: Step) -> None:
    _check_verbs(manifest, rule, *at)
    for field in ("apiGroups", "resources"):
        _check_list(manifest, rule, field, *at)
    if (rule.get("namespaces") or not rule.get("clusterScope")) and _check_list(manifest, rule, "namespaces", *at):
        for index, name in entries(rule["namespaces"]):
            manifest.follows(name, grammar.dns_label, *at, "namespaces", index)


def _check_urls(manifest: Manifest, rule: dict[str, Any], *at: Step) -> None:
    _check_verbs(manifest, rule, *at)
    if _check_list(manifest, rule, "nonResourceURLs", *at):
        for index, url in entries(rule["nonResourceURLs"]):
            stars = url.count("*")
            bad = not url.startswith("/") or " " in url or "//" in url or stars > 1
            if bad or (stars and not url.endswith("/*")):
                message = f"The path {url!r} begins with '/', without blanks; '*' is only its last part."
                manifest.report(MALFORMED, message, *at, "nonResourceURLs", index)


def check_priority_level(manifest: Manifest) -> None:
    """Check a PriorityLevelConfiguration."""
    spec = manifest.values.get("spec") or {}
    kind = spec.get("type")
    if not manifest.one_of(kind, ("Exempt", "Limited"), "spec", "type"):
        return
    if (kind == "Exempt") != (manifest.name == _EXEMPT):
        manifest.report(CONFLICT, "The type Exempt is for the priority level exempt alone.", "spec", "type")
    if kind == "Exempt":
        if spec.get("limited") is not None:
            manifest.report_key(CONFLICT, "limited is only for the type Limited.", "spec", "limited")
        _check_shares(manifest, spec.get("exempt") or {}, "spec", "exempt")
        return
    if spec.get("exempt") is not None:
        manifest.report_key(CONFLICT, "exempt is only for the type Exempt.", "spec", "exempt")
    limited = spec.get("limited")
    if limited is None:
        manifest.needs(spec, "limited", "spec")
        return
    _check_shares(manifest, limited, "spec", "limited")
    manifest.within(limited.get("borrowingLimitPercent"), 0, None, "spec", "limited", "borrowingLimitPercent")
    _check_response(manifest, limited.get("limitResponse") or {}, "spec", "limited", "limitResponse")


def _check_shares(manifest: Manifest, shares: dict[str, Any], *at: Step) -> None:
    manifest.within(shares.get("nominalConcurrencyShares"), 0, None, *at, "nominalConcurrencyShares")
    manifest.within(shares.get("lendablePercent"), 0, 100, *at, "lendablePercent")


def _check_response(manifest: Manifest, response: dict[str, Any], *at: Step) -> None:
    kind, queuing = response.get("type") or "", response.get("queuing")
    if not manifest.one_of(kind, ("Queue", "Reject"), *at, "type"):
        return
    if kind == "Reject":
        if queuing is not None:
            manifest.report_key(CONFLICT, "queuing is only for the type Queue.", *at, "queuing")
        return
    if queuing is None:
        manifest.needs(response, "queuing", *at)
        return
    amounts = {field: queuing.get(field) or default for field, default in _QUEUES.items()}
    for field, amount in amounts.items():
        manifest.within(amount, 1, 10_000_000 if field == "queues" else None, *at, "queuing", field)
    if amounts["handSize"] > amounts["queues"]:
        manifest.report(CONFLICT, "handSize is not above queues.", *at, "queuing", "handSize")
