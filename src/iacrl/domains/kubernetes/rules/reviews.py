"""Questions to the API server about who may do what: SubjectAccessReview and its like.

Source: `pkg/apis/authorization/validation/validation.go`.
"""

from __future__ import annotations

from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest import Manifest
from iacrl.domains.kubernetes.rules.common import CONFLICT, Step, placed

_SELECTORS_SINCE: Final = 32  # the feature gate AuthorizeWithSelectors
_FIELD_OPERATORS: Final = ("In", "NotIn", "Exists", "DoesNotExist")


def check_access_review(manifest: Manifest) -> None:
    """Check a SubjectAccessReview, SelfSubjectAccessReview or LocalSubjectAccessReview."""
    spec = manifest.values.get("spec") or {}
    resource, other = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if (resource is None) == (other is None):
        message = "A review asks by resourceAttributes or nonResourceAttributes, one of the two."
        manifest.report(CONFLICT, message, "spec")
    if manifest.kind != "SelfSubjectAccessReview" and not spec.get("user") and not spec.get("groups"):
        manifest.needs(spec, "user", "spec")
    if manifest.kind == "LocalSubjectAccessReview" and other is not None:
        message = "A review of one namespace asks by resourceAttributes."
        manifest.report_key(CONFLICT, message, "spec", "nonResourceAttributes")
    if resource is not None and manifest.minor >= _SELECTORS_SINCE:
        for field in ("fieldSelector", "labelSelector"):
            if resource.get(field) is not None:
                _check_selector(manifest, resource[field], field, "spec", "resourceAttributes", field)


def _check_selector(manifest: Manifest, selector: dict[str, Any], field: str, *at: Step) -> None:
    raw, requirements = selector.get("rawSelector"), selector.get("requirements")
    if bool(raw) == bool(requirements):
        manifest.report(CONFLICT, "A selector has rawSelector or requirements, one of the two.", *at)
    for here, each in placed(requirements, *at, "requirements"):
        if manifest.needs(each, "key", *here) and field == "labelSelector":
            manifest.follows(each["key"], grammar.qualified_name, *here, "key")
        if manifest.one_of(each.get("operator") or "", _FIELD_OPERATORS, *here, "operator"):
            listed = each["operator"] in {"In", "NotIn"}
            if listed != bool(each.get("values")):
                message = f"The operator {each['operator']} {'needs' if listed else 'takes no'} values."
                manifest.report(CONFLICT, message, *here)
