"""Rules of the kinds' schemas. `schema_errors` applies them."""

from __future__ import annotations

from iacrl.domains.kubernetes.rules.rule_sources import page
from iacrl.domains.rules import coded_rule

_REFERENCE = page("reference/kubernetes-api")

UNKNOWN_FIELD = coded_rule(
    "KB300",
    "Unknown field",
    "The kind has no such field at this place: it is misspelt, or indented under the wrong parent. kubectl sends "
    "objects with strict field validation, so the API server refuses it.",
    page("reference/using-api/api-concepts") + "#field-validation",
)
MISSING_FIELD = coded_rule(
    "KB301",
    "Missing field",
    "The schema of the kind requires this field.",
    _REFERENCE,
)
WRONG_TYPE = coded_rule(
    "KB302",
    "Wrong type",
    "The value is of another type than the field. Quote numbers and booleans where a string is wanted (an "
    "environment variable's value, a label), and leave the quotes off where a number or boolean is wanted.",
    _REFERENCE,
)
NUMBER_TOO_LARGE = coded_rule(
    "KB303",
    "Number does not fit",
    "The field is a 32-bit or 64-bit integer and the value does not fit into it.",
    page("reference/using-api/api-concepts"),
)
NOT_A_TIME = coded_rule(
    "KB304",
    "Not a time",
    "Times are written as RFC 3339 has it, such as `2026-01-31T12:00:00Z`.",
    _REFERENCE + "common-definitions/object-meta/",
)
CUSTOM = coded_rule(
    "KB305",
    "Custom resource schema",
    "The CustomResourceDefinition of this kind does not allow the value.",
    page("tasks/extend-kubernetes/custom-resources/custom-resource-definitions") + "#specifying-a-structural-schema",
)

DUPLICATE_ITEM = coded_rule(
    "KB306",
    "Duplicate item",
    "The definition of a custom resource calls a list a set or a map (x-kubernetes-list-type): no two of its items may "
    "be equal, or have the same keys.",
    page("tasks/extend-kubernetes/custom-resources/custom-resource-definitions"),
)
