"""Terraform's unary and binary operators on values."""

from __future__ import annotations

from collections.abc import Callable
from operator import ge, gt, le, lt
from typing import Any

from iacrl.domains.terraform.cty import numeric, values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.numeric import Number
from iacrl.domains.terraform.cty.types import BOOL, NUMBER, Type
from iacrl.domains.terraform.cty.values import FALSE, NO_MARKS, TRUE, UNKNOWN, NumberTooLarge, Value
from iacrl.domains.terraform.expressions.frame import Frame
from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.rules import reference_rule
from iacrl.domains.terraform.syntax import nodes

INVALID_OPERAND = reference_rule(
    "TF410",
    "Invalid operand",
    "expressions/operators",
    "An operator got a value of the wrong type: arithmetic and comparison need numbers, `&&`, `||` and `!` need "
    'bools. A string that reads as a number or a bool is converted. Join strings with a template, "${a}${b}".',
)
OPERATION_FAILED = reference_rule(
    "TF411",
    "Operation failed",
    "expressions/operators",
    "The operands have the right types, but there is no result: null has no sum, and zero divided by zero is no "
    "number. Give the value a default with `coalesce`, or test it first.",
)

#: The operand and result types of each operator; `==` and `!=` take anything.
OPERANDS: dict[str, Type] = {
    **dict.fromkeys(("||", "&&"), BOOL),
    **dict.fromkeys(("<", ">", "<=", ">=", "+", "-", "*", "/", "%"), NUMBER),
}
RESULTS: dict[str, Type] = {
    **dict.fromkeys((*OPERANDS, "==", "!="), BOOL),
    **dict.fromkeys(("+", "-", "*", "/", "%"), NUMBER),
}

#: What an operation takes from the budget.
_OPERATION = 5

_ARITHMETIC: dict[str, Callable[[Number, Number], Number]] = {
    "+": numeric.add,
    "-": lambda left, right: numeric.add(left, -right),
    "*": numeric.multiply,
    "/": numeric.divide,
    "%": numeric.modulo,
}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {"<": lt, ">": gt, "<=": le, ">=": ge}
_UNDEFINED = {
    "+": "can't compute sum of opposing infinities",
    "-": "can't subtract infinity from itself",
    "*": "can't multiply zero by infinity",
    "/": "can't divide zero by zero or infinity by infinity",
    "%": "can't use modulo on infinity",
}


class OperationError(Exception):
    """The operands have the right types, but there is no result."""


def apply_binary(operator: str, left: Value, right: Value) -> Value:
    """Compute a binary operation; both operands are of the operator's type and neither is marked.

    Raises:
        OperationError: The operation has no result; the message is Terraform's.
    """
    if operator == "==":
        return equal(left, right)
    if operator == "!=":
        same = equal(left, right)
        return same if same.data is UNKNOWN else values.boolean(not same.data)
    for operand in (left, right):
        if operand.data is None:
            raise OperationError("argument must not be null")
    if left.data is UNKNOWN or right.data is UNKNOWN:
        return values.unknown(RESULTS[operator], not_null=True)
    if operator == "&&":
        return values.boolean(left.data and right.data)
    if operator == "||":
        return values.boolean(left.data or right.data)
    if operator in _COMPARISONS:
        return values.boolean(_COMPARISONS[operator](left.data, right.data))
    try:
        return values.number(_ARITHMETIC[operator](left.data, right.data))
    except ZeroDivisionError:
        raise OperationError(_UNDEFINED[operator]) from None
    except NumberTooLarge:
        return values.unknown(NUMBER, not_null=True)


def apply_unary(operator: str, operand: Value) -> Value:
    """Compute `-x` or `!x`; the operand is of the operator's type.

    Raises:
        OperationError: The operand is null.
    """
    if operand.data is None:
        raise OperationError("argument must not be null")
    if operand.data is UNKNOWN:
        return values.unknown(operand.type, not_null=True)
    return values.number(numeric.negate(operand.data)) if operator == "-" else values.boolean(not operand.data)


def equal(left: Value, right: Value) -> Value:
    """Return whether two values are equal: true, false, or unknown."""
    if left.data is None and (right.not_null or (right.data is not UNKNOWN and right.data is not None)):
        return FALSE
    if right.data is None and (left.not_null or (left.data is not UNKNOWN and left.data is not None)):
        return FALSE
    if left.data is UNKNOWN or right.data is UNKNOWN:
        return _equal_unknown(left, right)
    if left.data is None or right.data is None:
        return TRUE
    if left.type != right.type:
        if (left.wholly_known and right.wholly_known) or not _may_agree(left.type, right.type):
            return FALSE
        return values.unknown(BOOL, not_null=True)
    if isinstance(left.data, tuple):
        if len(left.data) != len(right.data):
            return FALSE
        if left.type.kind == "set":
            return _equal_sets(left, right)
        return _all_equal(zip(left.data, right.data, strict=True))
    if isinstance(left.data, dict):
        if left.data.keys() != right.data.keys():
            return FALSE
        return _all_equal((part, right.data[name]) for name, part in left.data.items())
    if left.type is NUMBER:
        return values.boolean(numeric.same_number(left.data, right.data))
    return values.boolean(left.data == right.data)


def _may_agree(left: Type, right: Type) -> bool:
    """Whether two types can be the same once their open parts are known."""
    if "dynamic" in (left.kind, right.kind):
        return True
    if left.kind != right.kind:
        return False
    if left.is_collection:
        return _may_agree(left.element, right.element)
    if left.kind == "tuple":
        return len(left.elements) == len(right.elements) and all(map(_may_agree, left.elements, right.elements))
    if left.kind == "object":
        return left.attributes.keys() == right.attributes.keys() and all(
            _may_agree(attribute, right.attributes[name]) for name, attribute in left.attributes.items()
        )
    return True


def _equal_unknown(left: Value, right: Value) -> Value:
    for one, other in ((left, right), (right, left)):
        known = other.data is not UNKNOWN and other.data is not None
        if one.data is not UNKNOWN or not known:
            continue
        # Only open parts of the unknown value's type may still turn out to be the same.
        if not (_may_agree(one.type, other.type) if one.type.is_dynamic_inside else one.type == other.type):
            return FALSE
    return values.unknown(BOOL, not_null=True)


def _all_equal(pairs: Any) -> Value:
    """Compare in order; as in Terraform, the first pair that is not certainly equal decides."""
    for left, right in pairs:
        same = equal(left.unmarked(), right.unmarked())
        if same.data is not True:
            return same
    return TRUE


def _equal_sets(left: Value, right: Value) -> Value:
    if not (left.wholly_known and right.wholly_known):
        return values.unknown(BOOL, not_null=True)
    return values.boolean(set(map(values.identity, left.data)) == set(map(values.identity, right.data)))


def evaluate_unary(node: nodes.Unary, frame: Frame) -> Value:
    """Return the result of `-operand` or `!operand`."""
    report = frame.report
    before = len(report)
    operand = frame.operand(node.operand)
    want = NUMBER if node.operator == "-" else BOOL
    try:
        operand = convert(operand, want)
    except ConversionError as error:
        detail = f"Unsuitable value for unary operand: {error.message}."
        refuse(report, node.operand, INVALID_OPERAND, detail)
    if len(report) > before:
        return values.unknown(want)
    # As in Terraform, an unknown result forgets the marks of a unary or a logical operation.
    marks = operand.marks if operand.known else NO_MARKS
    try:
        return apply_unary(node.operator, operand).marked(marks)
    except OperationError as error:
        refuse(report, node, OPERATION_FAILED, f"Error during operation: {error}.")
        return values.unknown(want)


#: The value of one operand that decides a logical operation, whatever the other is.
_DECIDED_BY = {"||": True, "&&": False}


def evaluate_binary(node: nodes.Binary, frame: Frame) -> Value:
    """Return the result of `left operator right`."""
    report = frame.report
    if not frame.budget.spend(_OPERATION):
        return values.unknown(RESULTS[node.operator])
    before = len(report)
    want = OPERANDS.get(node.operator)
    lenient = node.operator in _DECIDED_BY and frame.scope.dialect == "tofu"
    inner = (frame.with_report([]), frame.with_report([])) if lenient else (frame, frame)
    left = inner[0].operand(node.left)
    if want is not None and left.type is not want:
        left = _operand(left, want, "left", node.left, report)
    right = inner[1].operand(node.right)
    if want is not None and right.type is not want:
        right = _operand(right, want, "right", node.right, report)
    if lenient and (inner[0].report or inner[1].report):
        for own, operand in zip(inner, (left, right), strict=True):
            if not own.report and operand.data is _DECIDED_BY[node.operator] and len(report) == before:
                return operand  # whatever errors the other has
        if not left.known and not inner[0].report and len(report) == before:
            return values.unknown(BOOL).marked(left.marks)  # the right one may never be evaluated
        report.extend((*inner[0].report, *inner[1].report))
    marks = left.marks | right.marks
    if want is None and (left.has_marks or right.has_marks):
        left, left_marks = values.unmark_deep(left)
        right, right_marks = values.unmark_deep(right)
        marks = left_marks | right_marks
    if len(report) > before or (want is None and not frame.budget.spend(left.size + right.size)):
        return values.unknown(RESULTS[node.operator]).marked(marks)
    if want is BOOL and not (left.known and right.known):
        marks = NO_MARKS
    try:
        return apply_binary(node.operator, left, right).marked(marks)
    except OperationError as error:
        refuse(report, node, OPERATION_FAILED, f"Error during operation: {error}.")
        return values.unknown(RESULTS[node.operator])


def _operand(value: Value, want: Type, side: str, node: nodes.ValueNode, report: list[Finding]) -> Value:
    try:
        return convert(value, want)
    except ConversionError as error:
        detail = f"Unsuitable value for {side} operand: {error.message}."
        refuse(report, node, INVALID_OPERAND, detail)
        return values.unknown(want)
