"""The value of an expression, as `terraform validate` computes it: unknown if only a plan could know it.

`evaluate` never raises, whatever the tree. Errors that Terraform would report go to the report in its own words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.types import NUMBER, STRING
from iacrl.domains.terraform.cty.values import ANY, NO_MARKS, UNKNOWN, Value
from iacrl.domains.terraform.expressions.frame import EVALUATORS, Budget, Frame, Scope
from iacrl.domains.terraform.expressions.parts import apply_step, get_index, literal
from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.rules import reference_rule
from iacrl.domains.terraform.syntax import nodes

if TYPE_CHECKING:
    from pathlib import Path

INVALID_OBJECT_KEY = reference_rule(
    "TF419",
    "Invalid object key",
    "expressions/types#maps-objects",
    "The keys of an object are strings: a key cannot be null, a list or an object, and a reference used as key "
    "is in parentheses, `(var.name) = 1`.",
)
VARIABLES_NOT_ALLOWED = reference_rule(
    "TF430",
    "Variables not allowed",
    "expressions/references",
    "Only a constant is allowed here: no variable, local or resource can be referred to.",
)

__all__ = ["Budget", "NoNames", "Scope", "evaluate", "evaluate_constant"]


class NoNames:
    """The scope of a constant expression: no names are defined, and each one is reported."""

    def __init__(self, report: list[Finding]) -> None:
        self.report = report
        self.directory: Path | None = None
        self.dialect = "terraform"

    def resolve(self, reference: nodes.Traversal) -> tuple[Value, int]:
        """Report the reference."""
        detail = "Variables may not be used here."
        refuse(self.report, reference, VARIABLES_NOT_ALLOWED, detail)
        return ANY, len(reference.steps)

    def has_function(self, name: str) -> bool:
        """No provider is known."""
        return False


def evaluate(expression: nodes.ValueNode, scope: Scope, report: list[Finding], budget: Budget | None = None) -> Value:
    """Return the value of an expression.

    Args:
        report: Gets every error; a part with an error is unknown.
        budget: How much may be computed, shared by the expressions of one verdict. The default is a new one.
    """
    if type(expression) is nodes.Literal:
        return literal(expression.value)
    return Frame(scope, report, None, None, budget or Budget()).evaluate(expression)


def evaluate_constant(expression: nodes.ValueNode, report: list[Finding]) -> Value:
    """Return the value of an expression that must not refer to any name."""
    return evaluate(expression, NoNames(report), report)


def _literal(node: nodes.Literal, frame: Frame) -> Value:
    if type(node.value) in _PLAIN or frame.budget.spend(_FRACTION):
        return literal(node.value)
    return values.unknown(NUMBER, not_null=True)


#: Literals that become values directly; numbers with a fraction or exponent take from the budget.
_PLAIN = frozenset({str, int, bool, type(None)})
_FRACTION = 20
#: What a tuple or object takes from the budget in addition to its elements.
_STRUCTURE = 2


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
    if not frame.budget.spend(len(node.items) + _STRUCTURE):
        return ANY
    return values.tuple_value([EVALUATORS[type(item)](item, frame) for item in node.items])


def _object(node: nodes.Object, frame: Frame) -> Value:
    report = frame.report
    if not frame.budget.spend(2 * len(node.items) + _STRUCTURE):
        return ANY
    attributes: dict[str, Value] = {}
    marks = NO_MARKS
    complete = True
    for item in node.items:
        if type(item.key) is nodes.Literal and type(item.key.value) is str:
            attributes[item.key.value] = frame.evaluate(item.value)
            continue
        before = len(report)
        key = _object_key(item.key, frame)
        failed = len(report) > before
        value = frame.evaluate(item.value)
        if failed:
            complete = False
            continue
        if key.null:
            refuse(report, item.value, INVALID_OBJECT_KEY, "Can't use a null value as a key.", "Null value as key")
            complete = False
            continue
        marks |= key.marks
        try:
            key = convert(key, STRING)
        except ConversionError as error:
            detail = f"Can't use this value as a key: {error.message}."
            refuse(report, item.key, INVALID_OBJECT_KEY, detail, "Incorrect key type")
            complete = False
            continue
        if key.data is UNKNOWN:
            complete = False
        else:
            attributes[key.data] = value
    return values.object_value(attributes).marked(marks) if complete else ANY


def _object_key(key: nodes.ValueNode, frame: Frame) -> Value:
    if isinstance(key, nodes.Traversal) and key.steps:
        detail = (
            "If this expression is intended to be a reference, wrap it in parentheses. If it's instead intended as a "
            "literal name containing periods, wrap it in quotes to create a string literal."
        )
        refuse(frame.report, key, INVALID_OBJECT_KEY, detail, "Ambiguous attribute key")
        return ANY
    return frame.evaluate(key)


EVALUATORS.update(
    {
        nodes.Literal: _literal,
        nodes.Parens: _parens,
        nodes.Traversal: _traversal,
        nodes.RelativeTraversal: _relative,
        nodes.Index: _index,
        nodes.SplatItem: _item,
        nodes.Tuple: _tuple,
        nodes.Object: _object,
    }
)
