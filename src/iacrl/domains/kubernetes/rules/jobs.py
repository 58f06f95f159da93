"""Jobs and CronJobs."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.cron import schedule_problem
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import CONFLICT, OUT_OF_RANGE, Step
from iacrl.domains.kubernetes.rules.job_policies import check_failure_policy, check_success_policy
from iacrl.domains.kubernetes.rules.names_labels import selects
from iacrl.domains.kubernetes.rules.pod_specs import check_template
from iacrl.domains.kubernetes.rules.rule_sources import group, page
from iacrl.domains.rules import coded_rule

SCHEDULE = coded_rule(
    "KB444",
    "Malformed schedule",
    "A CronJob's schedule has five fields (minute, hour, day of month, month, day of week), or is a nickname such as "
    "@daily; the time zone is in the field timeZone.",
    page("concepts/workloads/controllers/cron-jobs") + "#schedule-syntax",
)
TIME_ZONE = coded_rule(
    "KB445",
    "Unknown time zone",
    "timeZone is a name of the IANA time zone database such as Europe/Berlin or Etc/UTC; Local is refused.",
    page("concepts/workloads/controllers/cron-jobs") + "#time-zones",
)
COMPLETIONS = coded_rule(
    "KB446",
    "Bad completions",
    "An Indexed job needs completions, and runs at most 100000 pods at once; backoffLimitPerIndex, maxFailedIndexes "
    "and successPolicy go with Indexed only.",
    group("batch", "validateJobSpec"),
)
JOB_SELECTOR = coded_rule(
    "KB447",
    "Selector on a Job",
    "The API server chooses the selector of a Job; writing one takes manualSelector: true and labels of the template "
    "that it matches, and in a CronJob it is refused.",
    page("concepts/workloads/controllers/job") + "#specifying-your-own-pod-selector",
)

_COUNTS: Final = (
    "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "backoffLimitPerIndex", "maxFailedIndexes",
    "ttlSecondsAfterFinished",
)  # fmt: skip
_MOST_AT_ONCE: Final = 100_000
_MOST_FAILED: Final = 10_000  # of a job with more completions than _MOST_AT_ONCE
_MANAGED_SINCE: Final = 32
_LONGEST_MANAGER: Final = 63
_MODES: Final = frozenset({"NonIndexed", "Indexed"})
_CONCURRENCY: Final = frozenset({"Allow", "Forbid", "Replace"})


def check_job(manifest: Manifest) -> None:
    """Check a Job."""
    spec = manifest.values.get("spec") or {}
    if not spec:
        manifest.needs(manifest.values, "spec")
        return
    _check_spec(manifest, spec, "spec")
    _check_host_names(manifest, spec)
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


def _check_host_names(manifest: Manifest, spec: dict[str, Any]) -> None:
    """Check that the host names of an Indexed job's pods are valid: the job's name, '-' and the index."""
    count = spec.get("completions")
    last = (1 if count is None else count) - 1
    if spec.get("completionMode") != "Indexed" or last < 0 or not manifest.name:
        return
    if why := grammar.dns_label(f"{manifest.name}-{last}"):
        message = f"The pods of an Indexed job are named {manifest.name[:60]}-INDEX: {why}."
        manifest.report(COMPLETIONS, message, "metadata", "name")


def check_cron_job(manifest: Manifest) -> None:
    """Check a CronJob."""
    spec = manifest.values.get("spec") or {}
    schedule, zone = spec.get("schedule"), spec.get("timeZone")
    if not schedule:
        manifest.report(SCHEDULE, "A CronJob needs a schedule.", "spec")
    elif "TZ=" in schedule:
        message = "The schedule cannot name a time zone; write it in timeZone."
        manifest.report(SCHEDULE, message, "spec", "schedule")
    elif problem := schedule_problem(schedule):
        manifest.report(SCHEDULE, f"The schedule {schedule!r}: {problem}.", "spec", "schedule")
    if zone is not None and not _is_zone(zone):
        manifest.report(TIME_ZONE, f"No time zone is called {zone!r}.", "spec", "timeZone")
    manifest.one_of(spec.get("concurrencyPolicy") or None, _CONCURRENCY, "spec", "concurrencyPolicy")
    for field in ("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        manifest.within(spec.get(field), 0, None, "spec", field)
    template = spec.get("jobTemplate") or {}
    job = template.get("spec") or {}
    if not job:
        manifest.needs(template, "spec", "spec", "jobTemplate")
        return
    _check_spec(manifest, job, "spec", "jobTemplate", "spec")
    for field in ("selector", "manualSelector"):
        if job.get(field) not in (None, False):
            at = ("spec", "jobTemplate", "spec", field)
            manifest.report_key(JOB_SELECTOR, f"The jobs of a CronJob cannot have {field}.", *at)


def _check_spec(manifest: Manifest, spec: dict[str, Any], *at: Step) -> None:
    for field in _COUNTS:
        manifest.within(spec.get(field), 0, None, *at, field)
    mode = spec.get("completionMode")
    manifest.one_of(mode, _MODES, *at, "completionMode")
    if mode == "Indexed":
        # In a Job, both default to 1 if neither is given; a CronJob has no such defaults.
        open_count = spec.get("parallelism") is not None or manifest.kind == "CronJob"
        if spec.get("completions") is None and open_count:
            manifest.report(COMPLETIONS, "An Indexed job needs completions.", *at, "completionMode")
        if (spec.get("parallelism") or 0) > _MOST_AT_ONCE:
            message = f"An Indexed job runs at most {_MOST_AT_ONCE} pods at once."
            manifest.report(COMPLETIONS, message, *at, "parallelism")
    else:
        for field in ("backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"):
            if spec.get(field) is not None:
                message = f"{field} needs completionMode Indexed."
                manifest.report_key(COMPLETIONS, message, *at, field)
    if mode == "Indexed":
        _check_indexes(manifest, spec, *at)
    if spec.get("maxFailedIndexes") is not None and spec.get("backoffLimitPerIndex") is None:
        manifest.report_key(COMPLETIONS, "maxFailedIndexes needs backoffLimitPerIndex.", *at, "maxFailedIndexes")
    replacement = spec.get("podReplacementPolicy")
    manifest.one_of(replacement, ("TerminatingOrFailed", "Failed"), *at, "podReplacementPolicy")
    if spec.get("podFailurePolicy") and replacement == "TerminatingOrFailed":
        message = "With a podFailurePolicy the podReplacementPolicy is Failed."
        manifest.report(CONFLICT, message, *at, "podReplacementPolicy")
    if spec.get("managedBy") is not None and (manifest.kind == "CronJob" or manifest.minor >= _MANAGED_SINCE):
        if len(spec["managedBy"]) > _LONGEST_MANAGER:
            message = f"managedBy has at most {_LONGEST_MANAGER} characters."
            manifest.report(OUT_OF_RANGE, message, *at, "managedBy")
        manifest.follows(spec["managedBy"], grammar.domain_prefixed_path, *at, "managedBy")
    if spec.get("successPolicy") is not None:
        check_success_policy(manifest, spec, *at)
    if spec.get("podFailurePolicy") is not None:
        check_failure_policy(manifest, spec, *at)
    check_template(manifest, spec.get("template") or {}, *at, "template")


def _check_indexes(manifest: Manifest, spec: dict[str, Any], *at: Step) -> None:
    """Check how many indexes may fail."""
    completions, most = spec.get("completions"), spec.get("maxFailedIndexes")
    if completions is None:
        return
    if most is not None and most > completions:
        message = f"maxFailedIndexes {most} is above completions {completions}."
        manifest.report(COMPLETIONS, message, *at, "maxFailedIndexes")
    if spec.get("backoffLimitPerIndex") is None or completions <= _MOST_AT_ONCE:
        return
    if most is None:
        manifest.report(COMPLETIONS, f"Above {_MOST_AT_ONCE} completions maxFailedIndexes is needed.", *at)
    elif most > _MOST_FAILED:
        message = f"Above {_MOST_AT_ONCE} completions maxFailedIndexes is at most {_MOST_FAILED}."
        manifest.report(COMPLETIONS, message, *at, "maxFailedIndexes")
    if (spec.get("parallelism") or 0) > _MOST_FAILED:
        message = f"Above {_MOST_AT_ONCE} completions parallelism is at most {_MOST_FAILED}."
        manifest.report(COMPLETIONS, message, *at, "parallelism")


@lru_cache(maxsize=256)
def _is_zone(name: str) -> bool:
    """Without a time zone database (or the package tzdata) this cannot be checked: every name passes."""
    from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError

    if name in {"", "Local"}:
        return False
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return not Path(TZPATH[0] if TZPATH else "", "UTC").is_file()
    return True
