"""Splats and `for`: what is evaluated once for each element of a collection."""

from __future__ import annotations

from collections.abc import Iterator

from iacrl.validators.terraform.cty import types, values
from iacrl.validators.terraform.cty.conversion import ConversionError, convert
from iacrl.validators.terraform.cty.types import BOOL, STRING, Type
from iacrl.validators.terraform.cty.values import ANY, UNKNOWN, Value
from iacrl.validators.terraform.expressions.frame import Frame
from iacrl.validators.terraform.findings import finding_at
from iacrl.validators.terraform.syntax import nodes

#: What one iteration takes from the budget besides what is computed in it.
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
        report.append(finding_at(node.source, "TF421", "Splat of null value", detail))
        return ANY
    if source.type.kind == "dynamic":
        return ANY.marked(source.marks)
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


def evaluate_for(node: nodes.For, frame: Frame) -> Value:
    """Return the tuple or object of a `for`."""
    return iterate(
        node,
        node.collection,
        node.key,
        node.value,
        node.result_key,
        node.result,
        node.condition,
        node.groups,
        frame,
    )


def iterate(
    node: nodes.Expression,
    collection_node: nodes.Expression,
    key_name: str | None,
    value_name: str,
    result_key: nodes.Expression | None,
    result: nodes.Expression,
    condition: nodes.Expression | None,
    groups: bool,
    frame: Frame,
) -> Value:
    """Evaluate a `for` expression, or the `for` of a template, which gives a tuple."""
    report = frame.report
    collection = frame.evaluate(collection_node)
    if collection.null:
        detail = "A null value cannot be used as the collection in a 'for' expression."
        report.append(finding_at(collection_node, "TF417", "Iteration over null value", detail))
        return ANY
    if collection.type.kind == "dynamic":
        return ANY.marked(collection.marks)
    if collection.type.is_primitive:
        detail = f"A value of type {collection.type.friendly()} cannot be used as the collection in a 'for' expression."
        report.append(finding_at(collection_node, "TF417", "Iteration over non-iterable value", detail))
        return ANY
    if condition is not None and not _condition_may_work(condition, frame.with_names(key_name, ANY, value_name, ANY)):
        return ANY
    marks, collection = collection.marks, collection.unmarked()
    if not collection.known:
        return ANY.marked(marks)
    elements: list[Value] = []
    attributes: dict[str, list[Value]] = {}
    complete = True
    for key, value in _pairs(collection):
        if not frame.budget.spend(_STEP):
            return ANY
        inner = frame.with_names(key_name, key, value_name, value)
        if condition is not None:
            include = _include(condition, inner, complete)
            marks |= include.marks
            if include.data is UNKNOWN:
                complete = False
                continue
            if not include.data:
                continue
        if result_key is None:
            elements.append(inner.evaluate(result))
            continue
        name = _result_key(result_key, inner, complete)
        marks |= name.marks
        if name.data is UNKNOWN:
            complete = False
            continue
        made = inner.evaluate(result)
        if name.data in attributes and not groups:
            detail = (
                f"Two different items produced the key \"{name.data}\" in this 'for' expression. If duplicates are "
                "expected, use the ellipsis (...) after the value expression to enable grouping by key."
            )
            report.append(finding_at(result_key, "TF420", "Duplicate object key", detail))
        else:
            attributes.setdefault(name.data, []).append(made)
    if not complete:
        return ANY.marked(marks)
    if result_key is None:
        return values.tuple_value(elements).marked(marks)
    if groups:
        return values.object_value({name: values.tuple_value(made) for name, made in attributes.items()}).marked(marks)
    return values.object_value({name: made[0] for name, made in attributes.items()}).marked(marks)


def _pairs(collection: Value) -> Iterator[tuple[Value, Value]]:
    if isinstance(collection.data, dict):
        for name, value in collection.data.items():
            yield values.string(name), value
    elif collection.type.kind == "set":
        for value in collection.data:
            yield value, value
    else:
        for index, value in enumerate(collection.data):
            yield values.number(index), value


def _condition_may_work(condition: nodes.Expression, frame: Frame) -> bool:
    """Check the filter once with unknown names, so that what is always wrong is reported once."""
    before = len(frame.report)
    value = frame.evaluate(condition)
    if value.null:
        detail = "The value of the 'if' clause must not be null."
        frame.report.append(finding_at(condition, "TF418", "Condition is null", detail))
        return False
    try:
        convert(value, BOOL)
    except ConversionError as error:
        detail = f"The 'if' clause value is invalid: {error.message}."
        frame.report.append(finding_at(condition, "TF418", "Invalid 'for' condition", detail))
        return False
    return len(frame.report) == before


def _include(condition: nodes.Expression, frame: Frame, tell: bool) -> Value:
    value = frame.evaluate(condition)
    problem = ""
    if value.null:
        problem = "The value of the 'if' clause must not be null."
    else:
        try:
            return convert(value, BOOL)
        except ConversionError as error:
            problem = f"The 'if' clause value is invalid: {error.message}."
    if tell:
        frame.report.append(finding_at(condition, "TF418", "Invalid 'for' condition", problem))
    return ANY


def _result_key(key: nodes.Expression, frame: Frame, tell: bool) -> Value:
    value = frame.evaluate(key)
    if value.null:
        problem = "Key expression in 'for' expression must not produce a null value."
    else:
        try:
            return convert(value, STRING)
        except ConversionError as error:
            problem = f"The key expression produced an invalid result: {error.message}."
    if tell:
        frame.report.append(finding_at(key, "TF419", "Invalid object key", problem))
    return ANY
