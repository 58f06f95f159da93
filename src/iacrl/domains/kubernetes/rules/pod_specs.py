"""What a pod's spec may set in addition to its containers and volumes."""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.addresses import ip_address
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import RESTART_POLICIES, Step, entries, placed
from iacrl.domains.kubernetes.rules.container_resources import check_overhead, check_pod_resources
from iacrl.domains.kubernetes.rules.containers import HOST_USERS_SINCE, check_containers
from iacrl.domains.kubernetes.rules.names_labels import check_metadata_of_template
from iacrl.domains.kubernetes.rules.pod_annotations import check_pod_annotations
from iacrl.domains.kubernetes.rules.rule_sources import core, page
from iacrl.domains.rules import coded_rule

RESTART_POLICY = coded_rule(
    "KB433",
    "Wrong restartPolicy",
    "Pods of a Deployment, ReplicaSet, StatefulSet, DaemonSet and ReplicationController always restart; those of "
    "a Job and CronJob restart OnFailure or Never, and must say which, since the default is Always.",
    page("concepts/workloads/pods/pod-lifecycle") + "#restart-policy",
)
DNS = coded_rule(
    "KB434",
    "Bad DNS settings",
    "dnsPolicy None needs nameservers in dnsConfig: at most three IP addresses; there are at most 32 search domains.",
    core("validatePodDNSConfig"),
)
POD_FIELDS = coded_rule(
    "KB482",
    "Conflicting fields of a pod",
    "shareProcessNamespace excludes hostPID, and hostUsers: false excludes the host's network, PIDs and IPC; a pod "
    "with scheduling gates has no node yet; each resource claim has one source.",
    core("ValidatePodSpec, ValidatePodCreate"),
)

_DNS_POLICIES: Final = frozenset({"ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"})
_ALWAYS: Final = frozenset({"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "ReplicationController"})
_TO_THE_END: Final = frozenset({"Job", "CronJob"})
_PREEMPTION: Final = frozenset({"Never", "PreemptLowerPriority"})
_MOST_ID: Final = 2**31 - 1
_CLAIMS_SINCE: Final = 34  # the feature gate DynamicResourceAllocation
_SEARCH_SINCE: Final = 33  # the feature gate RelaxedDNSSearchValidation
_LONGEST_HOST: Final = 64  # the limit of Linux
#: Fields of a pod's spec that other checks cover; most pods have only these.
_ELSEWHERE: Final = frozenset(
    {
        "affinity",
        "containers",
        "initContainers",
        "nodeSelector",
        "restartPolicy",
        "securityContext",
        "tolerations",
        "volumes",
    }
)
_SCHEDULING: Final = frozenset({"affinity", "nodeSelector", "tolerations", "topologySpreadConstraints"})


_SECURITY: Final = frozenset({"securityContext", "os"})


def check_pod(manifest: Manifest) -> None:
    """Check a Pod."""
    metadata, spec = manifest.values.get("metadata") or {}, manifest.values.get("spec") or {}
    if metadata.get("annotations"):
        check_pod_annotations(manifest, metadata["annotations"], spec, "metadata", "annotations")
    check_pod_spec(manifest, spec, "spec")


def check_pod_template(manifest: Manifest) -> None:
    """Check a PodTemplate."""
    check_template(manifest, manifest.values.get("template") or {}, "template")


def check_template(manifest: Manifest, template: dict[str, Any], *steps: Step, claims: tuple[str, ...] = ()) -> None:
    """Check a pod template; its containers may also mount `claims`, the volumeClaimTemplates."""
    metadata = template.get("metadata") or {}
    check_metadata_of_template(manifest, metadata, *steps, "metadata")
    if metadata.get("annotations"):
        spec = template.get("spec") or {}
        check_pod_annotations(manifest, metadata["annotations"], spec, *steps, "metadata", "annotations")
    check_pod_spec(manifest, template.get("spec") or {}, *steps, "spec", claims=claims)


def check_outer_template(manifest: Manifest, template: dict[str, Any], *steps: Step) -> None:
    """Check what the server has always checked in a StatefulSet's pod template."""
    check_metadata_of_template(manifest, template.get("metadata") or {}, *steps, "metadata")
    policy = (template.get("spec") or {}).get("restartPolicy")
    _check_restart(manifest, policy, *steps, "spec", "restartPolicy")


def check_pod_spec(manifest: Manifest, spec: dict[str, Any], *steps: Step, claims: tuple[str, ...] = ()) -> None:
    """Check a pod's spec, of a Pod or of a template."""
    volumes = dict.fromkeys(claims, "persistentVolumeClaim")
    if spec.get("volumes"):
        # Imported only when needed, like the other topics that most pods do not use.
        from iacrl.domains.kubernetes.rules.volumes import check_volumes

        volumes |= check_volumes(manifest, spec["volumes"], *steps, "volumes")
    check_containers(manifest, spec, steps, volumes)
    _check_restart(manifest, spec.get("restartPolicy"), *steps, "restartPolicy")
    _check_dns(manifest, spec, *steps)
    if not spec.keys() <= _ELSEWHERE:
        _check_identity(manifest, spec, *steps)
    if not _SECURITY.isdisjoint(spec) or any(
        each.get("securityContext") for field in ("containers", "initContainers") for each in spec.get(field) or ()
    ):
        from iacrl.domains.kubernetes.rules.security_contexts import check_security

        check_security(manifest, spec, *steps)
    if not _SCHEDULING.isdisjoint(spec):
        from iacrl.domains.kubernetes.rules.scheduling import check_scheduling

        check_scheduling(manifest, spec, *steps)
    if spec.get("resources") and manifest.minor >= 34:
        check_pod_resources(manifest, spec, *steps)


def _check_restart(manifest: Manifest, policy: Any, *steps: Step) -> None:
    kind = manifest.kind
    policy = policy or None
    if not manifest.one_of(policy, RESTART_POLICIES, *steps):
        return
    if kind in _ALWAYS and policy not in (None, "Always"):
        manifest.report(RESTART_POLICY, f"The pods of a {kind} have restartPolicy Always, not {policy}.", *steps)
    elif kind in _TO_THE_END and policy in (None, "Always"):
        has = "Always" if policy else "none, which means Always"
        message = f"The pods of a {kind} have restartPolicy OnFailure or Never; this one has {has}."
        manifest.report(RESTART_POLICY, message, *(steps if policy else steps[:-1]))


def _check_dns(manifest: Manifest, spec: dict[str, Any], *steps: Step) -> None:
    policy, config = spec.get("dnsPolicy") or None, spec.get("dnsConfig") or {}
    if policy is None and not config:
        return
    manifest.one_of(policy, _DNS_POLICIES, *steps, "dnsPolicy")
    servers = config.get("nameservers") or []
    if policy == "None" and not servers:
        message = "dnsPolicy None needs at least one nameserver in dnsConfig."
        manifest.report(DNS, message, *steps, "dnsPolicy")
    if len(servers) > 3:
        manifest.report(DNS, "There are at most 3 nameservers.", *steps, "dnsConfig", "nameservers")
    if len(config.get("searches") or []) > 32:
        manifest.report(DNS, "There are at most 32 search domains.", *steps, "dnsConfig", "searches")
    for index, search in entries(config.get("searches")):
        check = grammar.dns_search if manifest.minor >= _SEARCH_SINCE else _plain_search
        manifest.follows(search, check, *steps, "dnsConfig", "searches", index)
    for index, server in entries(servers):
        manifest.follows(server, ip_address(manifest), *steps, "dnsConfig", "nameservers", index)
    for index, option in entries(config.get("options")):
        manifest.needs(option, "name", *steps, "dnsConfig", "options", index)


def _plain_search(text: str) -> str | None:
    return grammar.dns_subdomain(text.removesuffix("."))


def _check_identity(manifest: Manifest, spec: dict[str, Any], *steps: Step) -> None:
    """Check the fields that have a grammar, a range or a few allowed words."""
    get = spec.get
    account = "serviceAccountName" if get("serviceAccountName") else "serviceAccount"  # the older of two names
    for field in (account, "nodeName", "priorityClassName"):
        if get(field):
            manifest.follows(get(field), grammar.dns_subdomain, *steps, field)
    manifest.follows(get("runtimeClassName"), grammar.dns_subdomain, *steps, "runtimeClassName")
    for field in ("hostname", "subdomain"):
        if get(field) and manifest.kind != "StatefulSet":  # it sets both for its pods
            manifest.follows(get(field), grammar.dns_label, *steps, field)
    manifest.within(get("activeDeadlineSeconds"), 1, _MOST_ID, *steps, "activeDeadlineSeconds")
    manifest.one_of(get("preemptionPolicy"), _PREEMPTION, *steps, "preemptionPolicy")
    for index, alias in entries(get("hostAliases")):
        manifest.follows(alias.get("ip") or "", ip_address(manifest), *steps, "hostAliases", index, "ip")
        for place, name in entries(alias.get("hostnames")):
            manifest.follows(name, grammar.dns_subdomain, *steps, "hostAliases", index, "hostnames", place)
    for index, gate in entries(get("readinessGates")):
        manifest.follows(
            gate["conditionType"], grammar.qualified_name, *steps, "readinessGates", index, "conditionType"
        )
    if get("hostnameOverride") is not None and manifest.minor >= 35:
        _check_override(manifest, spec, *steps, "hostnameOverride")
    if spec.get("overhead"):
        check_overhead(manifest, spec["overhead"], *steps, "overhead")
    _check_conflicts(manifest, spec, *steps)


def _check_override(manifest: Manifest, spec: dict[str, Any], *at: Step) -> None:
    name = spec["hostnameOverride"]
    manifest.follows(name, grammar.dns_subdomain, *at)
    if len(name) > _LONGEST_HOST:
        manifest.report(POD_FIELDS, f"A host's name has at most {_LONGEST_HOST} characters.", *at)
    for field in ("hostNetwork", "setHostnameAsFQDN"):
        if spec.get(field):
            manifest.report_key(POD_FIELDS, f"hostnameOverride and {field} exclude each other.", *at)


def _check_conflicts(manifest: Manifest, spec: dict[str, Any], *steps: Step) -> None:
    get = spec.get
    if get("shareProcessNamespace") and get("hostPID"):
        message = "shareProcessNamespace and hostPID exclude each other."
        manifest.report(POD_FIELDS, message, *steps, "shareProcessNamespace")
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if get("hostUsers") is False and get(field) and manifest.minor >= HOST_USERS_SINCE:
            manifest.report(POD_FIELDS, f"hostUsers: false excludes {field}.", *steps, field)
    gates = placed(get("schedulingGates"), *steps, "schedulingGates")
    for here, gate in gates:
        manifest.follows(gate["name"], grammar.qualified_name, *here, "name")
    manifest.unique(POD_FIELDS, "the scheduling gate", gates, "name")
    if gates and get("nodeName") and manifest.kind == "Pod":
        manifest.report(POD_FIELDS, "A pod with scheduling gates has no node yet.", *steps, "nodeName")
    given_claims = get("resourceClaims") if manifest.minor >= _CLAIMS_SINCE else None
    claims = placed(given_claims, *steps, "resourceClaims")
    for here, claim in claims:
        manifest.follows(claim["name"], grammar.dns_label, *here, "name")
        given = [field for field in ("resourceClaimName", "resourceClaimTemplateName") if claim.get(field) is not None]
        if len(given) != 1:
            message = "A resource claim names a resourceClaimName or a resourceClaimTemplateName."
            manifest.report(POD_FIELDS, message, *here)
        for field in given:
            manifest.follows(claim[field], grammar.dns_subdomain, *here, field)
    manifest.unique(POD_FIELDS, "the resource claim", claims, "name")
