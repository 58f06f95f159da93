"""Where pods may run: tolerations, affinity, topology spread."""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import Step, entries, placed
from iacrl.domains.kubernetes.rules.names_labels import check_expressions, check_selector
from iacrl.domains.kubernetes.rules.rule_sources import core, page
from iacrl.domains.rules import coded_rule

NODE_SELECTOR = coded_rule(
    "KB436",
    "Malformed node selector",
    "A node selector's keys and values follow the grammar of labels.",
    page("concepts/scheduling-eviction/assign-pod-node"),
)
TOLERATION = coded_rule(
    "KB437",
    "Bad toleration",
    "Exists takes no value, an empty key needs Exists, and tolerationSeconds needs the effect NoExecute.",
    core("ValidateTolerations"),
)
AFFINITY = coded_rule(
    "KB438",
    "Bad affinity",
    "Weights of preferences are from 1 to 100; required node affinity needs terms; pod affinity needs a topologyKey, "
    "and with matchLabelKeys a labelSelector.",
    core("validateAffinity"),
)
SPREAD = coded_rule(
    "KB439",
    "Bad topology spread",
    "maxSkew is at least 1; minDomains is at least 1 and only for DoNotSchedule; matchLabelKeys need a labelSelector; "
    "the pair of topologyKey and whenUnsatisfiable is used once.",
    core("validateTopologySpreadConstraints"),
)

_EFFECTS: Final = frozenset({"", "NoSchedule", "PreferNoSchedule", "NoExecute"})
_OPERATORS: Final = frozenset({"", "Equal", "Exists"})  # the feature gate for Lt and Gt is off
_ACTIONS: Final = frozenset({"DoNotSchedule", "ScheduleAnyway"})
_MERGED_SINCE: Final = 34  # the first release that merges matchLabelKeys of a spread constraint into its selector
_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"


def check_scheduling(manifest: Manifest, spec: dict[str, Any], *steps: Step) -> None:
    """Check the scheduling fields of a pod spec."""
    if spec.get("nodeSelector"):
        for key, value in spec["nodeSelector"].items():
            why = grammar.qualified_name(key) or grammar.label_value(value or "")
            if why:
                manifest.report(NODE_SELECTOR, f"nodeSelector {key!r}: {why}.", *steps, "nodeSelector", key)
    for index, toleration in entries(spec.get("tolerations")):
        _check_toleration(manifest, toleration, *steps, "tolerations", index)
    if spec.get("affinity"):
        _check_affinity(manifest, spec["affinity"], *steps, "affinity")
    if spec.get("topologySpreadConstraints"):
        _check_spread(manifest, spec["topologySpreadConstraints"], *steps, "topologySpreadConstraints")


def _check_toleration(manifest: Manifest, toleration: dict[str, Any], *at: Step) -> None:
    operator, key = toleration.get("operator") or "", toleration.get("key") or ""
    manifest.one_of(operator, _OPERATORS, *at, "operator")
    manifest.one_of(toleration.get("effect"), _EFFECTS, *at, "effect")
    if key:
        manifest.follows(key, grammar.qualified_name, *at, "key")
    elif operator != "Exists":
        manifest.report(TOLERATION, "A toleration without a key needs the operator Exists.", *at)
    if operator == "Exists":
        if toleration.get("value"):
            manifest.report(TOLERATION, "The operator Exists takes no value.", *at, "value")
    elif toleration.get("value") and (why := grammar.label_value(toleration["value"])):
        manifest.report(TOLERATION, f"The value {toleration['value']!r}: {why}.", *at, "value")
    if toleration.get("tolerationSeconds") is not None and toleration.get("effect") != "NoExecute":
        message = "tolerationSeconds needs the effect NoExecute."
        manifest.report(TOLERATION, message, *at, "tolerationSeconds")


def _check_affinity(manifest: Manifest, affinity: dict[str, Any], *at: Step) -> None:
    node = affinity.get("nodeAffinity") or {}
    required = node.get(_REQUIRED)
    if required is not None:
        here = (*at, "nodeAffinity", _REQUIRED)
        if not required.get("nodeSelectorTerms"):
            manifest.report(AFFINITY, "Required node affinity needs nodeSelectorTerms.", *here)
        for index, term in entries(required.get("nodeSelectorTerms")):
            check_node_term(manifest, term, *here, "nodeSelectorTerms", index)
    for here, term in placed(node.get(_PREFERRED), *at, "nodeAffinity", _PREFERRED):
        _check_weight(manifest, term, *here)
        check_node_term(manifest, term.get("preference") or {}, *here, "preference")
    for field in ("podAffinity", "podAntiAffinity"):
        pods = affinity.get(field) or {}
        for index, term in entries(pods.get(_REQUIRED)):
            _check_pod_term(manifest, term, *at, field, _REQUIRED, index)
        for here, term in placed(pods.get(_PREFERRED), *at, field, _PREFERRED):
            _check_weight(manifest, term, *here)
            _check_pod_term(manifest, term.get("podAffinityTerm") or {}, *here, "podAffinityTerm")


def _check_weight(manifest: Manifest, term: dict[str, Any], *here: Step) -> None:
    weight = term.get("weight")
    if weight is None or not 1 <= weight <= 100:
        manifest.report(AFFINITY, f"The weight is {weight}; it must be from 1 to 100.", *here, "weight")


def check_node_term(manifest: Manifest, term: dict[str, Any], *here: Step) -> None:
    """Check one term of a node selector."""
    check_expressions(manifest, term.get("matchExpressions"), *here, "matchExpressions", node=True)
    for index, each in entries(term.get("matchFields")):
        one = len(each.get("values") or ()) == 1
        if one:
            manifest.follows(each["values"][0], grammar.dns_subdomain, *here, "matchFields", index, "values", 0)
        if each["key"] != "metadata.name" or each["operator"] not in {"In", "NotIn"} or not one:
            message = "matchFields compares metadata.name with one value, by In or NotIn."
            manifest.report(AFFINITY, message, *here, "matchFields", index)


def _check_pod_term(manifest: Manifest, term: dict[str, Any], *here: Step) -> None:
    key = term.get("topologyKey")
    if not key:
        manifest.report(AFFINITY, "Pod affinity needs a topologyKey such as kubernetes.io/hostname.", *here)
    else:
        manifest.follows(key, grammar.qualified_name, *here, "topologyKey")
    for field in ("matchLabelKeys", "mismatchLabelKeys"):
        if term.get(field) and term.get("labelSelector") is None:
            manifest.report_key(AFFINITY, f"{field} needs a labelSelector.", *here, field)
    matched, unmatched = term.get("matchLabelKeys") or [], term.get("mismatchLabelKeys") or []
    check_keys(manifest, matched, None, *here, "matchLabelKeys")
    check_keys(manifest, unmatched, None, *here, "mismatchLabelKeys")
    if both := sorted({*matched} & {*unmatched}):
        message = f"{both[0]!r} is in matchLabelKeys and in mismatchLabelKeys."
        manifest.report(AFFINITY, message, *here, "matchLabelKeys")
    check_selector(manifest, term.get("labelSelector"), *here, "labelSelector")
    check_selector(manifest, term.get("namespaceSelector"), *here, "namespaceSelector")
    for index, name in entries(term.get("namespaces")):
        manifest.follows(name, grammar.dns_label, *here, "namespaces", index)


def check_keys(manifest: Manifest, keys: Any, selector: Any, *at: Step) -> None:
    """Check label keys whose values come from the pod; `selector` must not have them already."""
    named = {*((selector or {}).get("matchLabels") or {})}
    named |= {each["key"] for _, each in entries((selector or {}).get("matchExpressions"))}
    for index, key in entries(keys):
        if manifest.follows(key, grammar.qualified_name, *at, index) and key in named:
            manifest.report(SPREAD, f"{key!r} is in {at[-1]} and in the labelSelector.", *at, index)


def _check_spread(manifest: Manifest, constraints: Any, *steps: Step) -> None:
    for at, each in placed(constraints, *steps):
        if each["maxSkew"] < 1:
            manifest.report(SPREAD, f"maxSkew is {each['maxSkew']}; it must be at least 1.", *at, "maxSkew")
        manifest.needs(each, "topologyKey", *at)
        manifest.one_of(each["whenUnsatisfiable"], _ACTIONS, *at, "whenUnsatisfiable")
        domains = each.get("minDomains")
        if domains is not None:
            manifest.within(domains, 1, None, *at, "minDomains")
            if each["whenUnsatisfiable"] != "DoNotSchedule":
                manifest.report(SPREAD, "minDomains is only for DoNotSchedule.", *at, "minDomains")
        for field in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            manifest.one_of(each.get(field), ("Honor", "Ignore"), *at, field)
        if each.get("matchLabelKeys") and each.get("labelSelector") is None:
            manifest.report_key(SPREAD, "matchLabelKeys needs a labelSelector.", *at, "matchLabelKeys")
        selector = each.get("labelSelector") if manifest.minor < _MERGED_SINCE else None
        check_keys(manifest, each.get("matchLabelKeys"), selector, *at, "matchLabelKeys")
        check_selector(manifest, each.get("labelSelector"), *at, "labelSelector")
    pairs = [((each["topologyKey"], each["whenUnsatisfiable"]), at) for at, each in placed(constraints, *steps)]
    manifest.report_duplicates(SPREAD, pairs, "the constraint")
