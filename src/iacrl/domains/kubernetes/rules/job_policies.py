"""When a job has failed, and when it has succeeded: podFailurePolicy and successPolicy."""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import Step, entries, placed
from iacrl.domains.kubernetes.rules.rule_sources import group
from iacrl.domains.paths import path_text
from iacrl.domains.rules import coded_rule

FAILURE_POLICY = coded_rule(
    "KB484",
    "Bad pod failure or success policy",
    "A podFailurePolicy needs restartPolicy Never, and each of its rules exactly one of onExitCodes (ordered, "
    "different codes, no 0 with In, of a container that exists) and onPodConditions; FailIndex needs "
    "backoffLimitPerIndex. A successPolicy has rules, each with succeededIndexes or succeededCount.",
    group("batch", "validatePodFailurePolicy, validateSuccessPolicy"),
)

#: Of an index, which has 32 bits; Python refuses to read thousands.
_MOST_DIGITS: Final = 1_000
_ACTIONS: Final = frozenset({"FailJob", "FailIndex", "Ignore", "Count"})
_STATUS_SINCE: Final = 34
_MOST_RULES: Final = 20


def check_success_policy(manifest: Manifest, spec: dict[str, Any], *steps: Step) -> None:
    """Check the successPolicy of a job's spec."""
    policy, completions, at = spec["successPolicy"], spec.get("completions"), (*steps, "successPolicy")
    if not policy.get("rules"):
        manifest.report(FAILURE_POLICY, "A successPolicy needs rules.", *at)
    if len(policy.get("rules") or ()) > _MOST_RULES:
        manifest.report(FAILURE_POLICY, f"There are at most {_MOST_RULES} rules.", *at, "rules")
    for here, rule in placed(policy.get("rules"), *at, "rules"):
        indexes, count = rule.get("succeededIndexes"), rule.get("succeededCount")
        if indexes is None and count is None:
            manifest.report(FAILURE_POLICY, "A rule has succeededIndexes or succeededCount.", *here)
        manifest.within(count, 0, completions, *here, "succeededCount")
        total = None
        if indexes is not None:
            total, why = _count_indexes(indexes, completions)
            if why:
                manifest.report(FAILURE_POLICY, f"succeededIndexes {indexes!r}: {why}.", *here, "succeededIndexes")
        if total is not None and count is not None and count > total:
            message = f"succeededCount {count} is above the {total} indexes named."
            manifest.report(FAILURE_POLICY, message, *here, "succeededCount")


def _count_indexes(text: str, completions: int | None) -> tuple[int | None, str]:
    """Return how many indexes `0,2-4` lists, or None and the reason: `validateIndexesFormat`."""
    total, last = 0, -1
    for part in text.split(",") if text else ():
        bounds = part.split("-")
        if len(bounds) > 2 or not all(bound.isascii() and bound.isdigit() for bound in bounds):
            return None, "write indexes such as 0,2-4"
        if any(len(bound) > _MOST_DIGITS for bound in bounds):
            return None, "an index is a 32-bit integer"
        low, high = int(bounds[0]), int(bounds[-1])
        if low <= last or (len(bounds) == 2 and high <= low):
            return None, "the indexes increase"
        if completions is not None and high >= completions:
            return None, f"{high} is not below completions {completions}"
        total, last = total + high - low + 1, high
    return total, ""


def check_failure_policy(manifest: Manifest, spec: dict[str, Any], *at: Step) -> None:
    """Check the podFailurePolicy of a job's spec."""
    pod = (spec.get("template") or {}).get("spec") or {}
    if pod.get("restartPolicy") != "Never":
        message = "podFailurePolicy needs restartPolicy Never."
        manifest.report_key(FAILURE_POLICY, message, *at, "podFailurePolicy")
    names = {each["name"] for field in ("containers", "initContainers") for _, each in entries(pod.get(field))}
    rules = spec["podFailurePolicy"].get("rules")
    if len(rules or ()) > _MOST_RULES:
        manifest.report(FAILURE_POLICY, f"There are at most {_MOST_RULES} rules.", *at, "podFailurePolicy", "rules")
    for here, rule in placed(rules, *at, "podFailurePolicy", "rules"):
        manifest.one_of(rule["action"], _ACTIONS, *here, "action")
        if rule["action"] == "FailIndex" and spec.get("backoffLimitPerIndex") is None:
            manifest.report(FAILURE_POLICY, "FailIndex needs backoffLimitPerIndex.", *here, "action")
        given = [
            field for field, none in (("onExitCodes", None), ("onPodConditions", [])) if rule.get(field, none) != none
        ]
        if len(given) != 1:
            manifest.report(FAILURE_POLICY, "A rule has exactly one of onExitCodes and onPodConditions.", *here)
        for steps, condition in placed(rule.get("onPodConditions"), *here, "onPodConditions"):
            manifest.follows(condition["type"], grammar.qualified_name, *steps, "type")
            status = condition.get("status") or None
            if status is None and manifest.kind == "CronJob" and manifest.minor < _STATUS_SINCE:
                manifest.needs(condition, "status", *steps)  # until then only a Job had the default True
            manifest.one_of(status, ("False", "True", "Unknown"), *steps, "status")
        if rule.get("onExitCodes"):
            _check_exit_codes(manifest, rule["onExitCodes"], names, *here, "onExitCodes")


def _check_exit_codes(manifest: Manifest, codes: dict[str, Any], names: set[str], *here: Step) -> None:
    manifest.one_of(codes["operator"], ("In", "NotIn"), *here, "operator")
    values = [value for _, value in entries(codes.get("values"))]
    why = ""
    if not 1 <= len(values) <= 255:
        why = "between 1 and 255 exit codes are needed"
    elif values != sorted(set(values)):
        why = "the exit codes are in order, each once"
    elif codes["operator"] == "In" and 0 in values:
        why = "the exit code 0 is not a failure"
    if why:
        manifest.report(FAILURE_POLICY, f"{path_text((*here, 'values'))}: {why}.", *here, "values")
    name = codes.get("containerName")
    if name is not None and name not in names:
        manifest.report(FAILURE_POLICY, f"No container is named {name!r}.", *here, "containerName")
