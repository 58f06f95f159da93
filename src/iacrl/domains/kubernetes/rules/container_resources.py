"""Requests and limits of containers."""

from __future__ import annotations

from math import ceil
from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import CONFLICT, MALFORMED, Step, entries, placed
from iacrl.domains.kubernetes.rules.resource_names import (
    CONTAINER,
    container_resource_problem,
    is_huge,
    is_whole,
    overcommits,
)
from iacrl.domains.kubernetes.rules.rule_sources import core, page
from iacrl.domains.paths import path_text
from iacrl.domains.quantities import parse_quantity
from iacrl.domains.rules import coded_rule

ABOVE_LIMIT = coded_rule(
    "KB426",
    "Request above limit",
    "A container cannot request more of a resource than its limit allows.",
    core("ValidateContainerResourceRequirements"),
)
RESOURCE_NAME = coded_rule(
    "KB427",
    "Unknown resource",
    "Without a domain in front the resources of a container are cpu, memory, ephemeral-storage and hugepages-SIZE; "
    "others are extended resources such as nvidia.com/gpu.",
    page("concepts/configuration/manage-resources-containers"),
)
WHOLE = coded_rule(
    "KB428",
    "Not divisible",
    "Extended resources and huge pages come in whole units (of the page's size); they cannot be overcommitted, so "
    "their request equals their limit, and huge pages need cpu or memory too.",
    page("concepts/configuration/manage-resources-containers") + "#extended-resources",
)

NOT_FOR_PODS = coded_rule(
    "KB498",
    "Resource that a whole pod cannot have",
    "The resources of a whole pod are cpu, memory and huge pages, without claims; its requests cover those of its "
    "containers together, its limits those of each.",
    core("validatePodResources"),
)

_CLAIMS_SINCE: Final = 34  # the feature gate DynamicResourceAllocation


def check_resources(manifest: Manifest, resources: dict[str, Any], *at: Step, claims: set[str] | None = None) -> None:
    """Check the limits and requests of a container or a pod; `claims` are the pod's resource claims."""
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    check_amounts(manifest, limits, *at, "limits")
    check_amounts(manifest, requests, *at, "requests")
    for name, amount in requests.items():
        if name in limits:
            asked, most = parse_quantity(amount), parse_quantity(limits[name])
            if asked is None or most is None:
                continue
            if asked != most and not overcommits(name):
                message = f"{name} cannot be overcommitted: its request {amount} must equal its limit {limits[name]}."
                manifest.report(WHOLE, message, *at, "requests", name)
            elif asked > most:
                message = f"{path_text((*at, 'requests', name))} is {amount}, above the limit of {limits[name]}."
                manifest.report(ABOVE_LIMIT, message, *at, "requests", name)
        elif not overcommits(name):
            manifest.report(WHOLE, f"{name} cannot be overcommitted: it needs a limit too.", *at, "requests", name)
    _check_huge(manifest, {*limits, *requests}, *at)
    if resources.get("claims") and manifest.minor >= _CLAIMS_SINCE:
        _check_claims(manifest, resources["claims"], claims or set(), *at, "claims")


def check_overhead(manifest: Manifest, overhead: dict[str, Any], *at: Step) -> None:
    """Check the overhead of a pod or of a RuntimeClass, which the server treats as a container's limits."""
    check_amounts(manifest, overhead, *at)
    _check_huge(manifest, set(overhead), *at)


def check_amounts(manifest: Manifest, amounts: dict[str, Any], *at: Step) -> None:
    """Check the names and amounts of a container's resources."""
    for name, amount in amounts.items():
        if name not in CONTAINER and (why := container_resource_problem(name)):
            manifest.report_key(RESOURCE_NAME, f"The resource {name!r}: {why}.", *at, name)
        if manifest.quantity(amount, *at, name) and name not in CONTAINER:
            check_whole(manifest, name, amount, *at, name)


def _check_huge(manifest: Manifest, given: set[str], *at: Step) -> None:
    if any(map(is_huge, given)) and given.isdisjoint({"cpu", "memory"}):
        manifest.report(WHOLE, "Huge pages need cpu or memory too.", *at)


def check_whole(manifest: Manifest, name: str, amount: Any, *steps: Step) -> None:
    """Check that a resource that comes in whole units or pages is not divided."""
    value = parse_quantity(amount)
    if value is not None and is_whole(name) and ceil(value * 1000) % 1000:
        manifest.report(WHOLE, f"{name} comes in whole units, not {amount}.", *steps)
    elif value is not None and is_huge(name):
        size = parse_quantity(name.removeprefix("hugepages-"))
        if size is None or size <= 0 or ceil(value) % ceil(size):
            manifest.report(WHOLE, f"{name} comes in multiples of its page size, not {amount}.", *steps)


def check_pod_resources(manifest: Manifest, spec: dict[str, Any], *steps: Step) -> None:
    """Check the resources of a whole pod, which the server checks since Kubernetes 1.34."""
    whole = spec["resources"]
    limits, requests = whole.get("limits") or {}, whole.get("requests") or {}
    at = (*steps, "resources")
    for field, amounts in (("limits", limits), ("requests", requests)):
        for name in amounts:
            if name not in {"cpu", "memory"} and not is_huge(name):
                message = f"A whole pod has cpu, memory and huge pages, not {name!r}."
                manifest.report_key(NOT_FOR_PODS, message, *at, field, name)
    if whole.get("claims") is not None:
        manifest.report_key(NOT_FOR_PODS, "A whole pod has no claims.", *at, "claims")
    check_resources(manifest, {"limits": limits, "requests": requests}, *at)
    own = [
        (index, container.get("resources") or {})
        for index, container in entries(spec.get("containers"))
        if container.get("resources")
    ]
    for name, amount in requests.items():
        total = sum(parse_quantity((each.get("requests") or {}).get(name, 0)) or 0 for _, each in own)
        share = parse_quantity(amount)
        if share is not None and total > share:
            message = f"The containers ask for more {name} together than the pod's request of {amount}."
            manifest.report(NOT_FOR_PODS, message, *at, "requests", name)
    for index, each in own:
        for name, amount in (each.get("limits") or {}).items():
            mine, most = parse_quantity(amount), parse_quantity(limits[name]) if name in limits else None
            if mine is not None and most is not None and mine > most:
                message = f"{name} {amount} is above the pod's limit of {limits[name]}."
                manifest.report(ABOVE_LIMIT, message, *steps, "containers", index, "resources", "limits", name)


def _check_claims(manifest: Manifest, named: Any, known: set[str], *at: Step) -> None:
    for index, claim in entries(named):
        if claim["name"] not in known:
            message = f"No entry of the pod's resourceClaims is named {claim['name']!r}."
            manifest.report(MALFORMED, message, *at, index, "name")
        manifest.follows(claim.get("request") or None, grammar.dns_label, *at, index, "request")
    manifest.unique(CONFLICT, "the claim", placed(named, *at), "name", "request")
