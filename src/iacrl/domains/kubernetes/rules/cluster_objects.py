"""Objects from administrators and the cluster itself: nodes, API services, addresses, events and access reviews."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.addresses import address_of, cidr, network_of
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import CONFLICT, OUT_OF_RANGE, Step, entries, placed
from iacrl.domains.kubernetes.rules.container_resources import check_whole
from iacrl.domains.kubernetes.rules.resource_names import is_huge
from iacrl.domains.kubernetes.rules.rule_sources import page
from iacrl.domains.rules import coded_rule

API_SERVICE = coded_rule(
    "KB488",
    "Bad APIService",
    "An APIService is named after its version and group (v1beta1.metrics.k8s.io); it trusts a caBundle or skips the "
    "check, not both.",
    page("tasks/extend-kubernetes/configure-aggregation-layer"),
)
_EFFECTS: Final = frozenset({"NoExecute", "NoSchedule", "PreferNoSchedule"})


def check_api_service(manifest: Manifest) -> None:
    """Check an APIService."""
    spec = manifest.values.get("spec") or {}
    version, api_group = spec.get("version") or "", spec.get("group") or ""
    if manifest.name != f"{version}.{api_group}":
        message = f"The name must be {f'{version}.{api_group}'!r}, the version and the group."
        manifest.report(API_SERVICE, message, "metadata", "name")
    manifest.within(spec.get("groupPriorityMinimum"), 1, 20_000, "spec", "groupPriorityMinimum")
    manifest.within(spec.get("versionPriority"), 1, 1_000, "spec", "versionPriority")
    if spec.get("service") is None:  # the API server serves this group itself
        for field in ("caBundle", "insecureSkipTLSVerify"):
            if spec.get(field):
                message = f"{field} is only for an APIService that names a service."
                manifest.report_key(API_SERVICE, message, "spec", field)
        return
    manifest.needs(spec, "group", "spec")
    for field in ("name", "namespace"):
        manifest.needs(spec["service"], field, "spec", "service")
    manifest.within(spec["service"].get("port"), 1, 65535, "spec", "service", "port")
    if spec.get("insecureSkipTLSVerify") and spec.get("caBundle"):
        message = "insecureSkipTLSVerify and caBundle exclude each other."
        manifest.report_key(API_SERVICE, message, "spec", "insecureSkipTLSVerify")


def check_service_cidr(manifest: Manifest) -> None:
    """Check a ServiceCIDR: `ValidateServiceCIDR` in `pkg/apis/networking/validation/validation.go`."""
    blocks = (manifest.values.get("spec") or {}).get("cidrs") or []
    if not manifest.needs(manifest.values.get("spec") or {}, "cidrs", "spec"):
        return
    if len(blocks) > 2:
        manifest.report(CONFLICT, "There are at most two blocks, one of each address family.", "spec", "cidrs")
    versions: list[int] = []
    for index, block in entries(blocks):
        found = network_of(block, True)
        if found is None:
            manifest.follows(block, lambda _: "it is not a CIDR block such as 10.0.0.0/8", "spec", "cidrs", index)
        else:
            versions.append(found.version)
    if len(versions) == 2 and versions[0] == versions[1]:
        manifest.report(CONFLICT, "Two blocks are of different address families.", "spec", "cidrs")


def check_ip_address(manifest: Manifest) -> None:
    """Check an IPAddress, whose name is the address: `ValidateIPAddress`."""
    prefix = (manifest.values.get("metadata") or {}).get("generateName")
    if prefix and address_of(prefix, True) is None:
        manifest.follows(prefix, lambda _: "it is not an IP address", "metadata", "generateName")
    found = address_of(manifest.name, True)
    if manifest.name and (found is None or str(found) != manifest.name):
        manifest.follows(manifest.name, lambda _: "it is not an IP address in canonical form", "metadata", "name")
    parent = (manifest.values.get("spec") or {}).get("parentRef")
    if parent is None:
        manifest.needs(manifest.values.get("spec") or {}, "parentRef", "spec")
        return
    manifest.follows(parent.get("group") or None, grammar.dns_subdomain, "spec", "parentRef", "group")
    for field in ("resource", "name"):
        manifest.must_follow(parent, field, grammar.path_segment, "spec", "parentRef")
    manifest.follows(parent.get("namespace") or None, grammar.path_segment, "spec", "parentRef", "namespace")


def check_revision(manifest: Manifest) -> None:
    """Check a ControllerRevision."""
    if manifest.values.get("data") is None:
        manifest.needs(manifest.values, "data")
    manifest.within(manifest.values.get("revision"), 0, None, "revision")


def check_pod_binding(manifest: Manifest) -> None:
    """Check a Binding of a pod to a node: `ValidatePodBinding`."""
    target = manifest.values.get("target") or {}
    manifest.one_of(target.get("kind") or None, ("Node",), "target", "kind")
    manifest.needs(target, "name", "target")


def check_node(manifest: Manifest) -> None:
    """Check a Node."""
    spec = manifest.values.get("spec") or {}
    taints: list[tuple[Any, tuple[Step, ...]]] = []
    for at, taint in placed(spec.get("taints"), "spec", "taints"):
        manifest.follows(taint["key"], grammar.qualified_name, *at, "key")
        manifest.follows(taint.get("value"), grammar.label_value, *at, "value")
        manifest.one_of(taint["effect"], _EFFECTS, *at, "effect")
        taints.append(((taint["key"], taint["effect"]), at))
    manifest.report_duplicates(CONFLICT, taints, "the taint")
    first, blocks = spec.get("podCIDR") or None, entries(spec.get("podCIDRs"))
    manifest.follows(first, cidr(manifest), "spec", "podCIDR")
    if first is None or not blocks or blocks[0][1] == first:  # else the server drops podCIDRs
        for index, block in blocks:
            manifest.follows(block, cidr(manifest), "spec", "podCIDRs", index)
        families = [":" in block for _, block in blocks]
        if len(set(families)) < len(families):
            manifest.report(CONFLICT, "There is at most one CIDR block of each IP family.", "spec", "podCIDRs")
    status = manifest.values.get("status") or {}
    for field in ("capacity", "allocatable"):
        for name, amount in (status.get(field) or {}).items():
            if manifest.quantity(amount, "status", field, name) and not is_huge(name):
                check_whole(manifest, name, amount, "status", field, name)
    if manifest.minor >= _FEATURES_SINCE:
        features = entries(status.get("declaredFeatures"))
        for index, feature in features:
            manifest.follows(feature, _feature_name, "status", "declaredFeatures", index)
        if any(one >= other for (_, one), (_, other) in pairwise(features)):
            manifest.report(
                CONFLICT, "Features are in the order of their names, each once.", "status", "declaredFeatures"
            )
    swap = ((status.get("nodeInfo") or {}).get("swap") or {}).get("capacity")
    manifest.within(swap, 1, None, "status", "nodeInfo", "swap", "capacity")


_FEATURES_SINCE: Final = 35
_FEATURE: Final = re.compile(r"[A-Z][A-Za-z0-9]*(/[A-Za-z0-9]+)*")


def _feature_name(text: str) -> str | None:
    return None if _FEATURE.fullmatch(text) else "it is not a feature's name, such as MyFeature or MyFeature/MyPart"


_LONGEST_WORD: Final = 128
_LONGEST_NOTE: Final = 1024
_DEPRECATED: Final = ("deprecatedFirstTimestamp", "deprecatedLastTimestamp", "deprecatedCount", "deprecatedSource")


def check_event(manifest: Manifest) -> None:
    """Check an Event."""
    values = manifest.values
    newer = manifest.group == "events.k8s.io"
    about = "regarding" if newer else "involvedObject"
    _check_namespace(manifest, values.get(about) or {}, about)
    if not newer and not values.get("eventTime"):
        return  # an event of the older form, with few requirements
    controller = "reportingController" if newer else "reportingComponent"
    if newer:
        manifest.needs(values, "eventTime")
    manifest.must_follow(values, controller, grammar.qualified_name)
    for field in ("reportingInstance", "action", "reason"):
        if manifest.needs(values, field) and len(values[field]) > _LONGEST_WORD:
            manifest.report(OUT_OF_RANGE, f"{field} has at most {_LONGEST_WORD} characters.", field)
    note = "note" if newer else "message"
    if len(values.get(note) or "") > _LONGEST_NOTE:
        manifest.report(OUT_OF_RANGE, f"{note} has at most {_LONGEST_NOTE} characters.", note)
    if newer:
        manifest.one_of(values.get("type") or "", ("Normal", "Warning"), "type")
        for field in _DEPRECATED:
            if values.get(field):
                manifest.report_key(CONFLICT, f"{field} is for events of the core group.", field)


def _check_namespace(manifest: Manifest, about: dict[str, Any], field: str) -> None:
    namespace, own = about.get("namespace") or "", manifest.namespace or "default"
    if namespace != own and (namespace or own != "default"):
        message = f"The event is in the namespace {own}, its object in {namespace or 'none'}."
        manifest.report(CONFLICT, message, field)


_SELECTORS_SINCE: Final = 32  # the feature gate AuthorizeWithSelectors
_FIELD_OPERATORS: Final = ("In", "NotIn", "Exists", "DoesNotExist")


def check_access_review(manifest: Manifest) -> None:
    """Check a SubjectAccessReview, SelfSubjectAccessReview or LocalSubjectAccessReview."""
    spec = manifest.values.get("spec") or {}
    resource, other = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if (resource is None) == (other is None):
        message = "A review asks by resourceAttributes or nonResourceAttributes, one of the two."
        manifest.report(CONFLICT, message, "spec")
    if manifest.kind != "SelfSubjectAccessReview" and not spec.get("user") and not spec.get("groups"):
        manifest.needs(spec, "user", "spec")
    if manifest.kind == "LocalSubjectAccessReview" and other is not None:
        message = "A review of one namespace asks by resourceAttributes."
        manifest.report_key(CONFLICT, message, "spec", "nonResourceAttributes")
    if resource is not None and manifest.minor >= _SELECTORS_SINCE:
        for field in ("fieldSelector", "labelSelector"):
            if resource.get(field) is not None:
                _check_selector(manifest, resource[field], field, "spec", "resourceAttributes", field)


def _check_selector(manifest: Manifest, selector: dict[str, Any], field: str, *at: Step) -> None:
    raw, requirements = selector.get("rawSelector"), selector.get("requirements")
    if bool(raw) == bool(requirements):
        manifest.report(CONFLICT, "A selector has rawSelector or requirements, one of the two.", *at)
    for here, each in placed(requirements, *at, "requirements"):
        if manifest.needs(each, "key", *here) and field == "labelSelector":
            manifest.follows(each["key"], grammar.qualified_name, *here, "key")
        if manifest.one_of(each.get("operator") or "", _FIELD_OPERATORS, *here, "operator"):
            listed = each["operator"] in {"In", "NotIn"}
            if listed != bool(each.get("values")):
                message = f"The operator {each['operator']} {'needs' if listed else 'takes no'} values."
                manifest.report(CONFLICT, message, *here)
