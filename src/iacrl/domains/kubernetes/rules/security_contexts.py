"""Security contexts of pods and containers, and which fields each operating system allows."""

from __future__ import annotations

import re
from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import Named, Step, entries
from iacrl.domains.kubernetes.rules.rule_sources import core
from iacrl.domains.paths import path_text
from iacrl.domains.rules import coded_rule

SECURITY = coded_rule(
    "KB435",
    "Bad security context",
    "User and group ids are never negative; a privileged container cannot forbid privilege escalation; a seccomp or "
    "AppArmor profile has a localhostProfile exactly where its type is Localhost; a pod on the host's network or IPC "
    "cannot set the sysctls of either.",
    core("ValidateSecurityContext, validateSeccompProfileField, validateSysctls"),
)
OPERATING_SYSTEM = coded_rule(
    "KB483",
    "Field of another operating system",
    "Where os.name says linux or windows, the settings that only the other one has are refused; a container on a "
    "Windows host (hostProcess) needs hostNetwork, and all containers of its pod are such.",
    core("validateLinux, validateWindows, validateWindowsHostProcessPod"),
)

_GROUPS_SINCE: Final = 33  # the feature gate SupplementalGroupsPolicy
_USERS_SINCE: Final = 33  # the feature gate UserNamespacesSupport
_PROC_SINCE: Final = 33  # the feature gate ProcMountType
_PROC_MOUNTS: Final = frozenset({"Default", "Unmasked"})
_PROFILES: Final = frozenset({"Localhost", "RuntimeDefault", "Unconfined"})
_GROUP_POLICIES: Final = frozenset({"Always", "OnRootMismatch"})
_SELINUX_POLICIES: Final = frozenset({"Recursive", "MountOption"})
_IDS: Final = ("runAsUser", "runAsGroup", "fsGroup")
_LONGEST_PROFILE: Final = 4095
_LONGEST_DOMAIN: Final = 256
_LONGEST_USER: Final = 104
_NOT_IN_USERS: Final = frozenset('"/\\:;|=,+*?<>@[]')
_DOMAIN: Final = re.compile(
    r"[a-zA-Z0-9][^\\/:*?\"<>|.]{0,14}|[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)*"
)
_MOST_ID: Final = 2**31 - 1
_IPC_SYSCTLS: Final = ("kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue.")
_LINUX_ONLY_POD: Final = (
    "appArmorProfile", "seLinuxOptions", "seccompProfile", "fsGroup", "fsGroupChangePolicy", "sysctls", "runAsUser",
    "runAsGroup", "supplementalGroups", "supplementalGroupsPolicy", "seLinuxChangePolicy",
)  # fmt: skip
_LINUX_ONLY_SPEC: Final = ("hostUsers", "shareProcessNamespace")
_LINUX_ONLY_FLAGS: Final = ("hostPID", "hostIPC")
_LINUX_ONLY_CONTAINER: Final = (
    "appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem", "privileged",
    "allowPrivilegeEscalation", "procMount", "runAsUser", "runAsGroup",
)  # fmt: skip


def check_security(manifest: Manifest, spec: dict[str, Any], *steps: Step) -> None:
    """Check the security contexts and the operating system of a pod spec."""
    contexts = [
        (each["securityContext"], (*steps, field, index, "securityContext"))
        for field in ("initContainers", "containers")
        for index, each in entries(spec.get(field))
        if each.get("securityContext")
    ]
    if spec.get("securityContext"):
        _check_pod(manifest, spec, spec["securityContext"], *steps, "securityContext")
    for context, at in contexts:
        _check_container(manifest, context, bool(spec.get("hostUsers", True)), *at)
    _check_host_process(manifest, spec, *steps)
    if spec.get("os"):
        system = spec["os"]["name"]
        if manifest.one_of(system, ("linux", "windows"), *steps, "os", "name"):
            _check_system(manifest, spec, contexts, system, *steps)


def _check_pod(manifest: Manifest, spec: dict[str, Any], context: dict[str, Any], *steps: Step) -> None:
    for field in _IDS:
        manifest.within(context.get(field), 0, _MOST_ID, *steps, field)
    for index, group in entries(context.get("supplementalGroups")):
        manifest.within(group, 0, _MOST_ID, *steps, "supplementalGroups", index)
    manifest.one_of(context.get("fsGroupChangePolicy"), _GROUP_POLICIES, *steps, "fsGroupChangePolicy")
    if manifest.minor >= _GROUPS_SINCE:
        policy = context.get("supplementalGroupsPolicy")
        manifest.one_of(policy, ("Merge", "Strict"), *steps, "supplementalGroupsPolicy")
    manifest.one_of(context.get("seLinuxChangePolicy"), _SELINUX_POLICIES, *steps, "seLinuxChangePolicy")
    sysctls: list[tuple[Any, tuple[Step, ...]]] = []
    for index, each in entries(context.get("sysctls")):
        at = (*steps, "sysctls", index, "name")
        name = each["name"].replace("/", ".")
        manifest.follows(each["name"], grammar.sysctl_name, *at)
        sysctls.append((name, at))
        if spec.get("hostNetwork") and name.startswith("net."):
            manifest.report(SECURITY, f"A pod on the host's network cannot set {name}.", *at)
        if spec.get("hostIPC") and name.startswith(_IPC_SYSCTLS):
            manifest.report(SECURITY, f"A pod that shares the host's IPC cannot set {name}.", *at)
    manifest.report_duplicates(SECURITY, sysctls, "the sysctl")
    _check_profiles(manifest, context, *steps)


def _check_container(manifest: Manifest, context: dict[str, Any], host_users: bool, *steps: Step) -> None:
    for field in ("runAsUser", "runAsGroup"):
        manifest.within(context.get(field), 0, _MOST_ID, *steps, field)
    if manifest.minor >= _PROC_SINCE and not manifest.one_of(
        context.get("procMount"), _PROC_MOUNTS, *steps, "procMount"
    ):
        return
    if context.get("procMount") == "Unmasked" and host_users and manifest.minor >= _PROC_SINCE:
        manifest.report(SECURITY, "procMount Unmasked needs hostUsers: false.", *steps, "procMount")
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
        if not manifest.one_of(kind, _PROFILES, *steps, field, "type"):
            continue
        if kind != "Localhost":
            if local is not None:
                message = f"localhostProfile is only for type Localhost, not {kind}."
                manifest.report(SECURITY, message, *steps, field)
        elif local is None or (field == "appArmorProfile" and not local.strip()):
            manifest.report(SECURITY, f"{field} of type Localhost needs a localhostProfile.", *steps, field)
        elif field == "seccompProfile":
            if why := grammar.relative_path(local):
                manifest.report(SECURITY, f"localhostProfile {local!r}: {why}.", *steps, field, "localhostProfile")
        elif local != local.strip() or len(local) > _LONGEST_PROFILE:
            message = f"A localhostProfile has no blanks around it, and at most {_LONGEST_PROFILE} characters."
            manifest.report(SECURITY, message, *steps, field, "localhostProfile")
    if context.get("windowsOptions"):
        _check_windows(manifest, context["windowsOptions"], *steps, "windowsOptions")


def _check_windows(manifest: Manifest, windows: dict[str, Any], *at: Step) -> None:
    """Check the options of a container on Windows: `validateWindowsSecurityContextOptions`."""
    manifest.follows(windows.get("gmsaCredentialSpecName"), grammar.dns_subdomain, *at, "gmsaCredentialSpecName")
    if windows.get("gmsaCredentialSpec") == "":
        manifest.report(SECURITY, "gmsaCredentialSpec must not be empty.", *at, "gmsaCredentialSpec")
    user = windows.get("runAsUserName")
    if user is not None and (why := _user_problem(user)):
        manifest.report(SECURITY, f"runAsUserName {user!r}: {why}.", *at, "runAsUserName")


def _user_problem(text: str) -> str | None:
    domain, slash, user = text.rpartition("\\")
    if not text or any(ord(each) < 32 or ord(each) == 127 for each in text):
        return "it must not be empty or contain control characters"
    if "\\" in domain:
        return "it holds at most one backslash"
    if slash and (not domain or len(domain) > _LONGEST_DOMAIN or not _DOMAIN.fullmatch(domain)):
        return "the domain is a NetBIOS or DNS name"
    if not user or len(user) > _LONGEST_USER or not user.strip(". ") or set(user) & _NOT_IN_USERS:
        return "the user has up to 104 characters, not only dots and blanks, and none of /:;|=,+*?<>@[]"
    return None


def _is_host_process(context: Any, default: bool = False) -> bool:
    own = ((context or {}).get("windowsOptions") or {}).get("hostProcess")
    return default if own is None else bool(own)


def _check_host_process(manifest: Manifest, spec: dict[str, Any], *steps: Step) -> None:
    whole = _is_host_process(spec.get("securityContext"))
    each = [
        _is_host_process(container.get("securityContext"), whole)
        for field in ("initContainers", "containers")
        for _, container in entries(spec.get(field))
    ]
    if any(each) and not all(each):
        manifest.report(OPERATING_SYSTEM, "All containers of a pod are hostProcess, or none is.", *steps)
    elif any(each) and not spec.get("hostNetwork"):
        manifest.report(OPERATING_SYSTEM, "hostProcess containers need hostNetwork: true.", *steps)


def _check_system(
    manifest: Manifest,
    spec: dict[str, Any],
    contexts: Named,
    system: str,
    *steps: Step,
) -> None:
    pod = (spec.get("securityContext") or {}, (*steps, "securityContext"))
    wrong: list[tuple[Step, ...]] = []
    if system == "linux":
        wrong += [(*at, "windowsOptions") for context, at in (pod, *contexts) if context.get("windowsOptions")]
    else:
        wrong += [
            (*steps, field)
            for field in _LINUX_ONLY_SPEC
            if spec.get(field) is not None and (field != "hostUsers" or manifest.minor >= _USERS_SINCE)
        ]
        wrong += [(*steps, field) for field in _LINUX_ONLY_FLAGS if spec.get(field)]
        wrong += [(*pod[1], field) for field in _LINUX_ONLY_POD if pod[0].get(field) is not None]
        wrong += [
            (*at, field)
            for context, at in contexts
            for field in _LINUX_ONLY_CONTAINER
            if context.get(field) is not None
        ]
    for place in wrong:
        manifest.report_key(OPERATING_SYSTEM, f"{path_text(place)} cannot be set for a {system} pod.", *place)
