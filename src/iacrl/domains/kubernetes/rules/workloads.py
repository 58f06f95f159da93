"""Deployments, ReplicaSets, StatefulSets, DaemonSets and ReplicationControllers."""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import Step, placed
from iacrl.domains.kubernetes.rules.names_labels import check_selector, selects
from iacrl.domains.kubernetes.rules.pod_specs import check_outer_template, check_template
from iacrl.domains.kubernetes.rules.rule_sources import group, page
from iacrl.domains.rules import coded_rule

SELECTOR_MISMATCH = coded_rule(
    "KB440",
    "Selector does not match the template",
    "The selector must match the labels of the pod template, or the controller would never find its own pods.",
    page("concepts/workloads/controllers/deployment") + "#selector",
)
EMPTY_SELECTOR = coded_rule(
    "KB441",
    "Empty selector",
    "The selector of a workload selects at least by one label; an empty one would match every pod of the namespace.",
    group("apps", "ValidateDeploymentSpec"),
)
STRATEGY = coded_rule(
    "KB442",
    "Bad update strategy",
    "rollingUpdate is only for the type RollingUpdate; maxSurge and maxUnavailable cannot both be zero, and "
    "maxUnavailable is at most 100%.",
    group("apps", "ValidateDeploymentStrategy, ValidateRollingUpdateDeployment"),
)
DEADLINE = coded_rule(
    "KB443",
    "Deadline too short",
    "progressDeadlineSeconds (600 unless given) is greater than minReadySeconds; pods of these workloads have no "
    "activeDeadlineSeconds.",
    group("apps", "ValidateDeploymentSpec"),
)

#: Before this release the server checked few fields of a StatefulSet's templates.
_TEMPLATES_SINCE: Final = 34
#: The first release with the feature gate MaxUnavailableStatefulSet on.
_UNAVAILABLE_SINCE: Final = 35
_DEADLINE: Final = 600  # a Deployment's default progressDeadlineSeconds
_MANAGEMENT: Final = frozenset({"OrderedReady", "Parallel"})
_RETENTION: Final = frozenset({"Retain", "Delete"})
_COUNTS: Final = ("replicas", "minReadySeconds", "revisionHistoryLimit")


def check_workload(manifest: Manifest) -> None:
    """Check a Deployment, ReplicaSet, StatefulSet or DaemonSet."""
    spec = manifest.values.get("spec") or {}
    for field in _COUNTS:
        if field != "revisionHistoryLimit" or manifest.kind != "StatefulSet":
            manifest.within(spec.get(field), 0, None, "spec", field)
    template = spec.get("template") or {}
    selector = spec.get("selector") or {}
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        manifest.report(EMPTY_SELECTOR, f"The selector of this {manifest.kind} is empty.", "spec", "selector")
    else:
        before = len(manifest.findings.errors)
        check_selector(manifest, selector, "spec", "selector")
        if len(manifest.findings.errors) == before:
            _check_match(manifest, selector, template)
    if manifest.kind == "StatefulSet" and manifest.minor < _TEMPLATES_SINCE:
        check_outer_template(manifest, template, "spec", "template")
        _check_deadline(manifest, template)
    else:
        claims = _check_claims(manifest, spec) if manifest.kind == "StatefulSet" else ()
        _check_pods(manifest, template, claims)
    _STRATEGIES[manifest.kind](manifest, spec)


def check_replication_controller(manifest: Manifest) -> None:
    """Check a ReplicationController. Its selector is a plain mapping; the default is the template's labels."""
    spec = manifest.values.get("spec") or {}
    for field in _COUNTS:
        manifest.within(spec.get(field), 0, None, "spec", field)
    template = spec.get("template")
    if not template:
        manifest.needs(spec, "template", "spec")
        return
    labels = (template.get("metadata") or {}).get("labels") or {}
    if not spec.get("selector") and not labels:
        message = "The selector is empty, and the template has no labels to take it from."
        manifest.report(EMPTY_SELECTOR, message, "spec", "selector")
    if spec.get("selector"):
        _check_match(manifest, {"matchLabels": spec["selector"]}, template)
    _check_pods(manifest, template, ())


def _check_pods(manifest: Manifest, template: dict[str, Any], claims: tuple[str, ...]) -> None:
    check_template(manifest, template, "spec", "template", claims=claims)
    _check_deadline(manifest, template)


def _check_deadline(manifest: Manifest, template: dict[str, Any]) -> None:
    if (template.get("spec") or {}).get("activeDeadlineSeconds") is not None:
        message = f"The pods of a {manifest.kind} cannot have activeDeadlineSeconds."
        manifest.report(DEADLINE, message, "spec", "template", "spec", "activeDeadlineSeconds")


def _check_match(manifest: Manifest, selector: dict[str, Any], template: dict[str, Any]) -> None:
    labels = (template.get("metadata") or {}).get("labels") or {}
    if not selects(selector, labels):
        has = ", ".join(f"{key}={value}" for key, value in list(labels.items())[:4]) or "none"
        message = f"The selector does not match the labels of the pod template ({has})."
        manifest.report(SELECTOR_MISMATCH, message, "spec", "selector")


def _check_deployment(manifest: Manifest, spec: dict[str, Any]) -> None:
    given, ready = spec.get("progressDeadlineSeconds"), spec.get("minReadySeconds") or 0
    deadline = _DEADLINE if given is None else given
    manifest.within(given, 0, None, "spec", "progressDeadlineSeconds")
    if 0 <= deadline <= ready:
        field = "minReadySeconds" if given is None else "progressDeadlineSeconds"
        message = f"progressDeadlineSeconds ({deadline}) must be greater than minReadySeconds ({ready})."
        manifest.report(DEADLINE, message, "spec", field)
    if spec.get("strategy"):
        _check_strategy(manifest, spec["strategy"], "Recreate", "spec", "strategy")


def _check_daemon_set(manifest: Manifest, spec: dict[str, Any]) -> None:
    if spec.get("updateStrategy"):
        _check_strategy(manifest, spec["updateStrategy"], "OnDelete", "spec", "updateStrategy")


def _check_stateful_set(manifest: Manifest, spec: dict[str, Any]) -> None:
    manifest.one_of(spec.get("podManagementPolicy") or None, _MANAGEMENT, "spec", "podManagementPolicy")
    strategy = spec.get("updateStrategy") or {}
    kind, rolling = strategy.get("type") or None, strategy.get("rollingUpdate")
    manifest.one_of(kind, ("OnDelete", "RollingUpdate"), "spec", "updateStrategy", "type")
    if spec.get("serviceName") and manifest.minor >= _TEMPLATES_SINCE:
        manifest.follows(spec["serviceName"], grammar.dns_label, "spec", "serviceName")
    if rolling is not None and kind == "OnDelete":
        message = "rollingUpdate is only for the type RollingUpdate."
        manifest.report(STRATEGY, message, "spec", "updateStrategy", "rollingUpdate")
    if rolling:
        at = ("spec", "updateStrategy", "rollingUpdate")
        manifest.within(rolling.get("partition"), 0, None, *at, "partition")
        unavailable = rolling.get("maxUnavailable") if manifest.minor >= _UNAVAILABLE_SINCE else None
        if manifest.number_or_percentage(unavailable, *at, "maxUnavailable", whole=100) and _is_zero(unavailable):
            manifest.report(STRATEGY, "maxUnavailable cannot be zero.", *at, "maxUnavailable")
    retention = spec.get("persistentVolumeClaimRetentionPolicy") or {}
    for field in ("whenDeleted", "whenScaled"):
        steps = ("spec", "persistentVolumeClaimRetentionPolicy", field)
        manifest.one_of(retention.get(field) or None, _RETENTION, *steps)
    if spec.get("ordinals"):
        manifest.within(spec["ordinals"].get("start"), 0, None, "spec", "ordinals", "start")


def _check_replica_set(manifest: Manifest, spec: dict[str, Any]) -> None:
    if not spec.get("template"):
        manifest.needs(spec, "template", "spec")


def _check_claims(manifest: Manifest, spec: dict[str, Any]) -> tuple[str, ...]:
    from iacrl.domains.kubernetes.rules.volume_claims import check_claim

    names: list[str] = []
    for at, claim in placed(spec.get("volumeClaimTemplates"), "spec", "volumeClaimTemplates"):
        metadata = claim.get("metadata") or {}
        if manifest.needs(metadata, "name", *at, "metadata"):
            names.append(metadata["name"])
            manifest.follows(metadata["name"], grammar.dns_label, *at, "metadata", "name")
        check_claim(manifest, claim.get("spec") or {}, *at, "spec")
    return tuple(names)


def _check_strategy(manifest: Manifest, strategy: dict[str, Any], other: str, *at: Step) -> None:
    kind, rolling = strategy.get("type") or None, strategy.get("rollingUpdate")
    if not manifest.one_of(kind, (other, "RollingUpdate"), *at, "type"):
        return
    if rolling is None:
        return
    if kind == other:
        if manifest.kind == "DaemonSet":
            return  # OnDelete ignores it
        message = f"rollingUpdate is only for the type RollingUpdate, not for {other}."
        manifest.report_key(STRATEGY, message, *at, "rollingUpdate")
        return
    here = (*at, "rollingUpdate")
    surge, unavailable = rolling.get("maxSurge"), rolling.get("maxUnavailable")
    good = manifest.number_or_percentage(surge, *here, "maxSurge")
    good &= manifest.number_or_percentage(unavailable, *here, "maxUnavailable", whole=100)
    if not good:
        return
    daemons = manifest.kind == "DaemonSet"
    surges = not _is_zero(surge) if surge is not None else not daemons
    gives = not _is_zero(unavailable) if unavailable is not None else True
    if not surges and not gives:
        manifest.report(STRATEGY, "maxSurge and maxUnavailable cannot both be zero.", *here)
    elif daemons and surges and gives:
        manifest.report(STRATEGY, "maxSurge and maxUnavailable of a DaemonSet exclude each other.", *here)


def _is_zero(value: Any) -> bool:
    return str(value).removesuffix("%").strip("0") == "" if value is not None else False


_STRATEGIES: Final = {
    "Deployment": _check_deployment,
    "ReplicaSet": _check_replica_set,
    "StatefulSet": _check_stateful_set,
    "DaemonSet": _check_daemon_set,
}
