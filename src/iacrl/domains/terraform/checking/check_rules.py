"""What `validation`, `precondition`, `postcondition` and `assert` blocks may contain."""

from __future__ import annotations

from iacrl.domains.terraform.checking.body_checker import BodyChecker
from iacrl.domains.terraform.checking.site import Site
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.types import BOOL, STRING
from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.findings import refuse
from iacrl.domains.terraform.rules import reference_rule
from iacrl.domains.terraform.structure.module import CheckRule

INVALID_CONDITION_RESULT = reference_rule(
    "TF460",
    "Invalid condition result",
    "expressions/custom-conditions",
    "A condition is known to be false or to be neither true nor false, or an assertion's message is not a string.",
)


def check_expressions(checker: BodyChecker, rule: CheckRule, place: Site) -> Value | None:
    """Check what a rule's expressions refer to and compute; return the condition's value."""
    value = checker.evaluate(rule.condition, place) if rule.condition is not None else None
    if rule.message is not None:
        checker.evaluate(rule.message, place)
    return value


def check_precondition(checker: BodyChecker, rule: CheckRule, place: Site) -> None:
    """Check a precondition of an output: its condition is judged if it is known, its message must be a string."""
    _check_message(checker, rule, place)
    value = checker.evaluate(rule.condition, place) if rule.condition is not None else None
    _judge(checker, rule, value, "Invalid condition result", "Module output value precondition failed")


def check_validation(checker: BodyChecker, rule: CheckRule, place: Site) -> None:
    """Check a validation rule of a variable: its condition is judged if it is known."""
    value = check_expressions(checker, rule, place)
    _judge(checker, rule, value, "Invalid variable validation result", "Invalid value for variable")


def _judge(checker: BodyChecker, rule: CheckRule, value: Value | None, summary: str, failed: str) -> None:
    """Report a known condition that is false, or that is neither true nor false, under a headline for each."""
    if value is None or not value.known or rule.condition is None:
        return
    if value.null:
        detail = "The condition expression must return either true or false, not null."
        refuse(checker.report, rule.condition, INVALID_CONDITION_RESULT, detail, summary)
        return
    try:
        result = convert(value, BOOL)
    except ConversionError as error:
        detail = f"Invalid condition result value: {error.message}."
        refuse(checker.report, rule.condition, INVALID_CONDITION_RESULT, detail, summary)
        return
    if result.data is False:
        detail = "The condition is false whatever the inputs are."
        refuse(checker.report, rule.condition, INVALID_CONDITION_RESULT, detail, failed)


def check_assertion(checker: BodyChecker, rule: CheckRule, place: Site) -> None:
    """Check an `assert` block: its condition may fail in any way, its message must be a string."""
    if rule.condition is not None:
        checker.evaluate_forgiving(rule.condition, place)
    _check_message(checker, rule, place)


def _check_message(checker: BodyChecker, rule: CheckRule, place: Site) -> None:
    value = checker.evaluate(rule.message, place) if rule.message is not None else None
    if value is None or rule.message is None:
        return
    try:
        why = "must not be null" if convert(value, STRING).null else ""
    except ConversionError as error:
        why = error.message
    if why:
        detail = f"Unsuitable value for error message: {why}."
        refuse(checker.report, rule.message, INVALID_CONDITION_RESULT, detail, "Invalid error message")
