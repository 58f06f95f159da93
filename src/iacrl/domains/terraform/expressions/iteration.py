"""Splats and `for`: what is evaluated once for each element of a collection."""

from __future__ import annotations

from typing import NamedTuple

from iacrl.domains.rules import Rule
from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.types import BOOL, STRING, Type
from iacrl.domains.terraform.cty.values import ANY, UNKNOWN, Value
from iacrl.domains.terraform.expressions.evaluator import INVALID_OBJECT_KEY
from iacrl.domains.terraform.expressions.frame import Frame
from iacrl.domains.terraform.findings import refuse
from iacrl.domains.terraform.rules import reference_rule
from iacrl.domains.terraform.syntax import nodes

NOT_ITERABLE = reference_rule(
    "TF417",
    "Iteration over non-iterable value",
    "expressions/for",
    "`for` needs a list, a set, a map, a tuple or an object, and not null.",
)
INVALID_FOR_CONDITION = reference_rule(
    "TF418",
    "Invalid 'for' condition",
    "expressions/for#filtering-elements",
    "The `if` of a `for` expression must give true or false for every element.",
)
DUPLICATE_OBJECT_KEY = reference_rule(
    "TF420",
    "Duplicate object key",
    "expressions/for#grouping-results",
    "Two elements of a `for` gave the same key. Make the keys unique, or put `...` after the value to collect "
    "the values of each key in a list.",
)
SPLAT_OF_NULL_VALUE = reference_rule(
    "TF421",
    "Splat of null value",
    "expressions/splat",
    "`[*]` cannot run over a list that is null. Use `coalesce(x, [])` before it.",
)

#: What one iteration takes from the budget in addition to what is computed in it.
_STEP = 5


def evaluate_splat(node: nodes.Splat, frame: Frame) -> Value:
    """Return the list or tuple of a splat."""
    report = frame.report
    before = len(report)
    if not frame.budget.spend(_STEP):
        return ANY
    source = frame.evaluate(node.source)
    if len(report) > before:
        return ANY
    sequence = source.type.is_sequence
    if source.null:
        if not sequence:
            return values.tuple_value(())
        detail = "Splat expressions (with the * symbol) cannot be applied to null sequences."
        refuse(report, node.source, SPLAT_OF_NULL_VALUE, detail)
        return ANY
    if source.type.kind == "dynamic":
        if frame.symbolic:
            return _of_each(node.each, frame.with_item(source.part("[*]")))
        element = source.part("[*]")
        if element is ANY:
            return ANY.marked(source.marks)
        result = frame.with_item(element).evaluate(node.each)
        return values.unknown(types.list_of(result.type), not_null=True).marked(source.marks | result.marks)
    if not sequence:
        result = frame.with_item(source).evaluate(node.each)
        if not source.known and not source.not_null:
            return ANY
        return values.unknown(types.tuple_of([result.type])) if len(report) > before else values.tuple_value([result])
    marks, source = source.marks, source.unmarked()
    if not source.known:
        return values.unknown(_splat_type(node, source.type, frame), not_null=True).marked(marks)
    results = []
    for element in source.data:
        if not frame.budget.spend(_STEP):
            return values.unknown(_splat_type(node, source.type, frame.with_report([])))
        results.append(frame.with_item(element).evaluate(node.each))
    if len(report) > before:
        return values.unknown(_splat_type(node, source.type, frame.with_report([])))
    if source.type.kind == "tuple":
        return values.tuple_value(results).marked(marks)
    if not results:
        return values.list_value(_splat_type(node, source.type, frame).element, ()).marked(marks)
    return _consistent_list(results).marked(marks)


def _of_each(result: nodes.ValueNode, frame: Frame) -> Value:
    """Return the value that represents all elements of an unknown collection, if its origin is that collection."""
    made = frame.evaluate(result)
    return ANY if made.spelling is None else made


def _consistent_list(elements: list[Value]) -> Value:
    first = elements[0].type
    if all(element.type == first for element in elements):
        return values.list_value(first, elements)
    return ANY


def _splat_type(node: nodes.Splat, source: Type, frame: Frame) -> Type:
    """The type of the result, found by evaluating `each` for an unknown element."""
    if source.kind == "tuple":
        return types.tuple_of(
            frame.with_item(values.unknown(element)).evaluate(node.each).type for element in source.elements
        )
    return types.list_of(frame.with_item(values.unknown(source.element)).evaluate(node.each).type)


class _Made:
    """The results of a `for` so far, and whether they are complete."""

    __slots__ = ("attributes", "complete", "elements", "marks")

    def __init__(self, marks: frozenset[str]) -> None:
        self.marks = marks
        self.complete = True
        self.elements: list[Value] = []
        self.attributes: dict[str, list[Value]] = {}

    def value(self, node: nodes.For) -> Value:
        if not self.complete:
            return ANY
        if node.result_key is None:
            return values.tuple_value(self.elements)
        if node.groups:
            return values.object_value({name: values.tuple_value(made) for name, made in self.attributes.items()})
        return values.object_value({name: made[0] for name, made in self.attributes.items()})


def evaluate_for(node: nodes.For, frame: Frame) -> Value:
    """Return the tuple or object of a `for`."""
    collection = frame.evaluate(node.collection)
    if collection.null:
        detail = "A null value cannot be used as the collection in a 'for' expression."
        refuse(frame.report, node.collection, NOT_ITERABLE, detail, "Iteration over null value")
        return ANY
    if collection.type.kind == "dynamic":
        if frame.symbolic and node.condition is None:
            element = collection.part("[*]")
            return _of_each(node.result, frame.with_names(node.key, ANY, node.value, element))
        element = collection.part("[*]")
        if element is not ANY:
            frame.with_names(node.key, ANY, node.value, element).evaluate(node.result)
        return ANY.marked(collection.marks)
    if collection.type.is_primitive:
        detail = f"A value of type {collection.type.friendly()} cannot be used as the collection in a 'for' expression."
        refuse(frame.report, node.collection, NOT_ITERABLE, detail)
        return ANY
    if node.condition is not None:
        anything = frame.with_names(node.key, ANY, node.value, ANY)
        if not _condition_may_work(node.condition, anything):
            return ANY
    if not collection.known:
        return ANY.marked(collection.marks)
    made = _Made(collection.marks)
    for key, value in values.pairs(collection.unmarked()):
        if not frame.budget.spend(_STEP):
            return ANY
        _add(node, frame.with_names(node.key, key, node.value, value), made)
    return made.value(node).marked(made.marks)


def _add(node: nodes.For, frame: Frame, made: _Made) -> None:
    """Add the result of one element, if it passes the filter."""
    if node.condition is not None:
        include = _converted(frame.operand(node.condition), _CONDITION, node.condition, frame, made.complete)
        made.marks |= include.marks
        if include.data is UNKNOWN:
            made.complete = False
            return
        if not include.data:
            return
    if node.result_key is None:
        made.elements.append(frame.evaluate(node.result))
        return
    name = _converted(frame.operand(node.result_key), _KEY, node.result_key, frame, made.complete)
    made.marks |= name.marks
    if name.data is UNKNOWN:
        made.complete = False
        return
    value = frame.evaluate(node.result)
    if name.data in made.attributes and not node.groups:
        detail = (
            f"Two different items produced the key \"{name.data}\" in this 'for' expression. If duplicates are "
            "expected, use the ellipsis (...) after the value expression to enable grouping by key."
        )
        refuse(frame.report, node.result_key, DUPLICATE_OBJECT_KEY, detail)
    else:
        made.attributes.setdefault(name.data, []).append(value)


class _Need(NamedTuple):
    """The required type of the filter or key of a `for`, and Terraform's words for a wrong one."""

    type: Type
    rule: Rule
    null: str
    invalid: str
    summary: str | None = None  # if it is not the rule's title


_CONDITION = _Need(
    BOOL,
    INVALID_FOR_CONDITION,
    "The value of the 'if' clause must not be null.",
    "The 'if' clause value is invalid",
)
_KEY = _Need(
    STRING,
    INVALID_OBJECT_KEY,
    "Key expression in 'for' expression must not produce a null value.",
    "The key expression produced an invalid result",
)


def _condition_may_work(condition: nodes.ValueNode, frame: Frame) -> bool:
    """Check the filter once with unknown names, so errors that always occur are reported once."""
    before = len(frame.report)
    value = frame.evaluate(condition)
    need = _CONDITION._replace(summary="Condition is null") if value.null else _CONDITION
    _converted(value, need, condition, frame, True)
    return len(frame.report) == before


def _converted(value: Value, need: _Need, node: nodes.ValueNode, frame: Frame, tell: bool) -> Value:
    """Convert a value to the needed type; if that fails, return an unknown one, and report it if `tell`."""
    if value.null:
        problem = need.null
    else:
        try:
            return convert(value, need.type)
        except ConversionError as error:
            problem = f"{need.invalid}: {error.message}."
    if tell:
        refuse(frame.report, node, need.rule, problem, need.summary)
    return ANY
