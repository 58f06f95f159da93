"""Jobs and CronJobs."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from iacrl.validators.kubernetes.cron import schedule_problem
from iacrl.validators.kubernetes.findings import Manifest
from iacrl.validators.kubernetes.rules.common import CONFLICT, Step, entries, needs, one_of, within
from iacrl.validators.kubernetes.rules.names_labels import check_metadata_of_template
from iacrl.validators.kubernetes.rules.pods import check_template
from iacrl.validators.kubernetes.rules.sources import group, page
from iacrl.validators.rules import Rule

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
    "An Indexed job needs completions; backoffLimitPerIndex and maxFailedIndexes go with Indexed only.",
    group("batch", "validateJobSpec"),
)
JOB_SELECTOR = Rule(
    "KB447",
    "references",
    "Selector on a Job",
    "The API server chooses the selector of a Job; writing one takes manualSelector: true, and in a CronJob it "
    "is refused.",
    page("concepts/workloads/controllers/job") + "#specifying-your-own-pod-selector",
)

RULES: tuple[Rule, ...] = (SCHEDULE, TIME_ZONE, COMPLETIONS, JOB_SELECTOR)

_COUNTS: Final = (
    "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "backoffLimitPerIndex", "maxFailedIndexes",
    "ttlSecondsAfterFinished",
)  # fmt: skip
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
    one_of(manifest, spec.get("concurrencyPolicy"), _CONCURRENCY, "spec", "concurrencyPolicy")
    for field in ("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        within(manifest, spec.get(field), 0, None, "spec", field)
    template = spec.get("jobTemplate") or {}
    check_metadata_of_template(manifest, template.get("metadata") or {}, "spec", "jobTemplate", "metadata")
    job = template.get("spec") or {}
    if not job:
        needs(manifest, template, "spec", "spec", "jobTemplate")
        return
    _check_spec(manifest, job, "spec", "jobTemplate", "spec")
    for field in ("selector", "manualSelector"):
        if job.get(field):
            at = ("spec", "jobTemplate", "spec", field)
            manifest.report_key(JOB_SELECTOR, f"The jobs of a CronJob may not have {field}.", *at)


def _check_spec(manifest: Manifest, spec: dict[str, Any], *at: Step) -> None:
    for field in _COUNTS:
        within(manifest, spec.get(field), 0, None, *at, field)
    mode = spec.get("completionMode")
    one_of(manifest, mode, _MODES, *at, "completionMode")
    if mode == "Indexed":
        if spec.get("completions") is None:
            manifest.report(COMPLETIONS, "An Indexed job needs completions.", *at, "completionMode")
    else:
        for field in ("backoffLimitPerIndex", "maxFailedIndexes"):
            if spec.get(field) is not None:
                message = f"{field} needs completionMode Indexed."
                manifest.report_key(COMPLETIONS, message, *at, field)
    if spec.get("maxFailedIndexes") is not None and spec.get("backoffLimitPerIndex") is None:
        manifest.report_key(COMPLETIONS, "maxFailedIndexes needs backoffLimitPerIndex.", *at, "maxFailedIndexes")
    one_of(manifest, spec.get("podReplacementPolicy"), ("TerminatingOrFailed", "Failed"), *at, "podReplacementPolicy")
    if spec.get("podFailurePolicy"):
        _check_failure_policy(manifest, spec, *at)
    check_template(manifest, spec.get("template") or {}, *at, "template")


def _check_failure_policy(manifest: Manifest, spec: dict[str, Any], *at: Step) -> None:
    pod = (spec.get("template") or {}).get("spec") or {}
    if pod.get("restartPolicy") != "Never":
        message = "podFailurePolicy needs restartPolicy Never."
        manifest.report_key(CONFLICT, message, *at, "podFailurePolicy")
    for index, rule in entries(spec["podFailurePolicy"].get("rules")):
        here = (*at, "podFailurePolicy", "rules", index)
        one_of(manifest, rule["action"], _ACTIONS, *here, "action")
        given = [field for field in ("onExitCodes", "onPodConditions") if rule.get(field)]
        if len(given) != 1:
            manifest.report(CONFLICT, "A rule has exactly one of onExitCodes and onPodConditions.", *here)
        codes = rule.get("onExitCodes")
        if codes:
            one_of(manifest, codes["operator"], ("In", "NotIn"), *here, "onExitCodes", "operator")


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
