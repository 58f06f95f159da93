"""Ingresses, IngressClasses and NetworkPolicies."""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.addresses import address_of, cidr, is_strict, network_of
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import CONFLICT, PROTOCOLS, Step, entries, placed
from iacrl.domains.kubernetes.rules.names_labels import check_selector
from iacrl.domains.kubernetes.rules.object_names import service_name_of
from iacrl.domains.kubernetes.rules.ports import check_port_name, check_port_number, check_port_or_name
from iacrl.domains.kubernetes.rules.rule_sources import group, page
from iacrl.domains.paths import path_text
from iacrl.domains.rules import coded_rule

_INGRESS = page("concepts/services-networking/ingress")

INGRESS_BACKEND = coded_rule(
    "KB454",
    "Bad ingress backend",
    "A backend is a service with a port, by name or by number, or a resource; an ingress has rules or a default "
    "backend.",
    group("networking", "validateIngressBackend, ValidateIngressSpec"),
)
INGRESS_PATH = coded_rule(
    "KB455",
    "Bad ingress path",
    "With pathType Exact or Prefix a path starts with '/' and holds no '//', '/./', '/../' or encoded slash.",
    _INGRESS + "#path-types",
)
INGRESS_HOST = coded_rule(
    "KB456",
    "Bad ingress host",
    "A host is a DNS name, not an IP address, and a wildcard is its whole first part: *.example.com.",
    _INGRESS + "#hostname-wildcards",
)
POLICY_PEER = coded_rule(
    "KB457",
    "Bad network policy peer",
    "A peer is a podSelector, a namespaceSelector or both, or an ipBlock alone; each except is a strict part of "
    "its cidr.",
    group("networking", "ValidateNetworkPolicyPeer, ValidateIPBlock"),
)
POLICY_PORT = coded_rule(
    "KB458",
    "Bad network policy port",
    "endPort needs a numeric port and is not below it; policyTypes are Ingress and Egress.",
    group("networking", "ValidateNetworkPolicyPort"),
)

_PATH_TYPES: Final = frozenset({"Exact", "Prefix", "ImplementationSpecific"})
_BAD_IN_PATHS: Final = ("//", "/./", "/../", "%2f", "%2F")
_CLASS_ANNOTATION: Final = "kubernetes.io/ingress.class"


def check_ingress(manifest: Manifest) -> None:
    """Check an Ingress."""
    spec = manifest.values.get("spec") or {}
    default = spec.get("defaultBackend")
    if not spec.get("rules") and default is None:
        manifest.report(INGRESS_BACKEND, "An ingress needs rules or a defaultBackend.", "spec")
    if default is not None:
        _check_backend(manifest, default, "spec", "defaultBackend")
    for at, rule in placed(spec.get("rules"), "spec", "rules"):
        if rule.get("host"):
            _check_host(manifest, rule["host"], *at, "host")
        http = rule.get("http")
        if http is not None:
            _check_paths(manifest, http, *at, "http")
    for at, tls in placed(spec.get("tls"), "spec", "tls"):
        for place, host in entries(tls.get("hosts")):
            _check_name(manifest, host, *at, "hosts", place)
        manifest.follows(tls.get("secretName") or None, grammar.dns_subdomain, *at, "secretName")
    chosen = spec.get("ingressClassName")
    if chosen is not None:
        manifest.follows(chosen, grammar.dns_subdomain, "spec", "ingressClassName")
        annotations = (manifest.values.get("metadata") or {}).get("annotations") or {}
        if annotations.get(_CLASS_ANNOTATION, chosen) != chosen:
            message = f"The annotation {_CLASS_ANNOTATION} names another class than ingressClassName."
            manifest.report(CONFLICT, message, "spec", "ingressClassName")


def _check_paths(manifest: Manifest, http: dict[str, Any], *at: Step) -> None:
    manifest.needs(http, "paths", *at)
    for here, path in placed(http.get("paths"), *at, "paths"):
        kind, text = path.get("pathType"), path.get("path") or ""
        manifest.one_of(kind, _PATH_TYPES, *here, "pathType")
        if kind in {"Exact", "Prefix"}:
            _check_path(manifest, text, *here, "path")
        elif text and not text.startswith("/"):
            manifest.report(INGRESS_PATH, f"The path {text!r} must start with '/'.", *here, "path")
        _check_backend(manifest, path.get("backend") or {}, *here, "backend")


def _check_path(manifest: Manifest, text: str, *steps: Step) -> None:
    if not text.startswith("/"):
        manifest.report(INGRESS_PATH, f"The path {text!r} must start with '/'.", *steps)
        return
    bad = [each for each in _BAD_IN_PATHS if each in text] + [end for end in ("/..", "/.") if text.endswith(end)]
    if bad:
        manifest.report(INGRESS_PATH, f"The path {text!r} may not hold {bad[0]!r}.", *steps)


def _check_backend(manifest: Manifest, backend: dict[str, Any], *at: Step) -> None:
    service, resource = backend.get("service"), backend.get("resource")
    if (service is None) == (resource is None):
        manifest.report(INGRESS_BACKEND, f"{path_text(at)} needs a service or a resource, and not both.", *at)
        return
    if resource is not None:
        manifest.follows(resource.get("apiGroup"), grammar.dns_subdomain, *at, "resource", "apiGroup")
        for field in ("kind", "name"):
            manifest.must_follow(resource, field, grammar.path_segment, *at, "resource")
    if service is None:
        return
    manifest.must_follow(service, "name", service_name_of(manifest), *at, "service")
    port = service.get("port") or {}
    name, number = port.get("name"), port.get("number")
    if bool(name) == bool(number):
        message = "The port of a service backend is given by name or by number, and not by both."
        manifest.report(INGRESS_BACKEND, message, *at, "service")
        return
    check_port_number(manifest, number or None, *at, "service", "port", "number")
    check_port_name(manifest, name or None, *at, "service", "port", "name")


def _check_host(manifest: Manifest, host: str, *steps: Step) -> None:
    if address_of(host, False) is not None:
        manifest.report(INGRESS_HOST, f"The host {host!r} is an IP address; write a DNS name.", *steps)
    else:
        _check_name(manifest, host, *steps)


def _check_name(manifest: Manifest, host: str, *steps: Step) -> None:
    check = grammar.wildcard_subdomain if "*" in host else grammar.dns_subdomain
    if why := check(host):
        manifest.report(INGRESS_HOST, f"The host {host!r}: {why}.", *steps)


def check_ingress_class(manifest: Manifest) -> None:
    """Check an IngressClass."""
    spec = manifest.values.get("spec") or {}
    manifest.must_follow(spec, "controller", grammar.domain_prefixed_path, "spec")
    parameters = spec.get("parameters") or {}
    if spec.get("parameters") is not None:
        manifest.follows(parameters.get("apiGroup"), grammar.dns_subdomain, "spec", "parameters", "apiGroup")
        for field in ("kind", "name"):
            manifest.must_follow(parameters, field, grammar.path_segment, "spec", "parameters")
    manifest.follows(parameters.get("namespace") or None, grammar.dns_label, "spec", "parameters", "namespace")
    scope = parameters.get("scope")
    manifest.one_of(scope, ("Cluster", "Namespace"), "spec", "parameters", "scope")
    if scope == "Namespace":
        manifest.needs(parameters, "namespace", "spec", "parameters")
    elif parameters.get("namespace"):
        message = "Parameters of the scope Cluster have no namespace."
        manifest.report_key(CONFLICT, message, "spec", "parameters", "namespace")


def check_network_policy(manifest: Manifest) -> None:
    """Check a NetworkPolicy."""
    spec = manifest.values.get("spec") or {}
    check_selector(manifest, spec.get("podSelector"), "spec", "podSelector")
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for at, rule in placed(spec.get(direction), "spec", direction):
            for place, port in entries(rule.get("ports")):
                _check_policy_port(manifest, port, *at, "ports", place)
            for place, peer in entries(rule.get(peers)):
                _check_peer(manifest, peer, *at, peers, place)
    types = spec.get("policyTypes") or []
    if len(types) > 2:
        manifest.report(POLICY_PORT, "There are at most two policyTypes.", "spec", "policyTypes")
    for index, each in entries(types):
        manifest.one_of(each, ("Ingress", "Egress"), "spec", "policyTypes", index)


def _check_policy_port(manifest: Manifest, port: dict[str, Any], *at: Step) -> None:
    manifest.one_of(port.get("protocol"), PROTOCOLS, *at, "protocol")
    number, end = port.get("port"), port.get("endPort")
    check_port_or_name(manifest, number, *at, "port")
    if end is None:
        return
    if not isinstance(number, int):
        manifest.report(POLICY_PORT, "endPort needs a numeric port.", *at, "endPort")
    elif end < number:
        manifest.report(POLICY_PORT, f"endPort {end} is below port {number}.", *at, "endPort")
    check_port_number(manifest, end, *at, "endPort")


def _check_peer(manifest: Manifest, peer: dict[str, Any], *at: Step) -> None:
    block = peer.get("ipBlock")
    selectors = [field for field in ("podSelector", "namespaceSelector") if peer.get(field) is not None]
    if not selectors and block is None:
        manifest.report(POLICY_PEER, "A peer needs a podSelector, a namespaceSelector or an ipBlock.", *at)
    if selectors and block is not None:
        manifest.report(POLICY_PEER, "An ipBlock cannot be combined with selectors.", *at, "ipBlock")
    for field in selectors:
        check_selector(manifest, peer[field], *at, field)
    if block is not None and manifest.follows(block.get("cidr") or "", cidr(manifest), *at, "ipBlock", "cidr"):
        whole = network_of(block["cidr"], is_strict(manifest))
        for steps, text in placed(block.get("except"), *at, "ipBlock", "except"):
            if manifest.follows(text, cidr(manifest), *steps):
                part = network_of(text, is_strict(manifest))
                inside = whole and part and part.version == whole.version and part.subnet_of(whole)  # type: ignore[arg-type]
                if not inside or part == whole:
                    message = f"{text} is not a strict part of {block['cidr']}."
                    manifest.report(POLICY_PEER, message, *steps)
