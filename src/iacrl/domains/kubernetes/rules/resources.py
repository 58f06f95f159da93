"""Requests and limits of containers."""

from __future__ import annotations

import re
from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.findings import Manifest
from iacrl.domains.kubernetes.rules.common import CONFLICT, MALFORMED, Step, entries, quantity, report_duplicates
from iacrl.domains.kubernetes.rules.sources import core, page
from iacrl.domains.paths import path_text
from iacrl.domains.quantities import parse_quantity
from iacrl.domains.rules import Rule

ABOVE_LIMIT = Rule(
    "KB426",
    "references",
    "Request above limit",
    "A container may not ask for more of a resource than its limit lets it use.",
    core("ValidateContainerResourceRequirements"),
)
RESOURCE_NAME = Rule(
    "KB427",
    "references",
    "Unknown resource",
    "Without a domain in front the resources of a container are cpu, memory, ephemeral-storage and hugepages-SIZE; "
    "others are extended resources such as nvidia.com/gpu.",
    page("concepts/configuration/manage-resources-containers"),
)
WHOLE = Rule(
    "KB428",
    "references",
    "Not divisible",
    "Extended resources and huge pages come in whole units (of the page's size); they cannot be overcommitted, so "
    "their request equals their limit, and huge pages need cpu or memory beside them.",
    page("concepts/configuration/manage-resources-containers") + "#extended-resources",
)

RULES: tuple[Rule, ...] = (ABOVE_LIMIT, RESOURCE_NAME, WHOLE)

_STANDARD: Final = frozenset({"cpu", "memory", "ephemeral-storage"})
_HUGE_PAGES = re.compile(r"hugepages-[0-9]+(?:Ki|Mi|Gi)?")


def check_resources(manifest: Manifest, resources: dict[str, Any], *at: Step, claims: set[str] | None = None) -> None:
    """Check the limits and requests of a container or a pod; `claims` are the pod's resource claims."""
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for field, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in amounts.items():
            if name not in _STANDARD:
                _check_name(manifest, name, *at, field, name)
            if quantity(manifest, amount, *at, field, name) and name not in _STANDARD:
                _check_whole(manifest, name, amount, *at, field, name)
    for name, amount in requests.items():
        if name in limits:
            asked, most = _amount(amount), _amount(limits[name])
            if asked is None or most is None:
                continue
            if asked > most:
                message = f"{path_text((*at, 'requests', name))} is {amount}, above the limit of {limits[name]}."
                manifest.report(ABOVE_LIMIT, message, *at, "requests", name)
            elif asked < most and not _overcommits(name):
                message = f"{name} cannot be overcommitted: its request {amount} must equal its limit {limits[name]}."
                manifest.report(WHOLE, message, *at, "requests", name)
        elif not _overcommits(name):
            manifest.report(WHOLE, f"{name} cannot be overcommitted: it needs a limit too.", *at, "requests", name)
    given = {*limits, *requests}
    if any(map(_is_huge, given)) and given.isdisjoint({"cpu", "memory"}):
        manifest.report(WHOLE, "Huge pages need cpu or memory beside them.", *at)
    if resources.get("claims"):
        _check_claims(manifest, resources["claims"], claims or set(), *at, "claims")


def _amount(value: Any) -> Any:
    return None if value is None else parse_quantity(value)


def _overcommits(name: str) -> bool:
    return name in _STANDARD or ("/" in name and "kubernetes.io/" in name) or ("/" not in name and not _is_huge(name))


def _is_huge(name: str) -> bool:
    return name.startswith("hugepages-")


def _check_name(manifest: Manifest, name: str, *steps: Step) -> None:
    if "/" in name:
        if why := grammar.qualified_name(name):
            manifest.report_key(RESOURCE_NAME, f"The resource {name!r}: {why}.", *steps)
    elif not _HUGE_PAGES.fullmatch(name):
        message = f"A container has no resource {name!r}: write cpu, memory, ephemeral-storage or a name with a domain."
        manifest.report_key(RESOURCE_NAME, message, *steps)


def _check_whole(manifest: Manifest, name: str, amount: Any, *steps: Step) -> None:
    value = _amount(amount)
    if value is not None and ("/" in name or _is_huge(name)) and value.denominator != 1:
        manifest.report(WHOLE, f"{name} comes in whole units, not {amount}.", *steps)
    elif value is not None and _is_huge(name):
        size = parse_quantity(name.removeprefix("hugepages-"))
        if size and value % size:
            manifest.report(WHOLE, f"{name} comes in multiples of its page size, not {amount}.", *steps)


def _check_claims(manifest: Manifest, named: Any, known: set[str], *at: Step) -> None:
    seen: list[tuple[Any, tuple[Step, ...]]] = []
    for index, claim in entries(named):
        seen.append(((claim["name"], claim.get("request") or ""), (*at, index, "name")))
        if claim["name"] not in known:
            message = f"No entry of the pod's resourceClaims is named {claim['name']!r}."
            manifest.report(MALFORMED, message, *at, index, "name")
    report_duplicates(manifest, CONFLICT, seen, "the claim")
