"""Kubernetes: what a pod may do on its node, and what its images and values reveal.

The Pod Security Standards: https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from iacrl.domains.document import Entity
from iacrl.domains.kubernetes.structure import POD_SPECS
from iacrl.domains.paths import Steps
from iacrl.domains.security import Observed, SecurityCheck, at, each_of, is_not_true, items, mapping, text, texts

_BASELINE = "Kubernetes Pod Security Standards, Baseline"
_RESTRICTED = "Kubernetes Pod Security Standards, Restricted"
_PODS = each_of("object", *POD_SPECS)
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
#: Capabilities that a container may add under the baseline.
_CAPABILITIES = frozenset(
    {
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
        "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    }
)  # fmt: skip
#: The kernel parameters that are local to the pod.
_SYSCTLS = frozenset(
    {
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ping_group_range", "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem", "net.ipv4.tcp_syncookies", "net.ipv4.tcp_wmem",
    }
)  # fmt: skip
_SECRET_NAME = re.compile(r"(?:^|_)(?:PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIALS?|(?:API|ACCESS|PRIVATE)_?KEY)$")

Values = Mapping[str, Any]
#: Checks the security contexts of the pod and of one container; None: no result.
Judge = Callable[[Values, Values], bool | None]


def _pod(entity: Entity) -> tuple[Values, Steps] | None:
    spec, steps = at(entity.values, *POD_SPECS[entity.kind])
    return (spec, steps) if isinstance(spec, Mapping) else None


def _each_container(entity: Entity) -> Iterator[tuple[Values, Steps, Values]]:
    """Yield every container with its steps, and the spec of its pod."""
    found = _pod(entity)
    if found is not None:
        for name in _CONTAINERS:
            for container, steps in items(found[0], name):
                yield container, (*found[1], *steps), found[0]


def _context(values: Values) -> Values:
    return mapping(values.get("securityContext"))


def _contexts(judge: Judge) -> Callable[[Entity], Iterator[Observed]]:
    """Return a look at the security contexts of each container and its pod."""

    def look(entity: Entity) -> Iterator[Observed]:
        for container, steps, pod in _each_container(entity):
            found = judge(_context(pod), _context(container))
            if found is not None:
                yield Observed(found, (*steps, "securityContext") if "securityContext" in container else steps)

    return look


def _inherited(name: str, pod: Values, container: Values) -> Any:
    own = container.get(name)
    return pod.get(name) if own is None else own


def _runs_as_other(pod: Values, container: Values) -> bool | None:
    user = _inherited("runAsUser", pod, container)
    return None if user is None else user != 0


def _is_not_root(pod: Values, container: Values) -> bool:
    return _inherited("runAsNonRoot", pod, container) is True


def _seccomp(pod: Values, container: Values) -> bool:
    profile = mapping(_inherited("seccompProfile", pod, container))
    return profile.get("type") in ("RuntimeDefault", "Localhost")


def _armor(pod: Values, container: Values) -> bool | None:
    profile = _inherited("appArmorProfile", pod, container)
    return profile.get("type") != "Unconfined" if isinstance(profile, Mapping) else None


def _host_process(pod: Values, container: Values) -> bool | None:
    options = {**mapping(pod.get("windowsOptions")), **mapping(container.get("windowsOptions"))}
    return is_not_true(options.get("hostProcess")) if options else None


def _capabilities(container: Values, name: str) -> frozenset[str]:
    found = texts(mapping(container.get("capabilities")).get(name))
    return frozenset(each.removeprefix("CAP_") for each in found or ())


def _adds_little(pod: Values, container: Values) -> bool | None:
    added = _capabilities(container, "add")
    return added <= _CAPABILITIES if added else None


def _drops_all(pod: Values, container: Values) -> bool:
    return "ALL" in _capabilities(container, "drop")


def _proc_mount(pod: Values, container: Values) -> bool | None:
    found = container.get("procMount")
    return None if found is None else found == "Default"


def _of_pod(*names: str, entity: Entity) -> Iterator[Observed]:
    found = _pod(entity)
    if found is not None:
        spec, steps = found
        wrong = [name for name in names if spec.get(name) is True]
        yield Observed(not wrong, (*steps, *wrong[:1]))


def _no_host_path(entity: Entity) -> Iterator[Observed]:
    found = _pod(entity)
    for volume, steps in items(found[0], "volumes") if found is not None else ():
        yield Observed("hostPath" not in volume, (*found[1], *steps) if found is not None else steps)


def _no_host_port(entity: Entity) -> Iterator[Observed]:
    for container, steps, _ in _each_container(entity):
        for port, inner in items(container, "ports"):
            yield Observed(not port.get("hostPort"), (*steps, *inner))


def _sysctls(entity: Entity) -> Iterator[Observed]:
    found = _pod(entity)
    for each, steps in items(_context(found[0]), "sysctls") if found is not None else ():
        prefix = found[1] if found is not None else ()
        yield Observed(text(each.get("name")) in _SYSCTLS, (*prefix, "securityContext", *steps))


def _limited(entity: Entity) -> Iterator[Observed]:
    for container, steps, _ in _each_container(entity):
        if steps[-2] == "containers":
            limits, inner = at(container, "resources", "limits")
            yield Observed({"cpu", "memory"} <= mapping(limits).keys(), (*steps, *inner))


def _pinned(entity: Entity) -> Iterator[Observed]:
    for container, steps, _ in _each_container(entity):
        image = container.get("image")
        if isinstance(image, str):
            tag = image.rpartition("/")[2].partition("@")[0].partition(":")[2]
            yield Observed("@" in image or tag not in ("", "latest"), (*steps, "image"))


def _read_only(pod: Values, container: Values) -> bool:
    return container.get("readOnlyRootFilesystem") is True


def _no_literal_secret(entity: Entity) -> Iterator[Observed]:
    for container, steps, _ in _each_container(entity):
        for variable, inner in items(container, "env"):
            if _SECRET_NAME.search(str(variable.get("name")).upper()):
                yield Observed(not variable.get("value"), (*steps, *inner))


def _token_wanted(entity: Entity) -> Iterator[Observed]:
    """A pod with its own service account is assumed to use it."""
    found = _pod(entity)
    if found is not None and found[0].get("serviceAccountName") in (None, "default"):
        yield Observed(found[0].get("automountServiceAccountToken") is False, found[1])


CHECKS = (
    SecurityCheck("SEC401", _PODS, "No container is privileged",
          "A privileged container is root on its node.", _BASELINE,
          _contexts(lambda pod, own: is_not_true(own.get("privileged")))),
    SecurityCheck("SEC402", _PODS, "A pod does not share the host's namespaces",
          "With the host's network, processes or IPC it sees and reaches what the node does.", _BASELINE,
          lambda entity: _of_pod("hostNetwork", "hostPID", "hostIPC", entity=entity)),
    SecurityCheck("SEC403", _PODS, "No volume is a path of the host",
          "A path of the node may hold its credentials, or the socket of its container runtime.", _BASELINE,
          _no_host_path),
    SecurityCheck("SEC404", _PODS, "No container takes a port of the host",
          "It bypasses network policies, and limits the pod to nodes where the port is free.",
          _BASELINE, _no_host_port),
    SecurityCheck("SEC405", _PODS, "No container adds capabilities beyond the usual",
          "SYS_ADMIN, NET_ADMIN and others are nearly root.", _BASELINE, _contexts(_adds_little)),
    SecurityCheck("SEC406", _PODS, "No container shows all of /proc",
          "Unmasked, it shows and changes the node's kernel.",
          _BASELINE, _contexts(_proc_mount)),
    SecurityCheck("SEC407", _PODS, "A pod sets only its own kernel parameters",
          "Others change the whole node.", _BASELINE, _sysctls),
    SecurityCheck("SEC408", _PODS, "AppArmor is not switched off",
          "`Unconfined` removes the runtime's profile.", _BASELINE,
          _contexts(_armor)),
    SecurityCheck("SEC409", _PODS, "No container is a process of a Windows host",
          "It has the access of the node's own processes.", _BASELINE, _contexts(_host_process)),
    SecurityCheck("SEC410", _PODS, "No process can gain privileges",
          "`allowPrivilegeEscalation: false` keeps setuid programs from becoming root.", _RESTRICTED,
          _contexts(lambda pod, own: own.get("allowPrivilegeEscalation") is False)),
    SecurityCheck("SEC411", _PODS, "Containers must not run as root",
          "`runAsNonRoot: true` makes the node refuse an image that would.", _RESTRICTED, _contexts(_is_not_root)),
    SecurityCheck("SEC412", _PODS, "No container asks for user 0",
          "User 0 in the container is root in all that it mounts.",
          _RESTRICTED, _contexts(_runs_as_other)),
    SecurityCheck("SEC413", _PODS, "Containers drop all capabilities",
          "An intruder can use every capability that is not dropped.",
          _RESTRICTED, _contexts(_drops_all)),
    SecurityCheck("SEC414", _PODS, "Containers have a seccomp profile",
          "Without one, every system call of the kernel can be tried.", _RESTRICTED, _contexts(_seccomp)),
    SecurityCheck("SEC415", _PODS, "Containers have limits for CPU and memory",
          "A container without limits can take what its neighbours on the node need.",
          "Kubernetes documentation, Resource Management for Pods and Containers", _limited),
    SecurityCheck("SEC416", _PODS, "Images have a tag, and not `latest`",
          "Tomorrow's image can differ from the tested one, and nobody knows which one runs.",
          "Kubernetes documentation, Images, Image names", _pinned),
    SecurityCheck("SEC417", _PODS, "The root file system is read-only", "An intruder cannot leave programs behind.",
          "NSA and CISA Kubernetes Hardening Guide 1.2, Immutable container file systems", _contexts(_read_only)),
    SecurityCheck("SEC418", _PODS, "No secret is written into an environment variable",
          "Anyone can read it in the manifest, in its repository, and in every description of the pod.",
          "CIS Kubernetes Benchmark 1.8.0, 5.4.1; Kubernetes documentation, Good practices for Secrets",
          _no_literal_secret),
    SecurityCheck("SEC419", _PODS, "A pod has a token for the API only where it needs one",
          "The default account's token is mounted unless `automountServiceAccountToken: false` is set.",
          "CIS Kubernetes Benchmark 1.8.0, 5.1.6", _token_wanted),
)  # fmt: skip
