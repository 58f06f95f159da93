"""ResourceQuotas."""

from __future__ import annotations

from math import ceil
from typing import Any, Final

from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import Named, Step, entries
from iacrl.domains.kubernetes.rules.resource_names import is_whole, quota_resource_problem, quota_standard
from iacrl.domains.kubernetes.rules.rule_sources import page
from iacrl.domains.quantities import parse_quantity
from iacrl.domains.rules import coded_rule

QUOTA = coded_rule(
    "KB470",
    "Bad quota",
    "A ResourceQuota counts known resources (cpu, requests.memory, pods, count/deployments.apps, ...) in whole "
    "units where it counts objects; its scopes do not contradict each other, and allow what it counts.",
    page("concepts/policy/resource-quotas"),
)

_COMPUTE: Final = frozenset({"pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"})
#: Scope -> the names that a quota with it can count, among the quota's own names.
_SCOPES: Final[dict[str, frozenset[str]]] = {
    "BestEffort": frozenset({"pods"}),
    "CrossNamespacePodAffinity": _COMPUTE,
    "NotBestEffort": _COMPUTE,
    "NotTerminating": _COMPUTE,
    "PriorityClass": _COMPUTE,
    "Terminating": _COMPUTE,
    "VolumeAttributesClass": frozenset({"persistentvolumeclaims", "requests.storage"}),
}
_VALUED: Final = frozenset({"PriorityClass", "VolumeAttributesClass"})
_OPERATORS: Final = frozenset({"In", "NotIn", "Exists", "DoesNotExist"})
_PAIRS: Final = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))


def check_quota(manifest: Manifest) -> None:
    """Check a ResourceQuota."""
    spec = manifest.values.get("spec") or {}
    hard = spec.get("hard") or {}
    for name, amount in hard.items():
        at = ("spec", "hard", name)
        if why := quota_resource_problem(name):
            manifest.report_key(QUOTA, f"A quota cannot count {name!r}: {why}.", *at)
        if manifest.quantity(amount, *at) and is_whole(name):
            value = parse_quantity(amount)
            if value is not None and ceil(value * 1000) % 1000:
                manifest.report(QUOTA, f"{name} is counted in whole units, not {amount}.", *at)
    scopes = [(scope, ("spec", "scopes", index)) for index, scope in entries(spec.get("scopes"))]
    _check_scopes(manifest, scopes, hard, "spec", "scopes")
    selected: list[tuple[str, tuple[Step, ...]]] = []
    for index, each in entries((spec.get("scopeSelector") or {}).get("matchExpressions")):
        here = ("spec", "scopeSelector", "matchExpressions", index)
        selected.append((each["scopeName"], (*here, "scopeName")))
        operator, named = each["operator"], each.get("values")
        if manifest.one_of(operator, _OPERATORS, *here, "operator"):
            if bool(named) != (operator in {"In", "NotIn"}):
                message = f"The operator {operator} {'takes no' if named else 'needs'} values."
                manifest.report(QUOTA, message, *here)
            elif operator != "Exists" and each["scopeName"] not in _VALUED:
                message = f"The scope {each['scopeName']} is only for Exists."
                manifest.report(QUOTA, message, *here, "operator")
    _check_scopes(manifest, selected, hard, "spec", "scopeSelector")


def _check_scopes(manifest: Manifest, scopes: Named, hard: dict[str, Any], *at: Step) -> None:
    known = _SCOPES if manifest.minor >= 34 else _SCOPES.keys() - {"VolumeAttributesClass"}
    for scope, steps in scopes:
        if not manifest.one_of(scope, known, *steps):
            continue
        for name in hard:
            if quota_standard(name) and name not in _SCOPES[scope]:
                manifest.report(QUOTA, f"A quota of the scope {scope} cannot count {name}.", *steps)
    named = {scope for scope, _ in scopes}
    for one, other in _PAIRS:
        if named >= {one, other}:
            manifest.report(QUOTA, f"The scopes {one} and {other} exclude each other.", *at)
