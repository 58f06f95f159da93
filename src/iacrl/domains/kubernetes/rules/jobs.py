"""Jobs and CronJobs."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.cron import schedule_problem
from iacrl.domains.kubernetes.findings import Manifest
from iacrl.domains.kubernetes.rules.common import CONFLICT, Step, entries, follows, needs, one_of, within
from iacrl.domains.kubernetes.rules.names_labels import selects
from iacrl.domains.kubernetes.rules.pods import check_template
from iacrl.domains.kubernetes.rules.sources import group, page
from iacrl.domains.paths import path_text
from iacrl.domains.rules import Rule

SCHEDULE = Rule(
    "KB444",
    "references",
    "Malformed schedule",
    "A CronJob's schedule has five fields (minute, hour, day of month, month, day of week), or is a nickname such as "
    "@daily; the time zone has a field of its own, timeZone.",
    page("concepts/workloads/controllers/cron-jobs") + "#schedule-syntax",
)
TIME_ZONE = Rule(
    "KB445",
    "references",
    "Unknown time zone",
    "timeZone is a name of the IANA time zone database such as Europe/Berlin or Etc/UTC; Local is refused.",
    page("concepts/workloads/controllers/cron-jobs") + "#time-zones",
)
COMPLETIONS = Rule(
    "KB446",
    "references",
    "Bad completions",
    "An Indexed job needs completions, and runs at most 100000 pods at once; backoffLimitPerIndex, maxFailedIndexes "
    "and successPolicy go with Indexed only.",
    group("batch", "validateJobSpec"),
)
JOB_SELECTOR = Rule(
    "KB447",
    "references",
    "Selector on a Job",
    "The API server chooses the selector of a Job; writing one takes manualSelector: true and labels of the template "
    "that it matches, and in a CronJob it is refused.",
    page("concepts/workloads/controllers/job") + "#specifying-your-own-pod-selector",
)

FAILURE_POLICY = Rule(
    "KB484",
    "references",
    "Bad pod failure or success policy",
    "A podFailurePolicy needs restartPolicy Never, and each of its rules exactly one of onExitCodes (ordered, "
    "different codes, no 0 with In, of a container that exists) and onPodConditions; FailIndex needs "
    "backoffLimitPerIndex. A successPolicy has rules, each with succeededIndexes or succeededCount.",
    group("batch", "validatePodFailurePolicy, validateSuccessPolicy"),
)

RULES: tuple[Rule, ...] = (SCHEDULE, TIME_ZONE, COMPLETIONS, JOB_SELECTOR, FAILURE_POLICY)

_COUNTS: Final = (
    "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "backoffLimitPerIndex", "maxFailedIndexes",
    "ttlSecondsAfterFinished",
)  # fmt: skip
_MOST_AT_ONCE: Final = 100_000
_MODES: Final = frozenset({"NonIndexed", "Indexed"})
_CONCURRENCY: Final = frozenset({"Allow", "Forbid", "Replace"})
_ACTIONS: Final = frozenset({"FailJob", "FailIndex", "Ignore", "Count"})


def check_job(manifest: Manifest) -> None:
    """Check a Job."""
    spec = manifest.values.get("spec") or {}
    if not spec:
        needs(manifest, manifest.values, "spec")
        return
    _check_spec(manifest, spec, "spec")
    if spec.get("selector") and not spec.get("manualSelector"):
        message = "A Job's selector is chosen by the API server; drop it, or set manualSelector: true."
        manifest.report_key(JOB_SELECTOR, message, "spec", "selector")
    elif spec.get("manualSelector"):
        labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
        if not spec.get("selector"):
            message = "manualSelector: true needs a selector."
            manifest.report_key(JOB_SELECTOR, message, "spec", "manualSelector")
        elif not selects(spec["selector"], labels):
            manifest.report(JOB_SELECTOR, "The selector does not match the labels of the template.", "spec", "selector")


def check_cron_job(manifest: Manifest) -> None:
    """Check a CronJob."""
    spec = manifest.values.get("spec") or {}
    schedule, zone = spec.get("schedule"), spec.get("timeZone")
    if not schedule:
        manifest.report(SCHEDULE, "A CronJob needs a schedule.", "spec")
    elif "TZ=" in schedule:
        message = "The schedule may not name a time zone; write it in timeZone."
        manifest.report(SCHEDULE, message, "spec", "schedule")
    elif problem := schedule_problem(schedule):
        manifest.report(SCHEDULE, f"The schedule {schedule!r}: {problem}.", "spec", "schedule")
    if zone is not None and not _is_zone(zone):
        manifest.report(TIME_ZONE, f"No time zone is called {zone!r}.", "spec", "timeZone")
    one_of(manifest, spec.get("concurrencyPolicy") or None, _CONCURRENCY, "spec", "concurrencyPolicy")
    for field in ("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        within(manifest, spec.get(field), 0, None, "spec", field)
    template = spec.get("jobTemplate") or {}
    job = template.get("spec") or {}
    if not job:
        needs(manifest, template, "spec", "spec", "jobTemplate")
        return
    _check_spec(manifest, job, "spec", "jobTemplate", "spec")
    for field in ("selector", "manualSelector"):
        if job.get(field) not in (None, False):
            at = ("spec", "jobTemplate", "spec", field)
            manifest.report_key(JOB_SELECTOR, f"The jobs of a CronJob may not have {field}.", *at)


def _check_spec(manifest: Manifest, spec: dict[str, Any], *at: Step) -> None:
    for field in _COUNTS:
        within(manifest, spec.get(field), 0, None, *at, field)
    mode = spec.get("completionMode")
    one_of(manifest, mode, _MODES, *at, "completionMode")
    if mode == "Indexed":
        if spec.get("completions") is None and spec.get("parallelism") is not None:
            manifest.report(COMPLETIONS, "An Indexed job needs completions.", *at, "completionMode")
        if (spec.get("parallelism") or 0) > _MOST_AT_ONCE:
            message = f"An Indexed job runs at most {_MOST_AT_ONCE} pods at once."
            manifest.report(COMPLETIONS, message, *at, "parallelism")
    else:
        for field in ("backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"):
            if spec.get(field) is not None:
                message = f"{field} needs completionMode Indexed."
                manifest.report_key(COMPLETIONS, message, *at, field)
    if spec.get("maxFailedIndexes") is not None and spec.get("backoffLimitPerIndex") is None:
        manifest.report_key(COMPLETIONS, "maxFailedIndexes needs backoffLimitPerIndex.", *at, "maxFailedIndexes")
    replacement = spec.get("podReplacementPolicy")
    one_of(manifest, replacement, ("TerminatingOrFailed", "Failed"), *at, "podReplacementPolicy")
    if spec.get("podFailurePolicy") and replacement == "TerminatingOrFailed":
        message = "With a podFailurePolicy the podReplacementPolicy is Failed."
        manifest.report(CONFLICT, message, *at, "podReplacementPolicy")
    if spec.get("managedBy") is not None:
        follows(manifest, spec["managedBy"], grammar.domain_prefixed_path, *at, "managedBy")
    if spec.get("successPolicy") is not None:
        _check_success_policy(manifest, spec["successPolicy"], *at, "successPolicy")
    if spec.get("podFailurePolicy") is not None:
        _check_failure_policy(manifest, spec, *at)
    check_template(manifest, spec.get("template") or {}, *at, "template")


def _check_success_policy(manifest: Manifest, policy: dict[str, Any], *at: Step) -> None:
    if not policy.get("rules"):
        manifest.report(FAILURE_POLICY, "A successPolicy needs rules.", *at)
    for index, rule in entries(policy.get("rules")):
        if rule.get("succeededIndexes") is None and rule.get("succeededCount") is None:
            manifest.report(FAILURE_POLICY, "A rule has succeededIndexes or succeededCount.", *at, "rules", index)
        within(manifest, rule.get("succeededCount"), 1, None, *at, "rules", index, "succeededCount")


def _check_failure_policy(manifest: Manifest, spec: dict[str, Any], *at: Step) -> None:
    pod = (spec.get("template") or {}).get("spec") or {}
    if pod.get("restartPolicy") != "Never":
        message = "podFailurePolicy needs restartPolicy Never."
        manifest.report_key(FAILURE_POLICY, message, *at, "podFailurePolicy")
    names = {each["name"] for field in ("containers", "initContainers") for _, each in entries(pod.get(field))}
    for index, rule in entries(spec["podFailurePolicy"].get("rules")):
        here = (*at, "podFailurePolicy", "rules", index)
        one_of(manifest, rule["action"], _ACTIONS, *here, "action")
        if rule["action"] == "FailIndex" and spec.get("backoffLimitPerIndex") is None:
            manifest.report(FAILURE_POLICY, "FailIndex needs backoffLimitPerIndex.", *here, "action")
        given = [field for field in ("onExitCodes", "onPodConditions") if rule.get(field)]
        if len(given) != 1:
            manifest.report(FAILURE_POLICY, "A rule has exactly one of onExitCodes and onPodConditions.", *here)
        for place, condition in entries(rule.get("onPodConditions")):
            steps = (*here, "onPodConditions", place)
            follows(manifest, condition["type"], grammar.qualified_name, *steps, "type")
            one_of(manifest, condition.get("status") or None, ("False", "True", "Unknown"), *steps, "status")
        if rule.get("onExitCodes"):
            _check_exit_codes(manifest, rule["onExitCodes"], names, *here, "onExitCodes")


def _check_exit_codes(manifest: Manifest, codes: dict[str, Any], names: set[str], *here: Step) -> None:
    one_of(manifest, codes["operator"], ("In", "NotIn"), *here, "operator")
    values = [value for _, value in entries(codes.get("values"))]
    why = ""
    if not 1 <= len(values) <= 255:
        why = "between 1 and 255 exit codes are needed"
    elif values != sorted(set(values)):
        why = "the exit codes are in order, each once"
    elif codes["operator"] == "In" and 0 in values:
        why = "the exit code 0 is no failure"
    if why:
        manifest.report(FAILURE_POLICY, f"{path_text((*here, 'values'))}: {why}.", *here, "values")
    name = codes.get("containerName")
    if name is not None and name not in names:
        manifest.report(FAILURE_POLICY, f"No container is named {name!r}.", *here, "containerName")


@lru_cache(maxsize=256)
def _is_zone(name: str) -> bool:
    """A machine without a time zone database (and without the package tzdata) cannot tell: then every name will do."""
    from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError

    if name in {"", "Local"}:
        return False
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return not Path(TZPATH[0] if TZPATH else "", "UTC").is_file()
    return True
