"""Probes and lifecycle hooks."""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import Step, entries
from iacrl.domains.kubernetes.rules.ports import check_port_or_name
from iacrl.domains.kubernetes.rules.rule_sources import core, page
from iacrl.domains.paths import path_text
from iacrl.domains.rules import coded_rule

HANDLER = coded_rule(
    "KB423",
    "Not one handler",
    "A probe has exactly one of httpGet, tcpSocket, exec and grpc; a lifecycle hook exactly one of httpGet, "
    "tcpSocket, exec and sleep.",
    core("validateHandler"),
)
TIMING = coded_rule(
    "KB424",
    "Bad probe timing",
    "The delays and thresholds of a probe are never negative, and a liveness or startup probe succeeds at once: its "
    "successThreshold is 1.",
    core("validateProbe, validateLivenessProbe"),
)
INIT_PROBE = coded_rule(
    "KB425",
    "Probe on an init container",
    "Init containers run to their end, so they have neither probes nor lifecycle hooks, unless their "
    "restartPolicy is Always (a sidecar).",
    page("concepts/workloads/pods/init-containers"),
)

_PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
_NUMBERS: Final = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
_HANDLERS: Final = ("httpGet", "tcpSocket", "exec", "grpc")
_HOOKS: Final = ("httpGet", "tcpSocket", "exec", "sleep")
_NO_SLEEP_SINCE: Final = 33  # the feature gate PodLifecycleSleepActionAllowZero
_SCHEMES: Final = frozenset({"HTTP", "HTTPS"})


def check_probes(manifest: Manifest, container: dict[str, Any], at: tuple[Step, ...], field: str, grace: int) -> None:
    """Check the probes and hooks of one container of the list `field`, in a pod with this grace period in seconds."""
    runs_once = field == "initContainers" and container.get("restartPolicy") != "Always"
    for name in _PROBES:
        probe = container.get(name)
        if probe is None:
            continue
        if runs_once:
            message = f"An init container cannot have a {name}, unless its restartPolicy is Always."
            manifest.report_key(INIT_PROBE, message, *at, name)
        _check_probe(manifest, probe, (*at, name), name)
    lifecycle = container.get("lifecycle")
    if lifecycle:
        if runs_once:
            manifest.report_key(INIT_PROBE, "An init container cannot have lifecycle hooks.", *at, "lifecycle")
        for hook in ("postStart", "preStop"):
            if lifecycle.get(hook) is not None:
                _check_handler(manifest, lifecycle[hook], (*at, "lifecycle", hook), _HOOKS, grace)


def _check_probe(manifest: Manifest, probe: dict[str, Any], at: tuple[Step, ...], name: str) -> None:
    _check_handler(manifest, probe, at, _HANDLERS, 0)
    for field in _NUMBERS:
        value = probe.get(field)
        if value is not None and value < 0:
            manifest.report(TIMING, f"{path_text((*at, field))} is {value}; it must not be negative.", *at, field)
    threshold = probe.get("successThreshold")
    if name != "readinessProbe" and threshold is not None and threshold > 1:
        manifest.report(TIMING, f"The successThreshold of a {name} must be 1.", *at, "successThreshold")
    grace = probe.get("terminationGracePeriodSeconds")
    if grace is not None:
        if name == "readinessProbe":
            message = "A readinessProbe cannot have terminationGracePeriodSeconds."
            manifest.report(TIMING, message, *at, "terminationGracePeriodSeconds")
        else:
            manifest.within(grace, 1, None, *at, "terminationGracePeriodSeconds")


def _check_handler(
    manifest: Manifest, holder: dict[str, Any], at: tuple[Step, ...], kinds: tuple[str, ...], grace: int
) -> None:
    given = [kind for kind in kinds if holder.get(kind) is not None]
    if len(given) != 1:
        have = f"has {' and '.join(given)}" if given else "has none"
        manifest.report(HANDLER, f"{path_text(at)} needs exactly one of {', '.join(kinds)}; it {have}.", *at)
    for kind in given:
        action = holder[kind]
        here = (*at, kind)
        if kind == "httpGet":
            _check_http(manifest, action, here)
        elif kind in {"tcpSocket", "grpc"}:
            check_port_or_name(manifest, action.get("port") or 0, *here, "port")
        elif kind == "exec":
            manifest.needs(action, "command", *here)
        else:
            least = 0 if manifest.minor >= _NO_SLEEP_SINCE else 1
            manifest.within(action.get("seconds") or 0, least, max(grace, 1), *here, "seconds")


def _check_http(manifest: Manifest, action: dict[str, Any], here: tuple[Step, ...]) -> None:
    check_port_or_name(manifest, action.get("port") or 0, *here, "port")
    manifest.one_of(action.get("scheme") or None, _SCHEMES, *here, "scheme")
    for index, header in entries(action.get("httpHeaders")):
        manifest.follows(header["name"], grammar.http_header_name, *here, "httpHeaders", index, "name")
