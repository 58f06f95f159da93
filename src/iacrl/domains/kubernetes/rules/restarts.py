"""When a container restarts: its own policy, its restart rules, and the effect of a resize."""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import CONFLICT, RESTART_POLICIES, Step, placed
from iacrl.domains.kubernetes.rules.rule_sources import page
from iacrl.domains.rules import coded_rule

RESTARTS = coded_rule(
    "KB481",
    "Bad restartPolicy of a container",
    "A container's own restartPolicy is Always, OnFailure or Never, and restartPolicyRules need one; before Kubernetes "
    "1.35 only init containers have one, and it is Always (a sidecar).",
    page("concepts/workloads/pods/pod-lifecycle") + "#individual-container-restarts",
)

#: Kubernetes 1.34 has these fields and drops them; later the feature gate ContainerRestartRules is on.
_DROPPED: Final = 34
_RULES_SINCE: Final = 35
_RESIZES_SINCE: Final = 33  # the feature gate InPlacePodVerticalScaling
_MOST_RULES: Final = 20
_MOST_CODES: Final = 255
_ACTIONS: Final = frozenset({"Restart", "RestartAllContainers"})
_RESIZES: Final = frozenset({"NotRequired", "RestartContainer"})


def check_restarts(
    manifest: Manifest, container: dict[str, Any], pod_policy: Any, at: tuple[Step, ...], field: str
) -> None:
    """Check one container of the list `field`, in a pod of the restartPolicy `pod_policy`."""
    if field != "ephemeralContainers":
        _check_policy(manifest, container, at, field)
    if manifest.minor >= _RESIZES_SINCE:
        _check_resizes(manifest, container, pod_policy, at)


def _check_policy(manifest: Manifest, container: dict[str, Any], at: tuple[Step, ...], field: str) -> None:
    policy, rules = container.get("restartPolicy"), container.get("restartPolicyRules")
    newer = manifest.minor >= _RULES_SINCE
    if policy is not None and manifest.minor != _DROPPED:
        if field == "containers" and not newer:
            manifest.report_key(RESTARTS, "Only init containers have a restartPolicy.", *at, "restartPolicy")
        elif policy not in (RESTART_POLICIES if newer else ("Always",)):
            words = ", ".join(sorted(RESTART_POLICIES)) if newer else "Always"
            message = f"A container's restartPolicy is {policy!r}; it takes one of: {words}."
            manifest.report(RESTARTS, message, *at, "restartPolicy")
    if not newer or not rules:
        return
    if policy is None:
        manifest.report(RESTARTS, "restartPolicyRules need a restartPolicy.", *at)
    if len(rules) > _MOST_RULES:
        manifest.report(RESTARTS, f"There are at most {_MOST_RULES} rules.", *at, "restartPolicyRules")
    for here, rule in placed(rules, *at, "restartPolicyRules"):
        manifest.one_of(rule["action"], _ACTIONS, *here, "action")
        codes = rule.get("exitCodes")
        if codes is None:
            manifest.needs(rule, "exitCodes", *here)
            continue
        manifest.one_of(codes["operator"], ("In", "NotIn"), *here, "exitCodes", "operator")
        if len(codes.get("values") or ()) > _MOST_CODES:
            message = f"There are at most {_MOST_CODES} exit codes."
            manifest.report(RESTARTS, message, *here, "exitCodes", "values")


def _check_resizes(manifest: Manifest, container: dict[str, Any], pod_policy: Any, at: tuple[Step, ...]) -> None:
    seen: list[tuple[Any, tuple[Step, ...]]] = []
    for here, resize in placed(container.get("resizePolicy"), *at, "resizePolicy"):
        seen.append((resize["resourceName"], here))
        manifest.one_of(resize["resourceName"], ("cpu", "memory"), *here, "resourceName")
        known = manifest.one_of(resize["restartPolicy"], _RESIZES, *here, "restartPolicy")
        if known and pod_policy == "Never" and resize["restartPolicy"] != "NotRequired":
            message = "In a pod with restartPolicy Never a resize cannot restart the container."
            manifest.report(CONFLICT, message, *here, "restartPolicy")
    manifest.report_duplicates(CONFLICT, seen, "the resize policy of")
