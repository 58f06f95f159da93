"""What `validation`, `precondition`, `postcondition` and `assert` blocks may say."""

from __future__ import annotations

from iacrl.validators.terraform.conversion import ConversionError, convert
from iacrl.validators.terraform.findings import finding_at
from iacrl.validators.terraform.module import CheckRule
from iacrl.validators.terraform.references_place import Place
from iacrl.validators.terraform.schema_check import BodyChecker
from iacrl.validators.terraform.types import BOOL, STRING
from iacrl.validators.terraform.values import Value, unmark_deep


def check_expressions(checker: BodyChecker, rule: CheckRule, place: Place) -> Value | None:
    """Check what a rule's expressions refer to and compute; return the condition's value."""
    value = checker.evaluate(rule.condition, place) if rule.condition is not None else None
    if rule.message is not None:
        checker.evaluate(rule.message, place)
    return value


def check_result(checker: BodyChecker, rule: CheckRule, place: Place, summary: str, failed: str) -> None:
    """Check a rule whose condition is judged as soon as it is known.

    Args:
        checker: Of the file that the rule stands in.
        rule: The rule.
        place: Where it stands.
        summary: The headline where the condition is neither true nor false.
        failed: The headline where it is false.
    """
    value = check_expressions(checker, rule, place)
    if value is None or not value.known or rule.condition is None:
        return
    if value.null:
        detail = "The condition expression must return either true or false, not null."
        checker.report.append(finding_at(rule.condition, "TF460", summary, detail))
        return
    try:
        result = convert(value, BOOL)
    except ConversionError as error:
        detail = f"Invalid condition result value: {error.message}."
        checker.report.append(finding_at(rule.condition, "TF460", summary, detail))
        return
    if result.data is False:
        detail = "The condition is false whatever the inputs are."
        checker.report.append(finding_at(rule.condition, "TF460", failed, detail))


def check_assertion(checker: BodyChecker, rule: CheckRule, place: Place) -> None:
    """Check an `assert` block: its condition may give anything, its message must be a string."""
    if rule.condition is not None:
        checker.evaluate(rule.condition, place)
    value = checker.evaluate(rule.message, place) if rule.message is not None else None
    if value is None or rule.message is None:
        return
    try:
        convert(value, STRING)
    except ConversionError as error:
        detail = f"Unsuitable value for error message: {error.message}."
        checker.report.append(finding_at(rule.message, "TF460", "Invalid error message", detail))
        return
    marks = unmark_deep(value)[1]
    if marks:
        kind = "sensitive" if "sensitive" in marks else "ephemeral"
        detail = f"The error expression used to explain this condition refers to {kind} values."
        checker.report.append(finding_at(rule.message, "TF460", f"Error message refers to {kind} values", detail))
