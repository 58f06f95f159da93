"""What administrators of a cluster write: nodes, API services, drivers, certificates and the flow of requests."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.findings import Manifest
from iacrl.domains.kubernetes.rules.common import (
    CONFLICT,
    Step,
    entries,
    follows,
    needs,
    one_of,
    report_duplicates,
    within,
)
from iacrl.domains.kubernetes.rules.sources import page
from iacrl.domains.rules import Rule

API_SERVICE = Rule(
    "KB488",
    "references",
    "Bad APIService",
    "An APIService is named after its version and group (v1beta1.metrics.k8s.io); it trusts a caBundle or skips the "
    "check, not both.",
    page("tasks/extend-kubernetes/configure-aggregation-layer"),
)
SIGNING_REQUEST = Rule(
    "KB489",
    "references",
    "Bad CertificateSigningRequest",
    "The request is a PEM block of the type CERTIFICATE REQUEST in base64; the signer's name is a domain and a path, "
    "and at least one usage is given.",
    page("reference/access-authn-authz/certificate-signing-requests"),
)

RULES: tuple[Rule, ...] = (API_SERVICE, SIGNING_REQUEST)

_EFFECTS: Final = frozenset({"NoExecute", "NoSchedule", "PreferNoSchedule"})
_USAGES: Final = frozenset(
    {
        "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment",
        "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel",
        "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime",
        "server auth", "signing", "timestamping",
    }
)  # fmt: skip
_SHORTEST: Final = 600  # seconds that a certificate lasts at least


def check_api_service(manifest: Manifest) -> None:
    """Check an APIService."""
    spec = manifest.values.get("spec") or {}
    version, api_group = spec.get("version") or "", spec.get("group") or ""
    if manifest.name != f"{version}.{api_group}":
        message = f"The name must be {f'{version}.{api_group}'!r}, the version and the group."
        manifest.report(API_SERVICE, message, "metadata", "name")
    if spec.get("service") is None:
        return  # the API server serves this group itself
    needs(manifest, spec, "group", "spec")
    within(manifest, spec.get("groupPriorityMinimum"), 1, 20_000, "spec", "groupPriorityMinimum")
    within(manifest, spec.get("versionPriority"), 1, 1_000, "spec", "versionPriority")
    for field in ("name", "namespace"):
        needs(manifest, spec["service"], field, "spec", "service")
    if spec.get("insecureSkipTLSVerify") and spec.get("caBundle"):
        message = "insecureSkipTLSVerify and caBundle exclude each other."
        manifest.report_key(API_SERVICE, message, "spec", "insecureSkipTLSVerify")


def check_csi_driver(manifest: Manifest) -> None:
    """Check a CSIDriver."""
    spec = manifest.values.get("spec") or {}
    policies = ("File", "None", "ReadWriteOnceWithFSType")
    one_of(manifest, spec.get("fsGroupPolicy"), policies, "spec", "fsGroupPolicy")
    for index, mode in entries(spec.get("volumeLifecycleModes")):
        one_of(manifest, mode, ("Ephemeral", "Persistent"), "spec", "volumeLifecycleModes", index)


def check_signing_request(manifest: Manifest) -> None:
    """Check a CertificateSigningRequest, but for what the request itself holds."""
    spec = manifest.values.get("spec") or {}
    if follows(manifest, spec.get("signerName") or "", grammar.domain_prefixed_path, "spec", "signerName"):
        domain = spec["signerName"].partition("/")[0]
        if "." not in domain:
            manifest.report(SIGNING_REQUEST, f"The domain {domain!r} holds no dot.", "spec", "signerName")
    if not spec.get("usages"):
        manifest.report(SIGNING_REQUEST, "A request names at least one usage.", "spec")
    for index, usage in entries(spec.get("usages")):
        one_of(manifest, usage, _USAGES, "spec", "usages", index)
    within(manifest, spec.get("expirationSeconds"), _SHORTEST, None, "spec", "expirationSeconds")
    try:
        text = base64.b64decode("".join((spec.get("request") or "").split()).encode(errors="replace"), validate=True)
    except (binascii.Error, ValueError):
        text = b""
    if b"-----BEGIN CERTIFICATE REQUEST-----" not in text:
        message = "The request is not a PEM block of the type CERTIFICATE REQUEST in base64."
        manifest.report(SIGNING_REQUEST, message, "spec", "request")


def check_flow_schema(manifest: Manifest) -> None:
    """Check a FlowSchema."""
    spec = manifest.values.get("spec") or {}
    within(manifest, spec.get("matchingPrecedence"), 1, 10_000, "spec", "matchingPrecedence")
    needs(manifest, spec.get("priorityLevelConfiguration") or {}, "name", "spec", "priorityLevelConfiguration")
    method = spec.get("distinguisherMethod") or {}
    one_of(manifest, method.get("type"), ("ByNamespace", "ByUser"), "spec", "distinguisherMethod", "type")


def check_priority_level(manifest: Manifest) -> None:
    """Check a PriorityLevelConfiguration."""
    spec = manifest.values.get("spec") or {}
    kind = spec.get("type")
    if not one_of(manifest, kind, ("Exempt", "Limited"), "spec", "type"):
        return
    if kind == "Limited":
        needs(manifest, spec, "limited", "spec")
    elif spec.get("limited"):
        manifest.report_key(CONFLICT, "limited goes with the type Limited only.", "spec", "limited")
    response = (spec.get("limited") or {}).get("limitResponse") or {}
    at = ("spec", "limited", "limitResponse")
    one_of(manifest, response.get("type"), ("Queue", "Reject"), *at, "type")
    if response.get("type") == "Reject" and response.get("queuing"):
        manifest.report_key(CONFLICT, "queuing goes with the type Queue only.", *at, "queuing")


def check_node(manifest: Manifest) -> None:
    """Check a Node."""
    spec = manifest.values.get("spec") or {}
    taints: list[tuple[Any, tuple[Step, ...]]] = []
    for index, taint in entries(spec.get("taints")):
        at = ("spec", "taints", index)
        follows(manifest, taint["key"], grammar.qualified_name, *at, "key")
        follows(manifest, taint.get("value"), grammar.label_value, *at, "value")
        one_of(manifest, taint["effect"], _EFFECTS, *at, "effect")
        taints.append(((taint["key"], taint["effect"]), at))
    report_duplicates(manifest, CONFLICT, taints, "the taint")
    if spec.get("podCIDR"):
        follows(manifest, spec["podCIDR"], grammar.cidr, "spec", "podCIDR")
    for index, block in entries(spec.get("podCIDRs")):
        follows(manifest, block, grammar.cidr, "spec", "podCIDRs", index)
