"""PodDisruptionBudgets, ResourceQuotas, LimitRanges, PriorityClasses and Leases."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.findings import Manifest
from iacrl.domains.kubernetes.quantities import parse_quantity
from iacrl.domains.kubernetes.rules.common import (
    Step,
    entries,
    follows,
    needs,
    number_or_percentage,
    one_of,
    quantity,
    within,
)
from iacrl.domains.kubernetes.rules.metadata import METADATA, finalizer_problem
from iacrl.domains.kubernetes.rules.names_labels import check_selector
from iacrl.domains.kubernetes.rules.sources import core, page
from iacrl.domains.rules import Rule

BUDGET = Rule(
    "KB468",
    "references",
    "Both budgets",
    "A PodDisruptionBudget has minAvailable or maxUnavailable, not both.",
    page("tasks/run-application/configure-pdb"),
)
LIMITS = Rule(
    "KB469",
    "references",
    "Limits out of order",
    "In a LimitRange, for each resource: min <= defaultRequest <= default <= max, a ratio of at least 1, and "
    "each type once; pods have no defaults.",
    core("ValidateLimitRange"),
)
QUOTA = Rule(
    "KB470",
    "references",
    "Bad quota",
    "A ResourceQuota counts known resources (cpu, requests.memory, pods, count/deployments.apps, ...) in whole "
    "units where it counts objects; its scopes do not contradict each other, and allow what it counts.",
    page("concepts/policy/resource-quotas"),
)
PRIORITY = Rule(
    "KB471",
    "references",
    "Priority too high",
    "Priorities above 1000000000 and names that start with system- belong to the system.",
    page("concepts/scheduling-eviction/pod-priority-preemption") + "#priorityclass",
)

RULES: tuple[Rule, ...] = (BUDGET, LIMITS, QUOTA, PRIORITY)

_LIMIT_TYPES: Final = frozenset({"Container", "Pod", "PersistentVolumeClaim"})
_COUNTED: Final = frozenset(
    {
        "pods", "services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps",
        "persistentvolumeclaims", "services.nodeports", "services.loadbalancers",
    }
)  # fmt: skip
_MEASURED: Final = frozenset({"cpu", "memory", "ephemeral-storage", "storage"})
_SCOPES: Final = frozenset(
    {
        "Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity",
        "VolumeAttributesClass",
    }
)  # fmt: skip
_SCOPE_OPERATORS: Final = frozenset({"In", "NotIn", "Exists", "DoesNotExist"})


def check_budget(manifest: Manifest) -> None:
    """Check a PodDisruptionBudget."""
    spec = manifest.values.get("spec") or {}
    least, most = spec.get("minAvailable"), spec.get("maxUnavailable")
    if least is not None and most is not None:
        manifest.report(BUDGET, "minAvailable and maxUnavailable exclude each other.", "spec", "maxUnavailable")
    number_or_percentage(manifest, least, "spec", "minAvailable", whole=100)
    number_or_percentage(manifest, most, "spec", "maxUnavailable", whole=100)
    check_selector(manifest, spec.get("selector"), "spec", "selector")
    allowed = ("IfHealthyBudget", "AlwaysAllow")
    one_of(manifest, spec.get("unhealthyPodEvictionPolicy"), allowed, "spec", "unhealthyPodEvictionPolicy")


def check_limit_range(manifest: Manifest) -> None:
    """Check a LimitRange."""
    seen: set[str] = set()
    for index, limit in entries((manifest.values.get("spec") or {}).get("limits")):
        at = ("spec", "limits", index)
        kind = limit["type"]
        if kind in seen:
            manifest.report(LIMITS, f"The type {kind} stands twice.", *at, "type")
        seen.add(kind)
        if "/" not in kind:
            one_of(manifest, kind, _LIMIT_TYPES, *at, "type")
        _check_limit(manifest, limit, kind, *at)


def _check_limit(manifest: Manifest, limit: dict[str, Any], kind: str, *at: Step) -> None:
    fields = ("min", "defaultRequest", "default", "max")
    for field in (*fields, "maxLimitRequestRatio"):
        for name, amount in (limit.get(field) or {}).items():
            quantity(manifest, amount, *at, field, name)
    if kind == "Pod":
        for field in ("default", "defaultRequest"):
            if limit.get(field):
                manifest.report_key(LIMITS, f"{field} is for containers, not for pods.", *at, field)
    if kind == "PersistentVolumeClaim" and not any("storage" in (limit.get(field) or {}) for field in ("min", "max")):
        manifest.report(LIMITS, "A limit on claims needs min or max of storage.", *at)
    names = {name for field in fields for name in limit.get(field) or {}}
    for name in sorted(names):
        if "/" not in name and name not in _MEASURED and name not in _COUNTED and not name.startswith("hugepages-"):
            manifest.report(LIMITS, f"A limit range has no resource {name!r}.", *at)
    for name in sorted(names):
        _check_order(manifest, limit, fields, name, *at)
    for name, ratio in (limit.get("maxLimitRequestRatio") or {}).items():
        value = parse_quantity(ratio) if ratio is not None else None
        if value is not None and value < 1:
            manifest.report(LIMITS, "A ratio is at least 1.", *at, "maxLimitRequestRatio", name)
        low, high = ((limit.get(field) or {}).get(name) for field in ("min", "max"))
        least = parse_quantity(low) if low is not None else None
        most = parse_quantity(high) if high is not None else None
        if value is not None and least and most is not None and value > most / least:
            message = f"The ratio of {name} is above that of its max and min."
            manifest.report(LIMITS, message, *at, "maxLimitRequestRatio", name)


def _check_order(manifest: Manifest, limit: dict[str, Any], fields: tuple[str, ...], name: str, *at: Step) -> None:
    amounts = [(field, parse_quantity(limit[field][name])) for field in fields if (limit.get(field) or {}).get(name)]
    known = [(field, amount) for field, amount in amounts if amount is not None]
    for (lower, low), (upper, high) in pairwise(known):
        if low > high:
            message = f"{lower} of {name} is above {upper}: {limit[lower][name]} > {limit[upper][name]}."
            manifest.report(LIMITS, message, *at, lower, name)


def check_quota(manifest: Manifest) -> None:
    """Check a ResourceQuota."""
    spec = manifest.values.get("spec") or {}
    for name, amount in (spec.get("hard") or {}).items():
        at = ("spec", "hard", name)
        if not _is_quota_name(name):
            manifest.report_key(QUOTA, f"A quota cannot count {name!r}.", *at)
        if quantity(manifest, amount, *at) and amount is not None and (name in _COUNTED or name.startswith("count/")):
            value = parse_quantity(amount)
            if value is not None and value.denominator != 1:
                manifest.report(QUOTA, f"{name} is counted in whole units, not {amount}.", *at)
    scopes = {scope for _, scope in entries(spec.get("scopes"))}
    for index, scope in entries(spec.get("scopes")):
        one_of(manifest, scope, _SCOPES, "spec", "scopes", index)
    for one, other in (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")):
        if scopes >= {one, other}:
            manifest.report(QUOTA, f"The scopes {one} and {other} exclude each other.", "spec", "scopes")
    if "BestEffort" in scopes:
        for name in spec.get("hard") or {}:
            if name not in {"pods", "count/pods"}:
                message = f"A quota of the scope BestEffort counts pods only, not {name}."
                manifest.report_key(QUOTA, message, "spec", "hard", name)
    selector = spec.get("scopeSelector") or {}
    for index, each in entries(selector.get("matchExpressions")):
        here = ("spec", "scopeSelector", "matchExpressions", index)
        one_of(manifest, each["scopeName"], _SCOPES, *here, "scopeName")
        operator, named = each["operator"], each.get("values")
        if one_of(manifest, operator, _SCOPE_OPERATORS, *here, "operator"):
            if bool(named) != (operator in {"In", "NotIn"}):
                message = f"The operator {operator} {'takes no' if named else 'needs'} values."
                manifest.report(QUOTA, message, *here)
            elif operator != "Exists" and each["scopeName"] not in {"PriorityClass", "VolumeAttributesClass"}:
                message = f"The scope {each['scopeName']} goes with Exists only."
                manifest.report(QUOTA, message, *here, "operator")


def _is_quota_name(name: str) -> bool:
    bare = name.removeprefix("requests.").removeprefix("limits.")
    if "/" in name:
        return grammar.qualified_name(bare) is None
    return bare in _MEASURED or name in _COUNTED or bare.startswith("hugepages-")


def check_priority_class(manifest: Manifest) -> None:
    """Check a PriorityClass."""
    value = manifest.values.get("value") or 0
    if manifest.name.startswith("system-") and manifest.name not in {"system-node-critical", "system-cluster-critical"}:
        manifest.report(PRIORITY, "Names that start with system- belong to the system.", "metadata", "name")
    elif value > 1_000_000_000 and not manifest.name.startswith("system-"):
        manifest.report(PRIORITY, f"The value {value} is above 1000000000.", "value")
    one_of(manifest, manifest.values.get("preemptionPolicy"), ("Never", "PreemptLowerPriority"), "preemptionPolicy")


def check_lease(manifest: Manifest) -> None:
    """Check a Lease."""
    spec = manifest.values.get("spec") or {}
    within(manifest, spec.get("leaseDurationSeconds"), 1, None, "spec", "leaseDurationSeconds")
    within(manifest, spec.get("leaseTransitions"), 0, None, "spec", "leaseTransitions")


def check_runtime_class(manifest: Manifest) -> None:
    """Check a RuntimeClass."""
    if needs(manifest, manifest.values, "handler"):
        follows(manifest, manifest.values["handler"], grammar.dns_label, "handler")
    for name, amount in ((manifest.values.get("overhead") or {}).get("podFixed") or {}).items():
        quantity(manifest, amount, "overhead", "podFixed", name)
    if manifest.values.get("scheduling"):
        from iacrl.domains.kubernetes.rules.scheduling import check_scheduling

        check_scheduling(manifest, manifest.values["scheduling"], "scheduling")


def check_namespace(manifest: Manifest) -> None:
    """Check a Namespace."""
    for index, finalizer in entries((manifest.values.get("spec") or {}).get("finalizers")):
        if why := finalizer_problem(finalizer, False):
            manifest.report(METADATA, f"The finalizer {finalizer!r}: {why}.", "spec", "finalizers", index)
