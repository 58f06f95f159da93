"""What a pod's spec may say beside its containers and volumes."""

from __future__ import annotations

from typing import Any, Final

from iacrl.validators.kubernetes import grammar
from iacrl.validators.kubernetes.findings import Manifest
from iacrl.validators.kubernetes.rules.common import (
    CONFLICT,
    Step,
    entries,
    follows,
    needs,
    one_of,
    report_duplicates,
    within,
)
from iacrl.validators.kubernetes.rules.containers import check_containers
from iacrl.validators.kubernetes.rules.names_labels import check_metadata_of_template
from iacrl.validators.kubernetes.rules.resources import check_resources
from iacrl.validators.kubernetes.rules.sources import core, page
from iacrl.validators.kubernetes.wording import path_text
from iacrl.validators.rules import Rule

RESTART_POLICY = Rule(
    "KB433",
    "references",
    "Wrong restartPolicy",
    "Pods of a Deployment, ReplicaSet, StatefulSet, DaemonSet and ReplicationController always restart; those of "
    "a Job and CronJob restart OnFailure or Never, and must say which, since the default is Always.",
    page("concepts/workloads/pods/pod-lifecycle") + "#restart-policy",
)
DNS = Rule(
    "KB434",
    "references",
    "Bad DNS settings",
    "dnsPolicy None needs nameservers in dnsConfig: at most three IP addresses; there are at most 32 search domains.",
    core("validatePodDNSConfig"),
)
SECURITY = Rule(
    "KB435",
    "references",
    "Bad security context",
    "User and group ids are never negative; a privileged container cannot forbid privilege escalation; a seccomp or "
    "AppArmor profile has a localhostProfile exactly where its type is Localhost.",
    core("ValidateSecurityContext, validateSeccompProfileField"),
)

RULES: tuple[Rule, ...] = (RESTART_POLICY, DNS, SECURITY)

_RESTART_POLICIES: Final = frozenset({"Always", "OnFailure", "Never"})
_DNS_POLICIES: Final = frozenset({"ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"})
_ALWAYS: Final = frozenset({"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "ReplicationController"})
_TO_THE_END: Final = frozenset({"Job", "CronJob"})
_PREEMPTION: Final = frozenset({"Never", "PreemptLowerPriority"})
_PROC_MOUNTS: Final = frozenset({"Default", "Unmasked"})
_PROFILES: Final = frozenset({"Localhost", "RuntimeDefault", "Unconfined"})
_GROUP_POLICIES: Final = frozenset({"Always", "OnRootMismatch"})
_IDS: Final = ("runAsUser", "runAsGroup", "fsGroup")
_MOST_ID: Final = 2**31 - 1
#: Fields of a pod's spec that other checks look after; most pods have no more than these.
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


def check_pod(manifest: Manifest) -> None:
    """Check a Pod."""
    check_pod_spec(manifest, manifest.values.get("spec") or {}, "spec")


def check_pod_template(manifest: Manifest) -> None:
    """Check a PodTemplate."""
    check_template(manifest, manifest.values.get("template") or {}, "template")


def check_template(manifest: Manifest, template: dict[str, Any], *steps: Step, claims: tuple[str, ...] = ()) -> None:
    """Check a pod template; `claims` are the volumeClaimTemplates that its containers may mount too."""
    check_metadata_of_template(manifest, template.get("metadata") or {}, *steps, "metadata")
    check_pod_spec(manifest, template.get("spec") or {}, *steps, "spec", claims=claims)


def check_pod_spec(manifest: Manifest, spec: dict[str, Any], *steps: Step, claims: tuple[str, ...] = ()) -> None:
    """Check a pod's spec, of a Pod or of a template."""
    volumes = set(claims)
    if spec.get("volumes"):
        # Imported when there is something to check, like the other themes that most pods do without.
        from iacrl.validators.kubernetes.rules.volumes import check_volumes

        volumes |= check_volumes(manifest, spec["volumes"], *steps, "volumes")
    check_containers(manifest, spec, steps, volumes)
    _check_restart(manifest, spec.get("restartPolicy"), *steps, "restartPolicy")
    _check_dns(manifest, spec, *steps)
    if not spec.keys() <= _ELSEWHERE:
        _check_identity(manifest, spec, *steps)
    if spec.get("securityContext"):
        _check_security(manifest, spec["securityContext"], *steps, "securityContext")
    for field in ("initContainers", "containers", "ephemeralContainers"):
        for index, container in entries(spec.get(field)):
            if container.get("securityContext"):
                at = (*steps, field, index, "securityContext")
                _check_container_security(manifest, container["securityContext"], *at)
    if not _SCHEDULING.isdisjoint(spec):
        from iacrl.validators.kubernetes.rules.scheduling import check_scheduling

        check_scheduling(manifest, spec, *steps)
    if spec.get("resources"):
        check_resources(manifest, spec["resources"], *steps, "resources")


def _check_restart(manifest: Manifest, policy: Any, *steps: Step) -> None:
    kind = manifest.kind
    if not one_of(manifest, policy, _RESTART_POLICIES, *steps):
        return
    if kind in _ALWAYS and policy not in (None, "Always"):
        manifest.report(RESTART_POLICY, f"The pods of a {kind} have restartPolicy Always, not {policy}.", *steps)
    elif kind in _TO_THE_END and policy in (None, "Always"):
        has = "Always" if policy else "none, which means Always"
        message = f"The pods of a {kind} have restartPolicy OnFailure or Never; this one has {has}."
        manifest.report(RESTART_POLICY, message, *(steps if policy else steps[:-1]))


def _check_dns(manifest: Manifest, spec: dict[str, Any], *steps: Step) -> None:
    policy, config = spec.get("dnsPolicy"), spec.get("dnsConfig") or {}
    if policy is None and not config:
        return
    one_of(manifest, policy, _DNS_POLICIES, *steps, "dnsPolicy")
    servers = config.get("nameservers") or []
    if policy == "None" and not servers:
        message = "dnsPolicy None needs at least one nameserver in dnsConfig."
        manifest.report(DNS, message, *steps, "dnsPolicy")
    if len(servers) > 3:
        manifest.report(DNS, "There are at most 3 nameservers.", *steps, "dnsConfig", "nameservers")
    if len(config.get("searches") or []) > 32:
        manifest.report(DNS, "There are at most 32 search domains.", *steps, "dnsConfig", "searches")
    for index, server in entries(servers):
        follows(manifest, server, grammar.ip_address, *steps, "dnsConfig", "nameservers", index)
    for index, option in entries(config.get("options")):
        needs(manifest, option, "name", *steps, "dnsConfig", "options", index)


def _check_identity(manifest: Manifest, spec: dict[str, Any], *steps: Step) -> None:
    """Check the single fields with a grammar, a range or a few words."""
    get = spec.get
    for field in ("serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName"):
        if get(field):
            follows(manifest, get(field), grammar.dns_subdomain, *steps, field)
    for field in ("hostname", "subdomain"):
        if get(field):
            follows(manifest, get(field), grammar.dns_label, *steps, field)
    within(manifest, get("terminationGracePeriodSeconds"), 0, None, *steps, "terminationGracePeriodSeconds")
    within(manifest, get("activeDeadlineSeconds"), 1, _MOST_ID, *steps, "activeDeadlineSeconds")
    one_of(manifest, get("preemptionPolicy"), _PREEMPTION, *steps, "preemptionPolicy")
    for index, alias in entries(get("hostAliases")):
        follows(manifest, alias.get("ip") or "", grammar.ip_address, *steps, "hostAliases", index, "ip")
        for place, name in entries(alias.get("hostnames")):
            follows(manifest, name, grammar.dns_subdomain, *steps, "hostAliases", index, "hostnames", place)
    for index, gate in entries(get("readinessGates")):
        follows(
            manifest, gate["conditionType"], grammar.qualified_name, *steps, "readinessGates", index, "conditionType"
        )
    if get("imagePullSecrets"):
        for index, secret in entries(get("imagePullSecrets")):
            if secret.get("name"):
                follows(manifest, secret["name"], grammar.dns_subdomain, *steps, "imagePullSecrets", index, "name")
    if get("os"):
        one_of(manifest, spec["os"]["name"], ("linux", "windows"), *steps, "os", "name")


def _check_security(manifest: Manifest, context: dict[str, Any], *steps: Step) -> None:
    for field in _IDS:
        within(manifest, context.get(field), 0, _MOST_ID, *steps, field)
    for index, group in entries(context.get("supplementalGroups")):
        within(manifest, group, 0, _MOST_ID, *steps, "supplementalGroups", index)
    one_of(manifest, context.get("fsGroupChangePolicy"), _GROUP_POLICIES, *steps, "fsGroupChangePolicy")
    one_of(manifest, context.get("supplementalGroupsPolicy"), ("Merge", "Strict"), *steps, "supplementalGroupsPolicy")
    sysctls = [(each["name"], (*steps, "sysctls", index, "name")) for index, each in entries(context.get("sysctls"))]
    report_duplicates(manifest, SECURITY, sysctls, "the sysctl")
    _check_profiles(manifest, context, *steps)


def _check_container_security(manifest: Manifest, context: dict[str, Any], *steps: Step) -> None:
    for field in ("runAsUser", "runAsGroup"):
        within(manifest, context.get(field), 0, _MOST_ID, *steps, field)
    one_of(manifest, context.get("procMount"), _PROC_MOUNTS, *steps, "procMount")
    if context.get("allowPrivilegeEscalation") is False:
        added = (context.get("capabilities") or {}).get("add") or []
        reason = None
        if context.get("privileged"):
            reason = "privileged is true"
        elif "CAP_SYS_ADMIN" in added:
            reason = "CAP_SYS_ADMIN is added"
        if reason:
            message = f"allowPrivilegeEscalation cannot be false where {reason}."
            manifest.report(SECURITY, message, *steps, "allowPrivilegeEscalation")
    _check_profiles(manifest, context, *steps)


def _check_profiles(manifest: Manifest, context: dict[str, Any], *steps: Step) -> None:
    for field in ("seccompProfile", "appArmorProfile"):
        profile = context.get(field)
        if not profile:
            continue
        kind, local = profile.get("type"), profile.get("localhostProfile")
        if not one_of(manifest, kind, _PROFILES, *steps, field, "type"):
            continue
        if kind == "Localhost" and not local:
            manifest.report(SECURITY, f"{field} of type Localhost needs a localhostProfile.", *steps, field)
        elif kind != "Localhost" and local:
            manifest.report(SECURITY, f"localhostProfile is only for type Localhost, not {kind}.", *steps, field)
    windows = context.get("windowsOptions") or {}
    if windows and context.get("seLinuxOptions"):
        manifest.report(CONFLICT, f"{path_text(steps)}: windowsOptions and seLinuxOptions exclude each other.", *steps)
