"""`condition ? this : that`, and the `if` of a template."""

from __future__ import annotations

from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.types import BOOL, DYNAMIC, Type
from iacrl.domains.terraform.cty.unification import unify
from iacrl.domains.terraform.cty.values import ANY, Value
from iacrl.domains.terraform.expressions.frame import Frame
from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.rules import reference_rule
from iacrl.domains.terraform.syntax import nodes

INCORRECT_CONDITION_TYPE = reference_rule(
    "TF412",
    "Incorrect condition type",
    "expressions/conditionals",
    "The condition before `?`, or in a template's `if`, must be true or false, and not null. Compare the value "
    'with something: `var.name != ""`, `length(var.names) > 0`.',
)
INCONSISTENT_RESULT_TYPES = reference_rule(
    "TF413",
    "Inconsistent conditional result types",
    "expressions/conditionals#type-conversions",
    "Both results of a conditional must be of types that can become one: a list and a string cannot. Write both "
    "as the same type, or `null` for the side that has nothing.",
)


def evaluate_conditional(node: nodes.Conditional, frame: Frame) -> Value:
    """Return the value of a conditional."""
    return choose(node, node.condition, node.then, node.otherwise, frame)


def choose(
    node: nodes.ValueNode,
    condition: nodes.ValueNode,
    then: nodes.ValueNode,
    otherwise: nodes.ValueNode,
    frame: Frame,
) -> Value:
    """Evaluate a conditional. Errors of a branch count only if the branch is certainly taken."""
    report = frame.report
    errors: tuple[list[Finding], list[Finding]] = ([], [])
    yes = frame.with_report(errors[0]).evaluate(then)
    no = frame.with_report(errors[1]).evaluate(otherwise)
    result = _common_type(yes, no)
    if result is None:
        detail = f"The true and false result expressions must have consistent types. {_differing(yes.type, no.type)}."
        refuse(report, (then.start, otherwise.end), INCONSISTENT_RESULT_TYPES, detail)
        return ANY
    chosen = frame.operand(condition)
    if chosen.null:
        detail = "The condition value is null. Conditions must either be true or false."
        refuse(report, condition, INCORRECT_CONDITION_TYPE, detail, "Null condition")
        return values.unknown(result)
    marks = chosen.marks | yes.marks | no.marks
    if not chosen.known:
        if yes.null and no.null:
            return values.null(result).marked(marks)
        both_certain = _certainly_not_null(yes) and _certainly_not_null(no)
        return values.unknown(result, both_certain).marked(marks)
    try:
        chosen = convert(chosen, BOOL)
    except ConversionError:
        detail = "The condition expression must be of type bool."
        refuse(report, condition, INCORRECT_CONDITION_TYPE, detail)
        return values.unknown(result)
    if not chosen.known:
        return values.unknown(result).marked(marks)
    value, side, branch = (yes, "true", then) if chosen.data else (no, "false", otherwise)
    report.extend(errors[0] if chosen.data else errors[1])
    try:
        return convert(value, result).marked(marks)
    except ConversionError as error:
        detail = f"The {side} result value has the wrong type: {error.message}."
        refuse(report, branch, INCONSISTENT_RESULT_TYPES, detail)
        return values.unknown(result)


def _certainly_not_null(value: Value) -> bool:
    return not value.null if value.known else value.not_null


def _common_type(yes: Value, no: Value) -> Type | None:
    if yes.null and yes.type is DYNAMIC:
        return no.type
    if no.null and no.type is DYNAMIC:
        return yes.type
    if yes.type is DYNAMIC or no.type is DYNAMIC:
        return DYNAMIC
    return yes.type if yes.type is no.type else unify((yes.type, no.type))


def _differing(yes: Type, no: Type) -> str:
    """Say how the two results of a conditional differ in type, in Terraform's words."""
    if yes.kind == no.kind == "object":
        for name in sorted(yes.attributes):
            if name not in no.attributes:
                return f"The 'true' value includes object attribute \"{name}\", which is absent in the 'false' value"
            if yes.attributes[name] != no.attributes[name]:
                inner = _differing(yes.attributes[name], no.attributes[name])
                return f'Type mismatch for object attribute "{name}": {inner}'
        for name in sorted(no.attributes.keys() - yes.attributes.keys()):
            return f"The 'false' value includes object attribute \"{name}\", which is absent in the 'true' value"
    if yes.kind == no.kind == "tuple":
        if len(yes.elements) != len(no.elements):
            lengths = len(yes.elements), len(no.elements)
            return "The 'true' tuple has length {}, but the 'false' tuple has length {}".format(*lengths)
        for index, (one, other) in enumerate(zip(yes.elements, no.elements, strict=True)):
            if one != other:
                return f"Type mismatch for tuple element {index}: {_differing(one, other)}"
    if yes.kind == no.kind and yes.is_collection and yes.element.kind == no.element.kind in ("object", "tuple"):
        return f"Mismatched {yes.kind} element types: {_differing(yes.element, no.element)}"
    if yes.friendly() == no.friendly():
        return (
            "At least one deeply-nested attribute or element is not compatible across both the 'true' and the 'false' "
            "value"
        )
    return f"The 'true' value is {yes.friendly()}, but the 'false' value is {no.friendly()}"
