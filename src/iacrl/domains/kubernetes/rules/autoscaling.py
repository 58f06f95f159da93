"""HorizontalPodAutoscalers."""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import MALFORMED, Step, entries, placed
from iacrl.domains.kubernetes.rules.resource_names import container_resource_problem
from iacrl.domains.kubernetes.rules.rule_sources import group, page
from iacrl.domains.rules import coded_rule

REPLICAS = coded_rule(
    "KB465",
    "Bad replica bounds",
    "maxReplicas is at least 1 and not below minReplicas, which is at least 1 (0 takes an object or external metric).",
    group("autoscaling", "validateHorizontalPodAutoscalerSpec"),
)
METRIC = coded_rule(
    "KB466",
    "Bad metric",
    "A metric fills in the one field that its type names (Resource: resource), and its target has the one value "
    "that the target's type names (Utilization: averageUtilization).",
    page("tasks/run-application/horizontal-pod-autoscale"),
)
BEHAVIOR = coded_rule(
    "KB467",
    "Bad scaling behavior",
    "Scaling policies have a positive value and period (at most 1800 seconds), windows at most 3600 seconds.",
    page("tasks/run-application/horizontal-pod-autoscale") + "#configurable-scaling-behavior",
)

_VERSION_SINCE: Final = 34
_TO_ZERO_SINCE: Final = 36  # the feature gate HPAScaleToZero
_TOLERANCE_SINCE: Final = 35
_METRICS: Final = {
    "Resource": "resource",
    "Pods": "pods",
    "Object": "object",
    "External": "external",
    "ContainerResource": "containerResource",
}
_TARGETS: Final = {"Utilization": "averageUtilization", "Value": "value", "AverageValue": "averageValue"}

#: Field of a metric -> the fields of its target, and whether they exclude each other. Other fields have no effect.
#: Source: `validateObjectSource` and similar functions in `pkg/apis/autoscaling/validation/validation.go`.
_WANTED: Final[dict[str, tuple[tuple[str, ...], bool]]] = {
    "containerResource": (("averageUtilization", "averageValue"), True),
    "external": (("value", "averageValue"), True),
    "object": (("value", "averageValue"), False),
    "pods": (("averageValue",), False),
    "resource": (("averageUtilization", "averageValue"), True),
}


def check_autoscaler(manifest: Manifest) -> None:
    """Check a HorizontalPodAutoscaler, v1 or v2."""
    spec = manifest.values.get("spec") or {}
    least, most = spec.get("minReplicas"), spec.get("maxReplicas")
    metrics = entries(spec.get("metrics"))
    outside = any(metric.get("type") in {"Object", "External"} for _, metric in metrics)
    if most is not None and most < 1:
        manifest.report(REPLICAS, f"maxReplicas is {most}; it must be at least 1.", "spec", "maxReplicas")
    if least is not None:
        lowest = 0 if outside and manifest.minor >= _TO_ZERO_SINCE else 1
        if least < lowest:
            manifest.report(REPLICAS, f"minReplicas is {least}; it must be at least {lowest}.", "spec", "minReplicas")
        if most is not None and most < least:
            message = f"maxReplicas {most} is below minReplicas {least}."
            manifest.report(REPLICAS, message, "spec", "maxReplicas")
    target = spec.get("scaleTargetRef") or {}
    for field in ("kind", "name"):
        manifest.must_follow(target, field, grammar.path_segment, "spec", "scaleTargetRef")
    _check_version(manifest, target, True, "spec", "scaleTargetRef")
    if manifest.api_version == "autoscaling/v1":
        percentage = spec.get("targetCPUUtilizationPercentage")
        manifest.within(percentage, 1, None, "spec", "targetCPUUtilizationPercentage")
        return
    for index, metric in metrics:
        _check_metric(manifest, metric, "spec", "metrics", index)
    for direction, rules in (spec.get("behavior") or {}).items():
        if rules:
            _check_rules(manifest, rules, "spec", "behavior", direction)


def _check_version(manifest: Manifest, target: dict[str, Any], grouped: bool, *at: Step) -> None:
    """Check the apiVersion of a reference, which the server checks since Kubernetes 1.34."""
    api_version = target.get("apiVersion") or ""
    if manifest.minor < _VERSION_SINCE:
        return
    group, slash, _ = api_version.partition("/")
    if api_version.count("/") > 1:
        manifest.report(MALFORMED, f"The apiVersion {api_version!r} is not a group and a version.", *at, "apiVersion")
    elif grouped and not (slash and group) and target.get("kind") != "ReplicationController":
        manifest.report(MALFORMED, "The target needs an apiVersion with a group, such as apps/v1.", *at)


def _check_metric(manifest: Manifest, metric: dict[str, Any], *at: Step) -> None:
    kind = metric["type"]
    if not manifest.one_of(kind, _METRICS, *at, "type"):
        return
    field = _METRICS[kind]
    given = [name for name in _METRICS.values() if metric.get(name) is not None]
    if given != [field]:
        have = f"it has {', '.join(given)}" if given else "it has none"
        manifest.report(METRIC, f"A metric of type {kind} has the field {field} and no other; {have}.", *at)
        return
    source = metric[field]
    if field == "object":
        described, here = source["describedObject"], (*at, field, "describedObject")
        for part in ("kind", "name"):
            manifest.must_follow(described, part, grammar.path_segment, *here)
        _check_version(manifest, described, False, *here)
    if field in {"resource", "containerResource"}:
        manifest.needs(source, "name", *at, field)
        if field == "containerResource" and manifest.needs(source, "container", *at, field):
            manifest.follows(source["container"], grammar.dns_label, *at, field, "container")
            if source["name"] and (why := container_resource_problem(source["name"])):
                manifest.report(METRIC, f"The resource {source['name']!r}: {why}.", *at, field, "name")
    else:
        metric_id = source.get("metric") or {}
        manifest.must_follow(metric_id, "name", grammar.path_segment, *at, field, "metric")
    _check_target(manifest, source.get("target") or {}, field, *at, field, "target")


def _check_target(manifest: Manifest, target: dict[str, Any], field: str, *at: Step) -> None:
    kind = target.get("type")
    if not kind:
        manifest.needs(target, "type", *at)
        return
    if not manifest.one_of(kind, _TARGETS, *at, "type"):
        return
    for name in ("value", "averageValue"):
        manifest.quantity(target.get(name), *at, name, positive=True)
    manifest.within(target.get("averageUtilization"), 1, None, *at, "averageUtilization")
    wanted, exclusive = _WANTED[field]
    given = [name for name in wanted if target.get(name) is not None]
    if not given or (exclusive and len(given) > 1):
        count = "exactly one" if exclusive else "at least one"
        manifest.report(METRIC, f"The target of a {field} metric has {' or '.join(wanted)}, {count}.", *at)


def _check_rules(manifest: Manifest, rules: dict[str, Any], *at: Step) -> None:
    window = rules.get("stabilizationWindowSeconds")
    if window is not None and not 0 <= window <= 3600:
        manifest.report(BEHAVIOR, "The window is from 0 to 3600 seconds.", *at, "stabilizationWindowSeconds")
    if manifest.minor >= _TOLERANCE_SINCE:
        manifest.quantity(rules.get("tolerance"), *at, "tolerance")
    manifest.one_of(rules.get("selectPolicy"), ("Max", "Min", "Disabled"), *at, "selectPolicy")
    if rules.get("policies") is not None and not rules["policies"]:
        manifest.report(BEHAVIOR, "At least one policy is needed.", *at, "policies")
    for here, policy in placed(rules.get("policies"), *at, "policies"):
        manifest.one_of(policy["type"], ("Pods", "Percent"), *here, "type")
        if policy["value"] <= 0:
            manifest.report(BEHAVIOR, "The value of a policy is greater than 0.", *here, "value")
        if not 1 <= policy["periodSeconds"] <= 1800:
            manifest.report(BEHAVIOR, "periodSeconds is from 1 to 1800.", *here, "periodSeconds")
