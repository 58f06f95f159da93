"""Endpoints and EndpointSlices."""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.addresses import address_of, is_strict, ordinary_ip
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import MALFORMED, OUT_OF_RANGE, PROTOCOLS, Step, entries, placed
from iacrl.domains.kubernetes.rules.ports import check_port_number
from iacrl.domains.kubernetes.rules.service_specs import DUPLICATE_SERVICE_PORT, UNNAMED_PORTS

_MOST_ADDRESSES: Final = 100
#: The first release in which an address must have its shortest form, by its family.
_CANONICAL_SINCE: Final = {4: 36, 6: 34}
_MOST_HINTS: Final = 8


def check_endpoint_slice(manifest: Manifest) -> None:
    """Check an EndpointSlice: `ValidateEndpointSlice` in `pkg/apis/discovery/validation/validation.go`."""
    values = manifest.values
    family = values.get("addressType")
    if family == "":
        manifest.needs(values, "addressType")
    else:
        manifest.one_of(family, ("IPv4", "IPv6", "FQDN"), "addressType")
    for at, endpoint in placed(values.get("endpoints"), "endpoints"):
        manifest.needs(endpoint, "addresses", *at)
        if len(endpoint.get("addresses") or ()) > _MOST_ADDRESSES:
            manifest.report(OUT_OF_RANGE, f"An endpoint has at most {_MOST_ADDRESSES} addresses.", *at, "addresses")
        for place, address in entries(endpoint.get("addresses")):
            _check_address(manifest, address, family, *at, "addresses", place)
        manifest.follows(endpoint.get("nodeName"), grammar.dns_subdomain, *at, "nodeName")
        manifest.follows(endpoint.get("hostname"), grammar.dns_label, *at, "hostname")
        hints = endpoint.get("hints") or {}
        _check_hints(manifest, hints.get("forZones"), *at, "hints", "forZones")
        if manifest.minor >= 34:
            _check_hints(manifest, hints.get("forNodes"), *at, "hints", "forNodes")
    for index, port in entries(values.get("ports")):
        manifest.one_of(port.get("protocol"), PROTOCOLS, "ports", index, "protocol")
        _check_port(manifest, port, "ports", index)
    names = [(port.get("name") or "", ("ports", index)) for index, port in entries(values.get("ports"))]
    manifest.report_duplicates(DUPLICATE_SERVICE_PORT, names, "the port name")


def _check_address(manifest: Manifest, address: str, family: Any, *at: Step) -> None:
    if family == "FQDN":
        manifest.follows(address, grammar.fully_qualified, *at)
    elif manifest.follows(address, ordinary_ip(manifest), *at) and family in {"IPv4", "IPv6"}:
        found = address_of(address, is_strict(manifest))
        if found and f"IPv{found.version}" != family:
            manifest.report(MALFORMED, f"{address} is not of the type {family}.", *at)
        elif found and manifest.minor >= _CANONICAL_SINCE[found.version] and str(found) != address:
            manifest.report(MALFORMED, f"Write {address} as {found}, its canonical form.", *at)


def _check_hints(manifest: Manifest, hints: Any, *at: Step) -> None:
    check = grammar.label_value if at[-1] == "forZones" else grammar.dns_subdomain
    for index, hint in entries(hints):
        if at[-1] == "forZones" or manifest.needs(hint, "name", *at, index):
            manifest.follows(hint.get("name"), check, *at, index, "name")
    manifest.unique(MALFORMED, "the hint", placed(hints, *at), "name")
    if len(entries(hints)) > _MOST_HINTS:
        manifest.report(OUT_OF_RANGE, f"There are at most {_MOST_HINTS} hints.", *at)


def _check_port(manifest: Manifest, port: dict[str, Any], *at: Step) -> None:
    manifest.follows(port.get("name") or None, grammar.dns_label, *at, "name")
    manifest.follows(port.get("appProtocol"), grammar.qualified_name, *at, "appProtocol")


def check_endpoints(manifest: Manifest) -> None:
    """Check an Endpoints object: `ValidateEndpoints` in `pkg/apis/core/validation/validation.go`."""
    for at, subset in placed(manifest.values.get("subsets"), "subsets"):
        if not subset.get("addresses") and not subset.get("notReadyAddresses"):
            manifest.needs(subset, "addresses", *at)
        for field in ("addresses", "notReadyAddresses"):
            for here, address in placed(subset.get(field), *at, field):
                manifest.follows(address["ip"], ordinary_ip(manifest), *here, "ip")
                manifest.follows(address.get("hostname") or None, grammar.dns_label, *here, "hostname")
                manifest.follows(address.get("nodeName"), grammar.dns_subdomain, *here, "nodeName")
        several = len(subset.get("ports") or ()) > 1
        for place, port in entries(subset.get("ports")):
            if several and not port.get("name"):
                message = "Each of several ports needs a name."
                manifest.report(UNNAMED_PORTS, message, *at, "ports", place)
            check_port_number(manifest, port["port"], *at, "ports", place, "port")
            manifest.one_of(port.get("protocol") or None, PROTOCOLS, *at, "ports", place, "protocol")
            _check_port(manifest, port, *at, "ports", place)
