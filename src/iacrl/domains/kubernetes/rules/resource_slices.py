"""ResourceSlices: the pools of devices that a driver offers.

Source: `ValidateResourceSlice` in `pkg/apis/resource/validation/validation.go`
"""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.cel.library import read_semver
from iacrl.domains.kubernetes.cel.nodes import CelError
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import CONFLICT, MALFORMED, OUT_OF_RANGE, REQUIRED, Step, entries, placed
from iacrl.domains.kubernetes.rules.devices import DEVICES, attribute_name, check_count, check_taint, pool_name
from iacrl.domains.kubernetes.rules.drivers import check_driver_name
from iacrl.domains.kubernetes.rules.scheduling import check_node_term
from iacrl.domains.kubernetes.rules.slice_capacity import check_capacity, check_consumed, check_counter_sets

_LONGEST_POOL: Final = 253
_LONGEST_VALUE: Final = 64
_MOST_DEVICES: Final = 128
#: The most devices if one of them has taints or uses counters.
_MOST_WITH_MORE: Final = 64
_MOST_VALUES: Final = 32
_MOST_TAINTS: Final = 16
_MOST_CONDITIONS: Final = 4
#: The first release that keeps taints, shared counters, binding conditions and request policies by default.
_GATES_SINCE: Final = 36
_PLACES: Final = ("nodeName", "nodeSelector", "allNodes", "perDeviceNodeSelection")
_FLAT: Final = "v1beta1"  # in this version allNodes has no third state
_KINDS_OF_VALUE: Final = ("bool", "int", "string", "version")


def check_resource_slice(manifest: Manifest) -> None:
    """Check a ResourceSlice."""
    spec = manifest.values.get("spec") or {}
    gates = manifest.minor >= _GATES_SINCE
    check_driver_name(manifest, spec.get("driver") or "", "spec", "driver")
    _check_pool(manifest, spec.get("pool") or {})
    _check_node(manifest, spec, _PLACES if gates else _PLACES[:3], "spec")
    for field in ("allNodes", "perDeviceNodeSelection"):
        if spec.get(field) is False and (gates if field != "allNodes" else not manifest.api_version.endswith(_FLAT)):
            manifest.report(CONFLICT, f"{field} is true or absent.", "spec", field)
    devices = [(at, _flat(device)) for at, device in placed(spec.get("devices"), "spec", "devices")]
    richer = gates and any(device.get("taints") or device.get("consumesCounters") for _, device in devices)
    check_count(manifest, spec.get("devices"), _MOST_WITH_MORE if richer else _MOST_DEVICES, "spec", "devices")
    manifest.unique(DEVICES, "the device", devices, "name")
    for at, device in devices:
        _check_device(manifest, device, *at)
        if gates:
            _check_gated(manifest, device, bool(spec.get("perDeviceNodeSelection")), *at)
    if gates and spec.get("sharedCounters") is not None:
        if spec.get("devices") is not None:
            manifest.report(CONFLICT, "A slice has devices or sharedCounters, not both.", "spec", "sharedCounters")
        check_counter_sets(manifest, spec["sharedCounters"], "spec", "sharedCounters")


def _flat(device: dict[str, Any]) -> dict[str, Any]:
    """Return a device with the fields that v1beta1 has in `basic`."""
    return {**device, **(device.get("basic") or {})}


def _check_pool(manifest: Manifest, pool: dict[str, Any]) -> None:
    at = ("spec", "pool")
    if manifest.needs(pool, "name", *at):
        manifest.follows(pool["name"], pool_name, *at, "name")
        if len(pool["name"]) > _LONGEST_POOL:
            manifest.report(MALFORMED, f"A pool's name has at most {_LONGEST_POOL} characters.", *at, "name")
    manifest.within(pool.get("generation"), 0, None, *at, "generation")
    manifest.within(pool.get("resourceSliceCount") or 0, 1, None, *at, "resourceSliceCount")


def _check_node(manifest: Manifest, holder: dict[str, Any], fields: tuple[str, ...], *at: Step) -> None:
    """Check that exactly one field says which nodes have access."""
    given = [field for field in fields if holder.get(field) not in (None, "", False)]
    if len(given) != 1:
        manifest.report(REQUIRED, f"Exactly one of {', '.join(fields)} is required, not {len(given)}.", *at)
    manifest.follows(holder.get("nodeName") or None, grammar.dns_subdomain, *at, "nodeName")
    selector = holder.get("nodeSelector")
    if selector is not None:
        terms = selector.get("nodeSelectorTerms") or ()
        if len(terms) != 1:
            manifest.report(OUT_OF_RANGE, "A node selector here has exactly one term.", *at, "nodeSelector")
        for here, term in placed(terms, *at, "nodeSelector", "nodeSelectorTerms"):
            check_node_term(manifest, term, *here)


def _check_device(manifest: Manifest, device: dict[str, Any], *at: Step) -> None:
    manifest.must_follow(device, "name", grammar.dns_label, *at)
    attributes, capacity = device.get("attributes") or {}, device.get("capacity") or {}
    if len(attributes) + len(capacity) > _MOST_VALUES:
        manifest.report(OUT_OF_RANGE, f"A device has at most {_MOST_VALUES} attributes and capacities.", *at)
    for field, named in (("attributes", attributes), ("capacity", capacity)):
        for name in named:
            manifest.follows(name, attribute_name, *at, field, name)
    for name, value in attributes.items():
        _check_attribute(manifest, value or {}, *at, "attributes", name)


def _check_attribute(manifest: Manifest, value: dict[str, Any], *at: Step) -> None:
    given = [kind for kind in _KINDS_OF_VALUE if value.get(kind) is not None]
    if len(given) != 1:
        manifest.report(DEVICES, f"An attribute has exactly one of {', '.join(_KINDS_OF_VALUE)}.", *at)
    for kind in ("string", "version"):
        text = value.get(kind)
        if text is not None and len(text.encode(errors="replace")) > _LONGEST_VALUE:
            manifest.report(MALFORMED, f"The value has at most {_LONGEST_VALUE} bytes.", *at, kind)
    manifest.follows(value.get("version"), _semantic_version, *at, "version")


def _semantic_version(text: str) -> str | None:
    try:
        read_semver(text)
    except CelError:
        return "write a version such as 1.2.3"
    return None


def _check_gated(manifest: Manifest, device: dict[str, Any], by_device: bool, *at: Step) -> None:
    fields = _PLACES[:3]
    if by_device:
        _check_node(manifest, device, fields, *at)
    elif any(device.get(field) is not None for field in fields):
        message = f"{', '.join(fields)} of a device need perDeviceNodeSelection."
        manifest.report(CONFLICT, message, *at)
    check_count(manifest, device.get("taints"), _MOST_TAINTS, *at, "taints")
    for here, taint in placed(device.get("taints"), *at, "taints"):
        check_taint(manifest, taint, *here)
    check_consumed(manifest, device.get("consumesCounters"), *at, "consumesCounters")
    _check_binding(manifest, device, *at)
    for name, capacity in (device.get("capacity") or {}).items():
        many = bool(device.get("allowMultipleAllocations"))
        check_capacity(manifest, capacity or {}, many, *at, "capacity", name)


def _check_binding(manifest: Manifest, device: dict[str, Any], *at: Step) -> None:
    fields = ("bindingConditions", "bindingFailureConditions")
    if bool(device.get(fields[0])) is not bool(device.get(fields[1])):
        manifest.report(CONFLICT, f"{' and '.join(fields)} need each other.", *at)
    seen: list[tuple[Any, tuple[Step, ...]]] = []
    for field in fields:
        check_count(manifest, device.get(field), _MOST_CONDITIONS, *at, field)
        for index, condition in entries(device.get(field)):
            manifest.follows(condition, grammar.qualified_name, *at, field, index)
            seen.append((condition, (*at, field, index)))
    manifest.report_duplicates(DEVICES, seen, "the condition")
