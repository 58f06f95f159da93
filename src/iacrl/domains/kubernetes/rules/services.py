"""Services and what else names ports of the cluster: Endpoints and EndpointSlices."""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.findings import Manifest
from iacrl.domains.kubernetes.rules.common import (
    CONFLICT,
    MALFORMED,
    OUT_OF_RANGE,
    PROTOCOLS,
    Step,
    entries,
    follows,
    needs,
    one_of,
    report_duplicates,
    within,
)
from iacrl.domains.kubernetes.rules.ports import PORT_NAME, check_port_number, check_port_or_name
from iacrl.domains.kubernetes.rules.sources import core, page
from iacrl.domains.rules import Rule

_SERVICE = page("concepts/services-networking/service")

NO_PORTS = Rule(
    "KB448",
    "references",
    "Service without ports",
    "A service needs at least one port, unless it is headless (clusterIP: None) or of type ExternalName.",
    core("ValidateService"),
)
UNNAMED_PORTS = Rule(
    "KB449",
    "references",
    "Unnamed service port",
    "Where a service has several ports, each has a name: an RFC 1123 label, different from the others.",
    _SERVICE + "#multi-port-services",
)
DUPLICATE_SERVICE_PORT = Rule(
    "KB450",
    "references",
    "Duplicate service port",
    "The pair of port and protocol stands once in a service, and so does a nodePort with its protocol.",
    core("ValidateService"),
)
NODE_PORT = Rule(
    "KB451",
    "references",
    "Bad nodePort",
    "Only services of type NodePort and LoadBalancer have node ports, from 30000 to 32767 unless the cluster is "
    "set up otherwise (--service-node-port-range).",
    _SERVICE + "#type-nodeport",
)
SERVICE_TYPE = Rule(
    "KB452",
    "references",
    "Field of another service type",
    "externalName is required with ExternalName, which has no cluster IP; clusterIP: None goes not with NodePort or "
    "LoadBalancer, externalTrafficPolicy and the loadBalancer fields with the types that reach outside.",
    core("ValidateService"),
)
ADDRESS_FAMILY = Rule(
    "KB453",
    "references",
    "Bad address families",
    "ipFamilies are IPv4 and IPv6, each once; two of them need ipFamilyPolicy PreferDualStack or RequireDualStack.",
    page("concepts/services-networking/dual-stack"),
)

RULES: tuple[Rule, ...] = (NO_PORTS, UNNAMED_PORTS, DUPLICATE_SERVICE_PORT, NODE_PORT, SERVICE_TYPE, ADDRESS_FAMILY)

_TYPES: Final = frozenset({"ClusterIP", "NodePort", "LoadBalancer", "ExternalName"})
_POLICIES: Final = frozenset({"Cluster", "Local"})
_FAMILY_POLICIES: Final = frozenset({"SingleStack", "PreferDualStack", "RequireDualStack"})
_DISTRIBUTIONS: Final = frozenset({"PreferClose", "PreferSameZone", "PreferSameNode"})
_DAY: Final = 86400
_MOST_ADDRESSES: Final = 100


def check_service(manifest: Manifest) -> None:
    """Check a Service."""
    spec = manifest.values.get("spec") or {}
    kind = spec.get("type") or "ClusterIP"
    known = one_of(manifest, kind, _TYPES, "spec", "type")
    ports = entries(spec.get("ports"))
    if not ports and known and kind != "ExternalName" and spec.get("clusterIP") != "None":
        manifest.report(NO_PORTS, "The service has no ports.", "spec")
    _check_ports(manifest, ports, kind)
    if spec.get("selector"):
        for key, value in spec["selector"].items():
            follows(manifest, key, grammar.qualified_name, "spec", "selector", key)
            follows(manifest, value or "", grammar.label_value, "spec", "selector", key)
    if known:
        _check_type(manifest, spec, kind)
    _check_addresses(manifest, spec)
    _check_affinity(manifest, spec)
    one_of(manifest, spec.get("internalTrafficPolicy"), _POLICIES, "spec", "internalTrafficPolicy")
    one_of(manifest, spec.get("trafficDistribution"), _DISTRIBUTIONS, "spec", "trafficDistribution")


def _check_ports(manifest: Manifest, ports: list[tuple[int, Any]], kind: str) -> None:
    names: list[tuple[Any, tuple[Step, ...]]] = []
    pairs: list[tuple[Any, tuple[Step, ...]]] = []
    nodes: list[tuple[Any, tuple[Step, ...]]] = []
    for index, port in ports:
        at = ("spec", "ports", index)
        protocol = port.get("protocol") or "TCP"
        one_of(manifest, protocol, PROTOCOLS, *at, "protocol")
        check_port_number(manifest, port["port"], *at, "port")
        check_port_or_name(manifest, port.get("targetPort"), *at, "targetPort")
        pairs.append(((port["port"], protocol), (*at, "port")))
        name = port.get("name")
        if name:
            if why := grammar.dns_label(name):
                manifest.report(PORT_NAME, f"The port name {name!r}: {why}.", *at, "name")
            names.append((name, (*at, "name")))
        elif len(ports) > 1:
            manifest.report(UNNAMED_PORTS, "Each of several ports needs a name.", *at)
        if port.get("appProtocol"):
            follows(manifest, port["appProtocol"], grammar.qualified_name, *at, "appProtocol")
        node = port.get("nodePort")
        if node:
            nodes.append(((node, protocol), (*at, "nodePort")))
            if kind not in {"NodePort", "LoadBalancer"}:
                message = f"A service of type {kind} has no nodePort."
                manifest.report_key(NODE_PORT, message, *at, "nodePort")
            elif not 30000 <= node <= 32767:
                message = f"The nodePort {node} is not from 30000 to 32767."
                manifest.report(NODE_PORT, message, *at, "nodePort")
    if len(ports) > 1:
        report_duplicates(manifest, UNNAMED_PORTS, names, "the port name")
        report_duplicates(manifest, DUPLICATE_SERVICE_PORT, pairs, "the port")
        report_duplicates(manifest, DUPLICATE_SERVICE_PORT, nodes, "the node port")


def _check_type(manifest: Manifest, spec: dict[str, Any], kind: str) -> None:
    address = spec.get("clusterIP")
    if kind == "ExternalName":
        if needs(manifest, spec, "externalName", "spec"):
            follows(manifest, spec["externalName"].removesuffix("."), grammar.dns_subdomain, "spec", "externalName")
        for field in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            if spec.get(field):
                message = f"A service of type ExternalName has no {field}."
                manifest.report_key(SERVICE_TYPE, message, "spec", field)
    if address == "None" and kind in {"NodePort", "LoadBalancer"}:
        message = f"A service of type {kind} cannot be headless (clusterIP: None)."
        manifest.report(SERVICE_TYPE, message, "spec", "clusterIP")
    outside = kind in {"NodePort", "LoadBalancer"} or (kind == "ClusterIP" and bool(spec.get("externalIPs")))
    policy = spec.get("externalTrafficPolicy")
    if policy:
        one_of(manifest, policy, _POLICIES, "spec", "externalTrafficPolicy")
        if not outside:
            message = f"A service of type {kind} has no externalTrafficPolicy."
            manifest.report_key(SERVICE_TYPE, message, "spec", "externalTrafficPolicy")
    if kind != "LoadBalancer":
        for field in ("loadBalancerClass", "allocateLoadBalancerNodePorts", "loadBalancerSourceRanges"):
            if spec.get(field) not in (None, []):
                message = f"{field} goes with the type LoadBalancer only."
                manifest.report_key(SERVICE_TYPE, message, "spec", field)
    elif spec.get("loadBalancerClass"):
        follows(manifest, spec["loadBalancerClass"], grammar.qualified_name, "spec", "loadBalancerClass")
    if spec.get("healthCheckNodePort") and not (kind == "LoadBalancer" and policy == "Local"):
        message = "healthCheckNodePort goes with type LoadBalancer and externalTrafficPolicy Local only."
        manifest.report_key(SERVICE_TYPE, message, "spec", "healthCheckNodePort")


def _check_addresses(manifest: Manifest, spec: dict[str, Any]) -> None:
    for index, address in entries(spec.get("externalIPs")):
        follows(manifest, address, grammar.ordinary_ip, "spec", "externalIPs", index)
    for index, block in entries(spec.get("loadBalancerSourceRanges")):
        follows(manifest, block.strip(), grammar.cidr, "spec", "loadBalancerSourceRanges", index)
    address = spec.get("clusterIP")
    if address and address != "None":
        follows(manifest, address, grammar.ip_address, "spec", "clusterIP")
    addresses = spec.get("clusterIPs") or []
    if address and addresses and addresses[0] != address:
        message = f"The first of clusterIPs must be the clusterIP, {address}."
        manifest.report(CONFLICT, message, "spec", "clusterIPs", 0)
    policy, families = spec.get("ipFamilyPolicy"), spec.get("ipFamilies") or []
    one_of(manifest, policy, _FAMILY_POLICIES, "spec", "ipFamilyPolicy")
    for index, family in entries(families):
        one_of(manifest, family, ("IPv4", "IPv6"), "spec", "ipFamilies", index)
    if len(families) != len(set(families)) or len(families) > 2:
        manifest.report(ADDRESS_FAMILY, "Each address family stands once.", "spec", "ipFamilies")
    elif len(families) == 2 and policy not in {"PreferDualStack", "RequireDualStack"}:
        message = "Two address families need ipFamilyPolicy PreferDualStack or RequireDualStack."
        manifest.report(ADDRESS_FAMILY, message, "spec", "ipFamilies")


def _check_affinity(manifest: Manifest, spec: dict[str, Any]) -> None:
    affinity, config = spec.get("sessionAffinity"), spec.get("sessionAffinityConfig") or {}
    one_of(manifest, affinity, ("None", "ClientIP"), "spec", "sessionAffinity")
    client = config.get("clientIP") or {}
    if config and affinity != "ClientIP":
        message = "sessionAffinityConfig needs sessionAffinity ClientIP."
        manifest.report_key(CONFLICT, message, "spec", "sessionAffinityConfig")
    seconds = client.get("timeoutSeconds")
    within(manifest, seconds, 1, _DAY, "spec", "sessionAffinityConfig", "clientIP", "timeoutSeconds")


def check_endpoint_slice(manifest: Manifest) -> None:
    """Check an EndpointSlice."""
    values = manifest.values
    family = values.get("addressType")
    one_of(manifest, family, ("IPv4", "IPv6", "FQDN"), "addressType")
    for index, endpoint in entries(values.get("endpoints")):
        at = ("endpoints", index)
        needs(manifest, endpoint, "addresses", *at)
        check = grammar.dns_subdomain if family == "FQDN" else grammar.ordinary_ip
        if len(endpoint.get("addresses") or ()) > _MOST_ADDRESSES:
            manifest.report(OUT_OF_RANGE, f"An endpoint has at most {_MOST_ADDRESSES} addresses.", *at, "addresses")
        for place, address in entries(endpoint.get("addresses")):
            known = follows(manifest, address, check, *at, "addresses", place)
            if known and family in {"IPv4", "IPv6"} and (":" in address) != (family == "IPv6"):
                manifest.report(MALFORMED, f"{address} is not of the type {family}.", *at, "addresses", place)
    names: list[tuple[Any, tuple[Step, ...]]] = []
    for index, port in entries(values.get("ports")):
        at = ("ports", index)
        check_port_number(manifest, port.get("port"), *at, "port")
        one_of(manifest, port.get("protocol"), PROTOCOLS, *at, "protocol")
        names.append((port.get("name") or "", at))
        if port.get("name"):
            follows(manifest, port["name"], grammar.dns_label, *at, "name")
    report_duplicates(manifest, DUPLICATE_SERVICE_PORT, names, "the port name")


def check_endpoints(manifest: Manifest) -> None:
    """Check an Endpoints object."""
    for index, subset in entries(manifest.values.get("subsets")):
        at = ("subsets", index)
        if not subset.get("addresses") and not subset.get("notReadyAddresses"):
            needs(manifest, subset, "addresses", *at)
        for field in ("addresses", "notReadyAddresses"):
            for place, address in entries(subset.get(field)):
                follows(manifest, address["ip"], grammar.ordinary_ip, *at, field, place, "ip")
        several = len(subset.get("ports") or ()) > 1
        for place, port in entries(subset.get("ports")):
            if several and not port.get("name"):
                message = "Each of several ports needs a name."
                manifest.report(UNNAMED_PORTS, message, *at, "ports", place)
            check_port_number(manifest, port["port"], *at, "ports", place, "port")
            one_of(manifest, port.get("protocol"), PROTOCOLS, *at, "ports", place, "protocol")
