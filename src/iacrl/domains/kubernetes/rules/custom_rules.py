"""The rules about CEL expressions of custom kinds."""

from __future__ import annotations

from iacrl.domains.kubernetes.rules.rule_sources import page
from iacrl.domains.rules import coded_rule

CRD_RULE = coded_rule(
    "KB218",
    "Broken rule of a custom kind",
    "The definition of a custom kind has rules in CEL (`x-kubernetes-validations`). A new object must keep each one "
    "that does not compare it with what it was before.",
    page("tasks/extend-kubernetes/custom-resources/custom-resource-definitions") + "#validation-rules",
)
EXPRESSION = coded_rule(
    "KB499",
    "Bad CEL expression",
    "The API server compiles and type checks each expression before it stores one: rules of custom kinds, admission "
    "policies, match conditions of webhooks and selectors of devices. Rules of custom kinds also have a limit of their "
    "estimated cost, so lists, maps and texts that they go through need maxItems, maxProperties and maxLength.",
    page("reference/using-api/cel"),
)
