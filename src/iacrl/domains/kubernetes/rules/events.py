"""Events, of the core group and of events.k8s.io.

Source: `ValidateEventCreate` in `pkg/apis/core/validation/events.go`.
"""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest import Manifest
from iacrl.domains.kubernetes.rules.common import CONFLICT, OUT_OF_RANGE

_LONGEST_WORD: Final = 128
_LONGEST_NOTE: Final = 1024
_DEPRECATED: Final = ("deprecatedFirstTimestamp", "deprecatedLastTimestamp", "deprecatedCount", "deprecatedSource")


def check_event(manifest: Manifest) -> None:
    """Check an Event."""
    values = manifest.values
    newer = manifest.group == "events.k8s.io"
    about = "regarding" if newer else "involvedObject"
    _check_namespace(manifest, values.get(about) or {}, about)
    if not newer and not values.get("eventTime"):
        return  # an event of the older form, of which little is asked
    controller = "reportingController" if newer else "reportingComponent"
    if newer:
        manifest.needs(values, "eventTime")
    manifest.must_follow(values, controller, grammar.qualified_name)
    for field in ("reportingInstance", "action", "reason"):
        if manifest.needs(values, field) and len(values[field]) > _LONGEST_WORD:
            manifest.report(OUT_OF_RANGE, f"{field} has at most {_LONGEST_WORD} characters.", field)
    note = "note" if newer else "message"
    if len(values.get(note) or "") > _LONGEST_NOTE:
        manifest.report(OUT_OF_RANGE, f"{note} has at most {_LONGEST_NOTE} characters.", note)
    if newer:
        manifest.one_of(values.get("type") or "", ("Normal", "Warning"), "type")
        for field in _DEPRECATED:
            if values.get(field):
                manifest.report_key(CONFLICT, f"{field} is for events of the core group.", field)


def _check_namespace(manifest: Manifest, about: dict[str, Any], field: str) -> None:
    namespace, own = about.get("namespace") or "", manifest.namespace or "default"
    if namespace != own and (namespace or own != "default"):
        message = f"The event is in the namespace {own}, its object in {namespace or 'none'}."
        manifest.report(CONFLICT, message, field)
