"""The value of an expression, as `terraform validate` computes it: with unknowns where only a plan would know more.

`evaluate` never raises on any tree. What Terraform would refuse goes to the report, with Terraform's own words.
"""

from __future__ import annotations

from pathlib import Path

from iacrl.validators.terraform.cty import values
from iacrl.validators.terraform.cty.conversion import ConversionError, convert
from iacrl.validators.terraform.cty.types import BOOL, NUMBER, STRING, Type
from iacrl.validators.terraform.cty.values import ANY, NO_MARKS, UNKNOWN, Value
from iacrl.validators.terraform.expressions.access import apply_step, get_index, literal
from iacrl.validators.terraform.expressions.calls import evaluate_call
from iacrl.validators.terraform.expressions.conditionals import evaluate_conditional
from iacrl.validators.terraform.expressions.frame import EVALUATORS, Budget, Frame, Scope
from iacrl.validators.terraform.expressions.iteration import evaluate_for, evaluate_splat
from iacrl.validators.terraform.expressions.operators import (
    OPERANDS,
    RESULTS,
    OperationError,
    apply_binary,
    apply_unary,
)
from iacrl.validators.terraform.expressions.rendering import (
    evaluate_template,
    evaluate_template_for,
    evaluate_template_if,
)
from iacrl.validators.terraform.findings import Finding, finding_at
from iacrl.validators.terraform.syntax import nodes

__all__ = ["Budget", "NoNames", "Scope", "evaluate", "evaluate_constant"]


class NoNames:
    """The scope of a constant expression: no name means anything, and each one is reported."""

    def __init__(self, report: list[Finding]) -> None:
        self.report = report
        self.directory: Path | None = None

    def resolve(self, reference: nodes.Traversal) -> tuple[Value, int]:
        """Report the reference."""
        detail = "Variables may not be used here."
        self.report.append(finding_at(reference, "TF430", "Variables not allowed", detail))
        return ANY, len(reference.steps)

    def has_function(self, name: str) -> bool:
        """No provider is known."""
        return False


def evaluate(expression: nodes.Expression, scope: Scope, report: list[Finding], budget: Budget | None = None) -> Value:
    """Return the value of an expression.

    Args:
        expression: What to evaluate.
        scope: What the names in it mean.
        report: Gets every error; the part that an error spoils is unknown.
        budget: How much may be computed; shared by the expressions of one verdict. By default a fresh one.
    """
    if type(expression) is nodes.Literal:
        return literal(expression.value)
    return Frame(scope, report, None, None, budget or Budget()).evaluate(expression)


def evaluate_constant(expression: nodes.Expression, report: list[Finding]) -> Value:
    """Return the value of an expression in which no name may stand."""
    return evaluate(expression, NoNames(report), report)


def _literal(node: nodes.Literal, frame: Frame) -> Value:
    return literal(node.value)


def _parens(node: nodes.Parens, frame: Frame) -> Value:
    return frame.evaluate(node.inner)


# ---- references --------------------------------------------------------------------------------------------------


def _traversal(node: nodes.Traversal, frame: Frame) -> Value:
    if frame.names is not None and node.root in frame.names:
        return _follow(frame.names[node.root], node.steps, frame.report)
    value, used = frame.scope.resolve(node)
    return _follow(value, node.steps[used:], frame.report) if used < len(node.steps) else value


def _follow(value: Value, steps: tuple[nodes.Step, ...], report: list[Finding]) -> Value:
    for step in steps:
        found = apply_step(value, step, report)
        if found is None:
            return ANY
        value = found
    return value


def _relative(node: nodes.RelativeTraversal, frame: Frame) -> Value:
    return _follow(frame.evaluate(node.source), node.steps, frame.report)


def _index(node: nodes.Index, frame: Frame) -> Value:
    collection = frame.evaluate(node.collection)
    key = frame.evaluate(node.key)
    found = get_index(collection, key, node.collection.end, node.end, frame.report)
    return ANY if found is None else found


def _item(node: nodes.SplatItem, frame: Frame) -> Value:
    return ANY if frame.item is None else frame.item


# ---- structures --------------------------------------------------------------------------------------------------


def _tuple(node: nodes.Tuple, frame: Frame) -> Value:
    return values.tuple_value([EVALUATORS[type(item)](item, frame) for item in node.items])


def _object(node: nodes.Object, frame: Frame) -> Value:
    report = frame.report
    attributes: dict[str, Value] = {}
    marks = NO_MARKS
    complete = True
    for item in node.items:
        before = len(report)
        key = _object_key(item.key, frame)
        failed = len(report) > before
        value = frame.evaluate(item.value)
        if failed:
            complete = False
            continue
        if key.null:
            report.append(finding_at(item.value, "TF419", "Null value as key", "Can't use a null value as a key."))
            complete = False
            continue
        marks |= key.marks
        try:
            key = convert(key, STRING)
        except ConversionError as error:
            detail = f"Can't use this value as a key: {error.message}."
            report.append(finding_at(item.key, "TF419", "Incorrect key type", detail))
            complete = False
            continue
        if key.data is UNKNOWN:
            complete = False
        else:
            attributes[key.data] = value
    return values.object_value(attributes).marked(marks) if complete else ANY


def _object_key(key: nodes.Expression, frame: Frame) -> Value:
    if isinstance(key, nodes.Traversal) and key.steps:
        detail = (
            "If this expression is intended to be a reference, wrap it in parentheses. If it's instead intended as a "
            "literal name containing periods, wrap it in quotes to create a string literal."
        )
        frame.report.append(finding_at(key, "TF419", "Ambiguous attribute key", detail))
        return ANY
    return frame.evaluate(key)


# ---- operators ---------------------------------------------------------------------------------------------------


def _unary(node: nodes.Unary, frame: Frame) -> Value:
    report = frame.report
    before = len(report)
    operand = frame.evaluate(node.operand)
    want = NUMBER if node.operator == "-" else BOOL
    try:
        operand = convert(operand, want)
    except ConversionError as error:
        detail = f"Unsuitable value for unary operand: {error.message}."
        report.append(finding_at(node.operand, "TF410", "Invalid operand", detail))
    if len(report) > before:
        return values.unknown(want)
    # As in Terraform, an unknown result forgets the marks of a unary or a logical operation.
    marks = operand.marks if operand.known else NO_MARKS
    try:
        return apply_unary(node.operator, operand).marked(marks)
    except OperationError as error:
        report.append(finding_at(node, "TF411", "Operation failed", f"Error during operation: {error}."))
        return values.unknown(want)


def _binary(node: nodes.Binary, frame: Frame) -> Value:
    report = frame.report
    before = len(report)
    want = OPERANDS.get(node.operator)
    left = frame.evaluate(node.left)
    if want is not None and left.type is not want:
        left = _operand(left, want, "left", node.left, report)
    right = frame.evaluate(node.right)
    if want is not None and right.type is not want:
        right = _operand(right, want, "right", node.right, report)
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
        report.append(finding_at(node, "TF411", "Operation failed", f"Error during operation: {error}."))
        return values.unknown(RESULTS[node.operator])


def _operand(value: Value, want: Type, side: str, node: nodes.Expression, report: list[Finding]) -> Value:
    try:
        return convert(value, want)
    except ConversionError as error:
        detail = f"Unsuitable value for {side} operand: {error.message}."
        report.append(finding_at(node, "TF410", "Invalid operand", detail))
        return values.unknown(want)


EVALUATORS.update(
    {
        nodes.Literal: _literal,
        nodes.Parens: _parens,
        nodes.Traversal: _traversal,
        nodes.RelativeTraversal: _relative,
        nodes.Index: _index,
        nodes.SplatItem: _item,
        nodes.Splat: evaluate_splat,
        nodes.Tuple: _tuple,
        nodes.Object: _object,
        nodes.Template: evaluate_template,
        nodes.TemplateIf: evaluate_template_if,
        nodes.TemplateFor: evaluate_template_for,
        nodes.Unary: _unary,
        nodes.Binary: _binary,
        nodes.Conditional: evaluate_conditional,
        nodes.For: evaluate_for,
        nodes.FunctionCall: evaluate_call,
    }
)
