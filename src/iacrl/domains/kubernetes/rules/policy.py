"""PodDisruptionBudgets, PriorityClasses, Leases, RuntimeClasses and Namespaces."""

from __future__ import annotations

from typing import Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import CONFLICT, entries, placed
from iacrl.domains.kubernetes.rules.container_resources import check_overhead
from iacrl.domains.kubernetes.rules.metadata import METADATA, finalizer_problem
from iacrl.domains.kubernetes.rules.names_labels import check_selector
from iacrl.domains.kubernetes.rules.rule_sources import page
from iacrl.domains.rules import coded_rule

BUDGET = coded_rule(
    "KB468",
    "Both budgets",
    "A PodDisruptionBudget has minAvailable or maxUnavailable, not both.",
    page("tasks/run-application/configure-pdb"),
)
PRIORITY = coded_rule(
    "KB471",
    "Priority too high",
    "Priorities above 1000000000 and names that start with system- belong to the system.",
    page("concepts/scheduling-eviction/pod-priority-preemption") + "#priorityclass",
)

#: The system's priority classes, which a manifest may repeat unchanged.
_SYSTEM_CLASSES: Final = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}


def check_budget(manifest: Manifest) -> None:
    """Check a PodDisruptionBudget."""
    spec = manifest.values.get("spec") or {}
    least, most = spec.get("minAvailable"), spec.get("maxUnavailable")
    if least is not None and most is not None:
        manifest.report(BUDGET, "minAvailable and maxUnavailable exclude each other.", "spec", "maxUnavailable")
    manifest.number_or_percentage(least, "spec", "minAvailable", whole=100)
    manifest.number_or_percentage(most, "spec", "maxUnavailable", whole=100)
    check_selector(manifest, spec.get("selector"), "spec", "selector")
    allowed = ("IfHealthyBudget", "AlwaysAllow")
    manifest.one_of(spec.get("unhealthyPodEvictionPolicy"), allowed, "spec", "unhealthyPodEvictionPolicy")


def check_priority_class(manifest: Manifest) -> None:
    """Check a PriorityClass."""
    value = manifest.values.get("value") or 0
    if manifest.name.startswith("system-"):
        if _SYSTEM_CLASSES.get(manifest.name) != value or manifest.values.get("globalDefault"):
            manifest.report(PRIORITY, "Names that start with system- belong to the system.", "metadata", "name")
    elif value > 1_000_000_000:
        manifest.report(PRIORITY, f"The value {value} is above 1000000000.", "value")
    manifest.one_of(manifest.values.get("preemptionPolicy"), ("Never", "PreemptLowerPriority"), "preemptionPolicy")


def check_lease(manifest: Manifest) -> None:
    """Check a Lease."""
    spec = manifest.values.get("spec") or {}
    manifest.within(spec.get("leaseDurationSeconds"), 1, None, "spec", "leaseDurationSeconds")
    manifest.within(spec.get("leaseTransitions"), 0, None, "spec", "leaseTransitions")


def check_runtime_class(manifest: Manifest) -> None:
    """Check a RuntimeClass."""
    manifest.must_follow(manifest.values, "handler", grammar.dns_label)
    if (manifest.values.get("overhead") or {}).get("podFixed"):
        check_overhead(manifest, manifest.values["overhead"]["podFixed"], "overhead", "podFixed")
    if manifest.values.get("scheduling"):
        from iacrl.domains.kubernetes.rules.scheduling import check_scheduling

        check_scheduling(manifest, manifest.values["scheduling"], "scheduling")
        tolerations = placed(manifest.values["scheduling"].get("tolerations"), "scheduling", "tolerations")
        fields = ("key", "operator", "value", "effect", "tolerationSeconds")
        manifest.unique(CONFLICT, "the toleration", tolerations, *fields)


def check_namespace(manifest: Manifest) -> None:
    """Check a Namespace."""
    for index, finalizer in entries((manifest.values.get("spec") or {}).get("finalizers")):
        if why := finalizer_problem(finalizer, False):
            manifest.report(METADATA, f"The finalizer {finalizer!r}: {why}.", "spec", "finalizers", index)
