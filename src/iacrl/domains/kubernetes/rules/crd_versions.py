"""A custom kind's version apart from its schema: deprecation and selectable fields; also conversion."""

from __future__ import annotations

import re
from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import Step, entries, placed
from iacrl.domains.rules import Rule

_LONGEST_WARNING: Final = 256
_MOST_FIELDS: Final = 8
_STEP: Final = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\['([^']+)'\]")
_REVIEWS: Final = frozenset({"v1", "v1beta1"})


def check_deprecation(manifest: Manifest, rule: Rule, version: dict[str, Any], *at: Step) -> None:
    """Check the warning of a deprecated version."""
    warning = version.get("deprecationWarning")
    if warning is None:
        return
    if not version.get("deprecated"):
        manifest.report(rule, "Only a deprecated version has a deprecationWarning.", *at, "deprecationWarning")
    if not warning or len(warning) > _LONGEST_WARNING or "\n" in warning:
        message = f"A deprecationWarning is one line of 1 to {_LONGEST_WARNING} characters."
        manifest.report(rule, message, *at, "deprecationWarning")


def check_selectable_fields(manifest: Manifest, rule: Rule, version: dict[str, Any], *at: Step) -> None:
    """Check the selectable fields: each must be a single value of the schema, outside metadata."""
    fields = entries(version.get("selectableFields"))
    if len(fields) > _MOST_FIELDS:
        manifest.report(rule, f"There are at most {_MOST_FIELDS} of these.", *at, "selectableFields")
    schema = (version.get("schema") or {}).get("openAPIV3Schema") or {}
    for place, field in placed(version.get("selectableFields"), *at, "selectableFields"):
        found = _at_path(schema, field.get("jsonPath") or "")
        if found is None or found.get("type") not in {"string", "boolean", "integer"}:
            message = f"{field.get('jsonPath')!r} is not a path to a string, boolean or integer of the schema."
            manifest.report(rule, message, *place, "jsonPath")
    paths = [
        (field.get("jsonPath"), (*place, "jsonPath"))
        for place, field in placed(version.get("selectableFields"), *at, "selectableFields")
    ]
    manifest.report_duplicates(rule, paths, "the path")


def _at_path(schema: dict[str, Any], path: str) -> dict[str, Any] | None:
    """Return the schema of the field at a simple path; None if there is none, or it is in metadata."""
    at, inner = 0, schema
    while at < len(path):
        match = _STEP.match(path, at)
        name = (match[1] or match[2]) if match else ""
        found = (inner.get("properties") or {}).get(name, inner.get("additionalProperties"))
        if match is None or not isinstance(found, dict) or (at == 0 and name == "metadata"):
            return None
        inner, at = found, match.end()
    return inner if path else None


def check_review_versions(manifest: Manifest, rule: Rule, versions: Any, *at: Step) -> None:
    """Check the review versions that a webhook supports: the API server must support one of them."""
    for index, version in entries(versions):
        if why := grammar.dns_1035_label(version):
            manifest.report(rule, f"The version {version!r}: {why}.", *at, index)
    manifest.report_duplicates(rule, [(each, (*at, index)) for index, each in entries(versions)], "the version")
    if versions and not _REVIEWS & set(versions):
        manifest.report(rule, "One of the versions must be v1 or v1beta1.", *at)
