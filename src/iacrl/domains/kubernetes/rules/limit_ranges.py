"""LimitRanges."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import Step, placed
from iacrl.domains.kubernetes.rules.resource_names import container_resource_problem, overcommits, resource_problem
from iacrl.domains.kubernetes.rules.rule_sources import core
from iacrl.domains.quantities import parse_quantity
from iacrl.domains.rules import coded_rule

LIMITS = coded_rule(
    "KB469",
    "Limits out of order",
    "In a LimitRange, for each resource: min <= defaultRequest <= default <= max, a ratio of at least 1, and "
    "each type once; pods have no defaults; what cannot be overcommitted has one default for both. Those of a "
    "container name resources of containers.",
    core("ValidateLimitRange"),
)

_TYPES: Final = frozenset({"Container", "Pod", "PersistentVolumeClaim"})
_FIELDS: Final = ("min", "max", "default", "defaultRequest", "maxLimitRequestRatio")
#: Pairs in which the first may not be above the second.
_ORDER: Final = (
    ("min", "max"),
    ("min", "defaultRequest"),
    ("defaultRequest", "max"),
    ("defaultRequest", "default"),
    ("min", "default"),
    ("default", "max"),
)

_Amounts = dict[str, Fraction]


def check_limit_range(manifest: Manifest) -> None:
    """Check a LimitRange."""
    seen: set[str] = set()
    for at, limit in placed((manifest.values.get("spec") or {}).get("limits"), "spec", "limits"):
        kind = limit["type"]
        if kind in seen:
            manifest.report(LIMITS, f"The type {kind} is repeated.", *at, "type")
        seen.add(kind)
        if "/" in kind:
            manifest.follows(kind, grammar.qualified_name, *at, "type")
        else:
            manifest.one_of(kind, _TYPES, *at, "type")
        _check_limit(manifest, limit, kind, *at)


def _check_limit(manifest: Manifest, limit: dict[str, Any], kind: str, *at: Step) -> None:
    problem = container_resource_problem if kind in {"Container", "Pod"} else resource_problem
    for field in _FIELDS:
        for name in limit.get(field) or {}:
            if why := problem(name):
                manifest.report_key(LIMITS, f"A limit range has no resource {name!r}: {why}.", *at, field, name)
    if kind == "Pod":
        for field in ("default", "defaultRequest"):
            if limit.get(field):
                manifest.report_key(LIMITS, f"{field} is for containers, not for pods.", *at, field)
    if kind == "PersistentVolumeClaim" and not any("storage" in (limit.get(field) or {}) for field in ("min", "max")):
        manifest.report(LIMITS, "A limit on claims needs min or max of storage.", *at)
    amounts = {field: _amounts(limit.get(field)) for field in _FIELDS}
    if kind == "Container":
        _set_defaults(amounts)
    names = {name for each in amounts.values() for name in each}
    for name in sorted(names):
        given = {field: each[name] for field, each in amounts.items() if name in each}
        _check_order(manifest, limit, given, name, *at)


def _amounts(given: Any) -> _Amounts:
    parsed = {name: parse_quantity(amount) for name, amount in (given or {}).items()}
    return {name: amount for name, amount in parsed.items() if amount is not None}


def _set_defaults(amounts: dict[str, _Amounts]) -> None:
    """Fill in the defaults: `SetDefaults_LimitRangeItem` in `pkg/apis/core/v1/defaults.go`."""
    amounts["default"] = amounts["max"] | amounts["default"]
    amounts["defaultRequest"] = amounts["min"] | amounts["default"] | amounts["defaultRequest"]


def _check_order(manifest: Manifest, limit: dict[str, Any], given: _Amounts, name: str, *at: Step) -> None:
    for lower, upper in _ORDER:
        if lower in given and upper in given and given[lower] > given[upper]:
            steps = (*at, lower, name) if name in (limit.get(lower) or {}) else at
            message = f"{lower} of {name} is above {upper}: {_text(given[lower])} > {_text(given[upper])}."
            manifest.report(LIMITS, message, *steps)
    ratio = given.get("maxLimitRequestRatio")
    if ratio is not None:
        steps = (*at, "maxLimitRequestRatio", name)
        if ratio < 1:
            manifest.report(LIMITS, "A ratio is at least 1.", *steps)
        if given.get("min") and "max" in given and ratio > given["max"] / given["min"]:
            manifest.report(LIMITS, f"The ratio of {name} is above that of its max and min.", *steps)
    default, request = given.get("default"), given.get("defaultRequest")
    if not overcommits(name) and default is not None and request is not None and default != request:
        message = f"{name} cannot be overcommitted: its default and defaultRequest must be equal."
        manifest.report(LIMITS, message, *at)


def _text(amount: Fraction) -> str:
    return str(amount) if amount.denominator == 1 else str(float(amount))
