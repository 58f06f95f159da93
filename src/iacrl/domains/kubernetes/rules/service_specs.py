"""Services."""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.addresses import address_of, cidr, ip_address, is_strict, ordinary_ip
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import CONFLICT, PROTOCOLS, Step, entries
from iacrl.domains.kubernetes.rules.ports import PORT_NAME, check_port_number, check_port_or_name
from iacrl.domains.kubernetes.rules.rule_sources import core, page
from iacrl.domains.rules import coded_rule

_SERVICE = page("concepts/services-networking/service")

NO_PORTS = coded_rule(
    "KB448",
    "Service without ports",
    "A service needs at least one port, unless it is headless (clusterIP: None) or of type ExternalName.",
    core("ValidateService"),
)
UNNAMED_PORTS = coded_rule(
    "KB449",
    "Unnamed service port",
    "Where a service has several ports, each has a name: an RFC 1123 label, different from the others.",
    _SERVICE + "#multi-port-services",
)
DUPLICATE_SERVICE_PORT = coded_rule(
    "KB450",
    "Duplicate service port",
    "A service uses each pair of port and protocol once, and each nodePort once with its protocol.",
    core("ValidateService"),
)
NODE_PORT = coded_rule(
    "KB451",
    "Bad nodePort",
    "Only services of type NodePort and LoadBalancer have node ports, from 30000 to 32767 unless the cluster is "
    "set up otherwise (--service-node-port-range).",
    _SERVICE + "#type-nodeport",
)
SERVICE_TYPE = coded_rule(
    "KB452",
    "Field of another service type",
    "externalName is required with ExternalName, which has no cluster IP; clusterIP: None cannot be combined with "
    "NodePort or LoadBalancer; externalTrafficPolicy and the loadBalancer fields need a type that reaches outside.",
    core("ValidateService"),
)
ADDRESS_FAMILY = coded_rule(
    "KB453",
    "Bad address families",
    "ipFamilies are IPv4 and IPv6, each once; two of them need ipFamilyPolicy PreferDualStack or RequireDualStack.",
    page("concepts/services-networking/dual-stack"),
)

_TYPES: Final = frozenset({"ClusterIP", "NodePort", "LoadBalancer", "ExternalName"})
_POLICIES: Final = frozenset({"Cluster", "Local"})
_FAMILY_POLICIES: Final = frozenset({"SingleStack", "PreferDualStack", "RequireDualStack"})
_DISTRIBUTIONS: Final = frozenset({"PreferClose", "PreferSameZone", "PreferSameNode"})
_DAY: Final = 86400
_SOURCE_RANGES: Final = "service.beta.kubernetes.io/load-balancer-source-ranges"


def check_service(manifest: Manifest) -> None:
    """Check a Service."""
    spec = manifest.values.get("spec") or {}
    kind = spec.get("type") or "ClusterIP"
    known = manifest.one_of(kind, _TYPES, "spec", "type")
    ports = entries(spec.get("ports"))
    if not ports and known and kind != "ExternalName" and spec.get("clusterIP") != "None":
        manifest.report(NO_PORTS, "The service has no ports.", "spec")
    _check_ports(manifest, ports, kind)
    if spec.get("selector"):
        for key, value in spec["selector"].items():
            manifest.follows(key, grammar.qualified_name, "spec", "selector", key)
            manifest.follows(value or "", grammar.label_value, "spec", "selector", key)
    if known:
        _check_type(manifest, spec, kind)
    _check_addresses(manifest, spec)
    _check_affinity(manifest, spec)
    manifest.one_of(spec.get("internalTrafficPolicy"), _POLICIES, "spec", "internalTrafficPolicy")
    spread = _DISTRIBUTIONS if manifest.minor >= 34 else ("PreferClose",)
    manifest.one_of(spec.get("trafficDistribution"), spread, "spec", "trafficDistribution")


def _check_ports(manifest: Manifest, ports: list[tuple[int, Any]], kind: str) -> None:
    names: list[tuple[Any, tuple[Step, ...]]] = []
    pairs: list[tuple[Any, tuple[Step, ...]]] = []
    nodes: list[tuple[Any, tuple[Step, ...]]] = []
    for index, port in ports:
        at = ("spec", "ports", index)
        protocol = port.get("protocol") or "TCP"
        manifest.one_of(protocol, PROTOCOLS, *at, "protocol")
        check_port_number(manifest, port["port"], *at, "port")
        check_port_or_name(manifest, port.get("targetPort") or None, *at, "targetPort")
        pairs.append(((port["port"], protocol), (*at, "port")))
        name = port.get("name")
        if name:
            if why := grammar.dns_label(name):
                manifest.report(PORT_NAME, f"The port name {name!r}: {why}.", *at, "name")
            names.append((name, (*at, "name")))
        elif len(ports) > 1:
            manifest.report(UNNAMED_PORTS, "Each of several ports needs a name.", *at)
        manifest.follows(port.get("appProtocol"), grammar.qualified_name, *at, "appProtocol")
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
        manifest.report_duplicates(UNNAMED_PORTS, names, "the port name")
        manifest.report_duplicates(DUPLICATE_SERVICE_PORT, pairs, "the port")
        manifest.report_duplicates(DUPLICATE_SERVICE_PORT, nodes, "the node port")


def _check_type(manifest: Manifest, spec: dict[str, Any], kind: str) -> None:
    address = spec.get("clusterIP")
    if kind == "ExternalName":
        if manifest.needs(spec, "externalName", "spec"):
            manifest.follows(spec["externalName"].removesuffix("."), grammar.dns_subdomain, "spec", "externalName")
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
        manifest.one_of(policy, _POLICIES, "spec", "externalTrafficPolicy")
        if not outside:
            message = f"A service of type {kind} has no externalTrafficPolicy."
            manifest.report_key(SERVICE_TYPE, message, "spec", "externalTrafficPolicy")
    if kind != "LoadBalancer":
        for field in ("loadBalancerClass", "allocateLoadBalancerNodePorts", "loadBalancerSourceRanges"):
            if spec.get(field) not in (None, []):
                message = f"{field} is only for the type LoadBalancer."
                manifest.report_key(SERVICE_TYPE, message, "spec", field)
    else:
        manifest.follows(spec.get("loadBalancerClass"), grammar.qualified_name, "spec", "loadBalancerClass")
    health = spec.get("healthCheckNodePort")
    if health and not 30000 <= health <= 32767:
        message = f"The healthCheckNodePort {health} is not from 30000 to 32767."
        manifest.report(NODE_PORT, message, "spec", "healthCheckNodePort")
    if health and not (kind == "LoadBalancer" and policy == "Local"):
        message = "healthCheckNodePort needs the type LoadBalancer and externalTrafficPolicy Local."
        manifest.report_key(SERVICE_TYPE, message, "spec", "healthCheckNodePort")


def _check_addresses(manifest: Manifest, spec: dict[str, Any]) -> None:
    for index, address in entries(spec.get("externalIPs")):
        manifest.follows(address, ordinary_ip(manifest), "spec", "externalIPs", index)
    for index, block in entries(spec.get("loadBalancerSourceRanges")):
        manifest.follows(block.strip(), cidr(manifest), "spec", "loadBalancerSourceRanges", index)
    if not spec.get("loadBalancerSourceRanges"):
        _check_source_ranges(manifest, spec.get("type"))
    _check_cluster_ips(manifest, spec)
    policy, families = spec.get("ipFamilyPolicy"), spec.get("ipFamilies") or []
    manifest.one_of(policy, _FAMILY_POLICIES, "spec", "ipFamilyPolicy")
    for index, family in entries(families):
        manifest.one_of(family, ("IPv4", "IPv6"), "spec", "ipFamilies", index)
    if len(families) != len(set(families)) or len(families) > 2:
        manifest.report(ADDRESS_FAMILY, "Each address family is given once.", "spec", "ipFamilies")
    elif len(families) == 2 and policy not in {"PreferDualStack", "RequireDualStack"}:
        message = "Two address families need ipFamilyPolicy PreferDualStack or RequireDualStack."
        manifest.report(ADDRESS_FAMILY, message, "spec", "ipFamilies")


def _check_source_ranges(manifest: Manifest, kind: Any) -> None:
    """Check the annotation that replaces an absent loadBalancerSourceRanges."""
    ranges = ((manifest.values.get("metadata") or {}).get("annotations") or {}).get(_SOURCE_RANGES)
    at = ("metadata", "annotations", _SOURCE_RANGES)
    if ranges is None:
        return
    if kind != "LoadBalancer":
        manifest.report_key(SERVICE_TYPE, f"The annotation {_SOURCE_RANGES} is only for the type LoadBalancer.", *at)
        return
    for block in ranges.split(",") if ranges.strip() else ():
        manifest.follows(block.strip(), cidr(manifest), *at)


def _check_cluster_ips(manifest: Manifest, spec: dict[str, Any]) -> None:
    """Check clusterIP and clusterIPs: `ValidateServiceClusterIPsRelatedFields`."""
    address, addresses = spec.get("clusterIP"), spec.get("clusterIPs") or []
    families = spec.get("ipFamilies") or []
    if address and not addresses:
        addresses, at = [address], ("spec", "clusterIP")
    else:
        at = ("spec", "clusterIPs")
        if addresses and addresses[0] != (address or ""):
            message = f"The first of clusterIPs must be the clusterIP, {address or 'which is not given'}."
            manifest.report(CONFLICT, message, *at, 0)
    versions: list[int] = []
    for index, text in enumerate(addresses):
        steps = at if at == ("spec", "clusterIP") else (*at, index)
        if text == "None":
            if len(addresses) > 1:
                manifest.report(ADDRESS_FAMILY, "None must be the only address.", *steps)
            continue
        if not manifest.follows(text, ip_address(manifest), *steps):
            continue
        found = address_of(text, is_strict(manifest))
        version = found.version if found else 4
        if version in versions or len(addresses) > 2:
            manifest.report(ADDRESS_FAMILY, "There is at most one address of each family.", *steps)
        versions.append(version)
        if index < len(families) and families[index] != f"IPv{version}":
            manifest.report(ADDRESS_FAMILY, f"{text} is not of the family {families[index]}.", *steps)


def _check_affinity(manifest: Manifest, spec: dict[str, Any]) -> None:
    affinity, config = spec.get("sessionAffinity") or None, spec.get("sessionAffinityConfig") or {}
    manifest.one_of(affinity, ("None", "ClientIP"), "spec", "sessionAffinity")
    client = config.get("clientIP") or {}
    seconds = client.get("timeoutSeconds") if affinity == "ClientIP" else None  # otherwise it is dropped
    manifest.within(seconds, 1, _DAY, "spec", "sessionAffinityConfig", "clientIP", "timeoutSeconds")
