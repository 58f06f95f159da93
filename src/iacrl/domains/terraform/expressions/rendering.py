"""Strings with interpolations and directives."""

from __future__ import annotations

from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.types import STRING
from iacrl.domains.terraform.cty.values import NO_MARKS, UNKNOWN, Value
from iacrl.domains.terraform.expressions.conditionals import choose
from iacrl.domains.terraform.expressions.frame import Frame
from iacrl.domains.terraform.expressions.iteration import evaluate_for
from iacrl.domains.terraform.findings import refuse
from iacrl.domains.terraform.rules import reference_rule
from iacrl.domains.terraform.syntax import nodes

INVALID_INTERPOLATION = reference_rule(
    "TF414",
    "Invalid template interpolation value",
    "expressions/strings#interpolation",
    "Only strings, numbers and bools can be in a string. Write a list or an object with `jsonencode` or `join`; "
    "replace null with `coalesce`.",
)


def evaluate_template(node: nodes.Template, frame: Frame) -> Value:
    """Return the string of a template, or the value of a template that only wraps one."""
    if node.wraps:
        return frame.evaluate(node.parts[0])
    report = frame.report
    if not frame.budget.spend(len(node.parts)):
        return values.unknown(STRING, not_null=True)
    written: list[str] = []
    marks = NO_MARKS
    known, spelled = True, False
    for part in node.parts:
        if type(part) is nodes.Literal and type(part.value) is str:
            written.append(part.value)
            continue
        value = frame.evaluate(part)
        marks |= value.marks
        if value.data is UNKNOWN:
            if value.spelling is None:
                known = False
            else:
                spelled = True
                written.append(value.spelling)
        elif value.data is None:
            detail = "The expression result is null. Cannot include a null value in a string template."
            refuse(report, part, INVALID_INTERPOLATION, detail)
        else:
            try:
                data = convert(value, STRING).data
            except ConversionError as error:
                detail = f"Cannot include the given value in a string template: {error.message}."
                refuse(report, part, INVALID_INTERPOLATION, detail)
                continue
            if data is UNKNOWN:
                known = False
            else:
                written.append(data)
    if spelled and known:
        return frame.spelled("".join(written)).marked(marks)
    return _text(written, known, frame).marked(marks)


def _text(written: list[str], known: bool, frame: Frame) -> Value:
    length = sum(map(len, written))
    if not known or length > values.MAX_TEXT or not frame.budget.spend(length // 500):
        return values.unknown(STRING, not_null=True)
    return values.string("".join(written))


def evaluate_template_if(node: nodes.TemplateIf, frame: Frame) -> Value:
    """Return the text of the branch that is taken."""
    return choose(node, node.condition, node.then, node.otherwise, frame)


def evaluate_template_for(node: nodes.TemplateFor, frame: Frame) -> Value:
    """Return the body's text for every element, joined."""
    each = nodes.For(node.start, node.end, node.key, node.value, node.collection, None, node.body, None, False)
    made = evaluate_for(each, frame)
    if not isinstance(made.data, tuple):
        return values.unknown(STRING)
    written: list[str] = []
    marks = made.marks
    for value in made.data:
        if value.data is None:
            detail = "An iteration result is null. Cannot include a null value in a string template."
            refuse(frame.report, node, INVALID_INTERPOLATION, detail)
            continue
        try:
            text = convert(value, STRING)
        except ConversionError as error:
            detail = f"Cannot include one of the interpolation results into the string template: {error.message}."
            refuse(frame.report, node, INVALID_INTERPOLATION, detail)
            continue
        if text.data is UNKNOWN:
            return values.unknown(STRING).marked(made.marks)
        marks |= value.marks
        written.append(text.data)
    return _text(written, True, frame).marked(marks)
