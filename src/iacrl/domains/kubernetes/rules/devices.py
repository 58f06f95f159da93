"""Claims for devices: ResourceClaim, ResourceClaimTemplate and DeviceClass.

Source: `pkg/apis/resource/validation/validation.go`.
"""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import MALFORMED, OUT_OF_RANGE, Step, entries, placed
from iacrl.domains.kubernetes.rules.drivers import check_driver_name
from iacrl.domains.kubernetes.rules.expressions import check_selector_expressions
from iacrl.domains.kubernetes.rules.names_labels import check_metadata_of_template
from iacrl.domains.kubernetes.rules.resource_names import is_extended
from iacrl.domains.kubernetes.rules.rule_sources import page
from iacrl.domains.rules import coded_rule

DEVICES = coded_rule(
    "KB405",
    "Bad device claim",
    "A request has a unique name and either exactly or firstAvailable, which name a device class and how many "
    "devices; a constraint has matchAttribute or distinctAttribute (domain/name), and like a configuration it refers "
    "to requests of the same claim.",
    page("concepts/scheduling-eviction/dynamic-resource-allocation"),
)

_MOST: Final = 32
_MOST_ALTERNATIVES: Final = 8
_LONGEST_IDENTIFIER: Final = 32
#: The first releases in which the server checks device tolerations and consumable capacity.
_TAINTS_SINCE: Final = 34
_CAPACITY_SINCE: Final = 36
_EXTENDED_SINCE: Final = 36  # the feature gate DRAExtendedResource
_NO_EFFECT_SINCE: Final = 35  # the effect None of a taint
_EFFECTS: Final = frozenset({"", "NoExecute", "NoSchedule", "None"})
_FLAT: Final = "v1beta1"  # in this version the requests themselves have the fields of `exactly`


def check_resource_claim(manifest: Manifest) -> None:
    """Check a ResourceClaim."""
    _check_claim(manifest, (manifest.values.get("spec") or {}).get("devices") or {}, "spec", "devices")


def check_resource_claim_template(manifest: Manifest) -> None:
    """Check a ResourceClaimTemplate."""
    spec = manifest.values.get("spec") or {}
    metadata = spec.get("metadata") or {}
    check_metadata_of_template(manifest, metadata, "spec", "metadata")
    for field in sorted(metadata.keys() - {"annotations", "labels"}):
        if metadata[field] or metadata[field] == []:
            message = "The claims are named by the API server: their metadata is labels and annotations only."
            manifest.report_key(DEVICES, message, "spec", "metadata", field)
    _check_claim(manifest, (spec.get("spec") or {}).get("devices") or {}, "spec", "spec", "devices")


def check_device_class(manifest: Manifest) -> None:
    """Check a DeviceClass."""
    spec = manifest.values.get("spec") or {}
    _check_selectors(manifest, spec, "spec")
    name = spec.get("extendedResourceName")
    if name is not None and manifest.minor >= _EXTENDED_SINCE and not is_extended(name):
        message = f"{name!r} is not an extended resource such as example.com/gpu."
        manifest.report(MALFORMED, message, "spec", "extendedResourceName")
    for index, each in entries(spec.get("config")):
        _check_opaque(manifest, each, "spec", "config", index)


def _check_claim(manifest: Manifest, claim: dict[str, Any], *at: Step) -> None:
    known: set[str] = set()
    names: list[tuple[Any, tuple[Step, ...]]] = []
    check_count(manifest, claim.get("requests"), _MOST, *at, "requests")
    for here, request in placed(claim.get("requests"), *at, "requests"):
        name = request.get("name") or ""
        names.append((name, here))
        known.add(name)
        known |= {f"{name}/{each.get('name')}" for _, each in entries(request.get("firstAvailable"))}
        _check_request(manifest, request, *here)
    manifest.report_duplicates(DEVICES, names, "the request")
    for field in ("constraints", "config"):
        check_count(manifest, claim.get(field), _MOST, *at, field)
        for index, each in entries(claim.get(field)):
            _check_references(manifest, each.get("requests"), known, *at, field, index, "requests")
            check = _check_constraint if field == "constraints" else _check_opaque
            check(manifest, each, *at, field, index)


def check_count(manifest: Manifest, listed: Any, most: int, *at: Step) -> None:
    """Report a list or mapping with more entries than are allowed."""
    if len(listed or ()) > most:
        manifest.report(OUT_OF_RANGE, f"There are at most {most} of these.", *at)


def _check_request(manifest: Manifest, request: dict[str, Any], *at: Step) -> None:
    manifest.must_follow(request, "name", grammar.dns_label, *at)
    alternatives = request.get("firstAvailable")
    if manifest.api_version.endswith(_FLAT):
        exactly = request if request.keys() - {"name", "firstAvailable"} else None
        here = at
    else:
        exactly, here = request.get("exactly"), (*at, "exactly")
    if (exactly is None) is not bool(alternatives):
        manifest.report(DEVICES, "A request has exactly or firstAvailable, one of the two.", *at)
    if exactly is not None:
        _check_devices(manifest, exactly, *here)
    check_count(manifest, alternatives, _MOST_ALTERNATIVES, *at, "firstAvailable")
    for place, each in placed(alternatives, *at, "firstAvailable"):
        manifest.must_follow(each, "name", grammar.dns_label, *place)
        _check_devices(manifest, each, *place)
    names = [(each.get("name"), place) for place, each in placed(alternatives, *at, "firstAvailable")]
    manifest.report_duplicates(DEVICES, names, "the request")


def _check_devices(manifest: Manifest, wanted: dict[str, Any], *at: Step) -> None:
    manifest.must_follow(wanted, "deviceClassName", grammar.dns_subdomain, *at)
    _check_selectors(manifest, wanted, *at)
    mode, count = wanted.get("allocationMode") or "ExactCount", wanted.get("count") or 0
    if manifest.one_of(mode, ("All", "ExactCount"), *at, "allocationMode"):
        if mode == "All" and count:
            manifest.report(DEVICES, "allocationMode All cannot be combined with a count.", *at, "count")
        elif mode == "ExactCount" and count < 0:
            manifest.report(DEVICES, f"The count is {count}; it must be greater than 0.", *at, "count")
    if manifest.minor >= _TAINTS_SINCE:
        for index, each in entries(wanted.get("tolerations")):
            _check_toleration(manifest, each, *at, "tolerations", index)


def _check_selectors(manifest: Manifest, holder: dict[str, Any], *at: Step) -> None:
    check_count(manifest, holder.get("selectors"), _MOST, *at, "selectors")
    for index, selector in entries(holder.get("selectors")):
        if selector.get("cel") is None:
            manifest.needs(selector, "cel", *at, "selectors", index)
        else:
            manifest.needs(selector["cel"], "expression", *at, "selectors", index, "cel")
    check_selector_expressions(manifest, holder.get("selectors"), *at, "selectors")


def _check_toleration(manifest: Manifest, toleration: dict[str, Any], *at: Step) -> None:
    operator, value = toleration.get("operator") or "Equal", toleration.get("value") or ""
    manifest.follows(toleration.get("key") or None, grammar.qualified_name, *at, "key")
    if manifest.one_of(operator, ("Equal", "Exists"), *at, "operator"):
        if operator == "Exists" and value:
            manifest.report(DEVICES, "The operator Exists takes no value.", *at, "value")
        elif operator == "Equal":
            manifest.follows(value, grammar.label_value, *at, "value")
    manifest.one_of(toleration.get("effect") or "", _EFFECTS, *at, "effect")


def _check_references(manifest: Manifest, named: Any, known: set[str], *at: Step) -> None:
    check_count(manifest, named, _MOST, *at)
    for index, name in entries(named):
        if name not in known:
            manifest.report(DEVICES, f"The claim has no request {name!r}.", *at, index)
    manifest.report_duplicates(DEVICES, [(name, (*at, index)) for index, name in entries(named)], "the request")


def _check_constraint(manifest: Manifest, constraint: dict[str, Any], *at: Step) -> None:
    fields = ("matchAttribute", "distinctAttribute") if manifest.minor >= _CAPACITY_SINCE else ("matchAttribute",)
    given = [field for field in fields if constraint.get(field) is not None]
    if not given:
        manifest.report(DEVICES, f"A constraint has {' or '.join(fields)}.", *at)
    for field in given:
        name = constraint[field]
        if manifest.follows(name, attribute_name, *at, field) and "/" not in name:
            manifest.report(MALFORMED, f"{name!r} needs a domain, as in example.com/model.", *at, field)


def attribute_name(name: str) -> str | None:
    """Return what is wrong with the name of an attribute: a C identifier, alone or after a domain and a slash."""
    domain, slash, rest = name.rpartition("/")
    if "/" in domain:
        return None  # the server checks only two parts
    if slash and (grammar.dns_subdomain(domain) or len(domain) > 63):
        return "the part before '/' must be a domain"
    return grammar.c_identifier(rest) or ("the name is too long" if len(rest) > _LONGEST_IDENTIFIER else None)


def check_taint_rule(manifest: Manifest) -> None:
    """Check a DeviceTaintRule."""
    spec = manifest.values.get("spec") or {}
    selector, at = spec.get("deviceSelector") or {}, ("spec", "deviceSelector")
    if selector.get("driver") is not None:
        check_driver_name(manifest, selector["driver"], *at, "driver")
    manifest.follows(selector.get("deviceClassName"), grammar.dns_subdomain, *at, "deviceClassName")
    _check_selectors(manifest, selector, *at)
    manifest.follows(selector.get("pool"), pool_name, *at, "pool")
    manifest.follows(selector.get("device"), grammar.dns_label, *at, "device")
    check_taint(manifest, spec.get("taint") or {}, "spec", "taint")


def check_taint(manifest: Manifest, taint: dict[str, Any], *at: Step) -> None:
    """Check the taint of a device."""
    manifest.must_follow(taint, "key", grammar.qualified_name, *at)
    manifest.follows(taint.get("value"), grammar.label_value, *at, "value")
    if manifest.needs(taint, "effect", *at):
        effects = _EFFECTS - {""} if manifest.minor >= _NO_EFFECT_SINCE else _EFFECTS - {"", "None"}
        manifest.one_of(taint["effect"], effects, *at, "effect")


def pool_name(name: str) -> str | None:
    """Return what is wrong with the name of a pool: subdomains between slashes."""
    return next((why for part in name.split("/") if (why := grammar.dns_subdomain(part))), None)


def _check_opaque(manifest: Manifest, config: dict[str, Any], *at: Step) -> None:
    opaque = config.get("opaque")
    if opaque is None:
        manifest.needs(config, "opaque", *at)
        return
    check_driver_name(manifest, opaque.get("driver") or "", *at, "opaque", "driver")
    if opaque.get("parameters") is None:
        manifest.needs(opaque, "parameters", *at, "opaque")
