"""Labels, annotations and selectors, for objects of every kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import Step, entries, placed
from iacrl.domains.kubernetes.rules.rule_sources import machinery, page
from iacrl.domains.kubernetes.value_words import describe
from iacrl.domains.paths import path_text
from iacrl.domains.rules import coded_rule

LABEL = coded_rule(
    "KB213",
    "Malformed label",
    "A label's key is an optional DNS prefix and '/', then at most 63 letters, digits, '-', '_' and '.', "
    "starting and ending with a letter or digit; its value is empty or follows the same grammar as the name.",
    page("concepts/overview/working-with-objects/labels") + "#syntax-and-character-set",
)
ANNOTATION = coded_rule(
    "KB214",
    "Malformed annotation",
    "An annotation's key follows the grammar of label keys; all annotations together hold at most 256 KiB.",
    page("concepts/overview/working-with-objects/annotations") + "#syntax-and-character-set",
)
SELECTOR = coded_rule(
    "KB409",
    "Malformed selector",
    "A selector's keys and values follow the grammar of labels; In and NotIn need values, Exists and "
    "DoesNotExist (and in node affinity Gt and Lt) take none (one).",
    machinery("apis/meta/v1/validation/validation.go", "ValidateLabelSelectorRequirement"),
)

_NODE_VALUES_SINCE = 34  # the first release that checks the values of a node selector
_ANNOTATIONS_LIMIT = 256 * 1024


def check_labels(manifest: Manifest, labels: Any, *steps: Step) -> None:
    """Check the keys and values of labels."""
    if not isinstance(labels, dict):
        manifest.report(LABEL, f"{path_text(steps)} must be a mapping, not {describe(labels)}.", *steps)
        return
    for key, value in labels.items():
        if why := grammar.qualified_name(key):
            manifest.report_key(LABEL, f"The label key {key!r}: {why}.", *steps, key)
        if value is None:
            value = ""
        if not isinstance(value, str):
            manifest.report(LABEL, f"The label {key!r} must be a string, not {describe(value)}.", *steps, key)
            continue
        if why := grammar.label_value(value):
            manifest.report(LABEL, f"The label {key!r} is {value[:80]!r}: {why}.", *steps, key)


def check_annotations(manifest: Manifest, annotations: Any, *steps: Step) -> None:
    """Check the keys of annotations, and their size."""
    if not isinstance(annotations, dict):
        manifest.report(ANNOTATION, f"{path_text(steps)} must be a mapping, not {describe(annotations)}.", *steps)
        return
    total = 0
    for key, value in annotations.items():
        if why := grammar.qualified_name(key.lower()):
            manifest.report_key(ANNOTATION, f"The annotation key {key!r}: {why}.", *steps, key)
        if value is not None and not isinstance(value, str):
            message = f"The annotation {key!r} must be a string, not {describe(value)}."
            manifest.report(ANNOTATION, message, *steps, key)
            continue
        total += len(key) + len(value or "")
    if total > _ANNOTATIONS_LIMIT:
        manifest.report(ANNOTATION, "The annotations hold more than 256 KiB.", *steps)


def check_selector(manifest: Manifest, selector: Any, *steps: Step) -> None:
    """Check a label selector with matchLabels and matchExpressions; an absent one is fine."""
    if not selector:
        return
    for key, value in (selector.get("matchLabels") or {}).items():
        if why := grammar.qualified_name(key):
            manifest.report_key(SELECTOR, f"The label key {key!r}: {why}.", *steps, "matchLabels", key)
        if why := grammar.label_value(value or ""):
            manifest.report(SELECTOR, f"The label {key!r} is {value!r}: {why}.", *steps, "matchLabels", key)
    if selector.get("matchExpressions"):
        check_expressions(manifest, selector["matchExpressions"], *steps, "matchExpressions")


def check_expressions(manifest: Manifest, expressions: Any, *steps: Step, node: bool = False) -> None:
    """Check requirements of a label selector, or of node affinity, which also compares numbers."""
    counts = {"In": "some", "NotIn": "some", "Exists": "none", "DoesNotExist": "none"}
    if node:
        counts |= {"Gt": "one", "Lt": "one"}
    for at, each in placed(expressions, *steps):
        key, operator, values = each["key"], each["operator"], each.get("values") or []
        if why := grammar.qualified_name(key):
            manifest.report(SELECTOR, f"The label key {key!r}: {why}.", *at, "key")
        wanted = counts.get(operator)
        if wanted is None:
            message = f"The operator {operator!r} is none of {', '.join(counts)}."
            manifest.report(SELECTOR, message, *at, "operator")
        elif wanted == "some" and not values:
            manifest.report(SELECTOR, f"The operator {operator} needs values.", *at)
        elif wanted == "none" and values:
            manifest.report(SELECTOR, f"The operator {operator} takes no values.", *at, "values")
        elif wanted == "one" and len(values) != 1:
            manifest.report(SELECTOR, f"The operator {operator} takes one value.", *at)
        elif not node or manifest.minor >= _NODE_VALUES_SINCE:
            for place, value in entries(values):
                if why := grammar.label_value(value):
                    manifest.report(SELECTOR, f"The value {value!r}: {why}.", *at, "values", place)


def selects(selector: Any, labels: Mapping[str, Any]) -> bool:
    """Return whether a label selector matches labels. An empty selector matches everything."""
    for key, value in (selector.get("matchLabels") or {}).items():
        if key not in labels or (labels[key] or "") != (value or ""):
            return False
    for _, each in entries(selector.get("matchExpressions")):
        value, values = labels.get(each["key"]), each.get("values") or []
        present = each["key"] in labels
        holds = {
            "In": present and value in values,
            "NotIn": not present or value not in values,
            "Exists": present,
            "DoesNotExist": not present,
        }
        if not holds.get(each["operator"], True):
            return False
    return True


def check_metadata_of_template(manifest: Manifest, metadata: dict[str, Any], *steps: Step) -> None:
    """Check the labels and annotations of an object inside another, such as a volume claim template."""
    if metadata.get("labels"):
        check_labels(manifest, metadata["labels"], *steps, "labels")
    if metadata.get("annotations"):
        check_annotations(manifest, metadata["annotations"], *steps, "annotations")
