"""The blocks for named values: `variable`, `locals` and `output`."""

from __future__ import annotations

from iacrl.domains.terraform.checking.find import find_references
from iacrl.domains.terraform.cty.conversion import ConversionError
from iacrl.domains.terraform.expressions.constraints import read_constraint
from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.rules import structure_rule
from iacrl.domains.terraform.structure.body import BodyShape, check_body, check_only_arguments
from iacrl.domains.terraform.structure.check_blocks import read_check_rule
from iacrl.domains.terraform.structure.module import CheckRule, File, Local, Output, Variable
from iacrl.domains.terraform.structure.names import check_name
from iacrl.domains.terraform.structure.resource import read_depends_on
from iacrl.domains.terraform.structure.static import (
    constant,
    constant_bool,
    constant_string,
    evaluate_without_calls,
)
from iacrl.domains.terraform.structure.structure_rules import INVALID_DEFAULT_VALUE, NOT_ALLOWED_HERE, RESERVED_NAME
from iacrl.domains.terraform.syntax.nodes import Block, GetAttr

INVALID_VALIDATION_CONDITION = structure_rule(
    "TF217",
    "Invalid variable validation condition",
    "expressions/custom-conditions#input-variable-validation",
    "The condition of a validation block must refer to the variable that it validates.",
)

_VARIABLE = BodyShape("description default type sensitive ephemeral nullable", blocks={"validation": ()})
_TOFU_VARIABLE = BodyShape(" ".join((*_VARIABLE.attributes, "deprecated", "const")), blocks=_VARIABLE.blocks)
_OUTPUT = BodyShape(
    "description depends_on sensitive ephemeral", "value", blocks={"precondition": (), "postcondition": ()}
)
_TOFU_OUTPUT = BodyShape("description depends_on sensitive ephemeral deprecated", "value", blocks=_OUTPUT.blocks)
#: A `module` block uses these names itself, so no variable may have them.
_RESERVED = frozenset(
    "source version providers count for_each depends_on _ lifecycle locals provider".split()  # noqa: SIM905
)


def read_variable(block: Block, file: File) -> Variable:
    """Read a `variable` block."""
    report = file.findings
    label = block.labels[0]
    variable = Variable(file, block, label.value)
    rules = check_body(block.body, _TOFU_VARIABLE if file.dialect == "tofu" else _VARIABLE, report, block)
    check_name(label, "variable", report)
    if label.value in _RESERVED:
        detail = f'The variable name "{label.value}" is reserved due to its special meaning inside module blocks.'
        refuse(report, label, RESERVED_NAME, detail, "Invalid variable name")
    arguments = block.body.attributes
    if "description" in arguments:
        constant_string(arguments["description"].value, report)
    if "type" in arguments:
        variable.constraint = read_constraint(arguments["type"].value, report, evaluate_without_calls)
    for name in ("sensitive", "ephemeral", "nullable"):
        if name in arguments:
            setattr(variable, name, constant_bool(arguments[name].value, report))
    if "default" in arguments:
        _read_default(variable, report)
    if file.dialect == "tofu":
        _check_tofu_arguments(block, "variable", report)
    for rule in rules:
        read = read_check_rule(rule, file)
        variable.validations.append(read)
        _check_validation(variable.name, read, report)
    return variable


def _check_tofu_arguments(block: Block, what: str, report: list[Finding]) -> None:
    arguments = block.body.attributes
    if "deprecated" in arguments:
        from iacrl.domains.terraform.structure.tofu import check_deprecated

        check_deprecated(arguments["deprecated"], what, report)
    if "const" in arguments and constant_bool(arguments["const"].value, report) and "default" not in arguments:
        detail = "A constant variable must be known at once, and nothing but its default gives it a value."
        refuse(report, arguments["const"].header, INVALID_DEFAULT_VALUE, detail)


def _read_default(variable: Variable, report: list[Finding]) -> None:
    expression = variable.block.body.attributes["default"].value
    value = constant(expression, report)
    if value is None:
        return
    why = ""
    try:
        variable.default = variable.constraint.convert(value)
    except ConversionError as error:
        why = f"This default value is not compatible with the variable's type constraint: {error.message}."
    if value.null and variable.nullable is False:
        why = "A null default value is not valid when nullable=false."
    if why:
        refuse(report, expression, INVALID_DEFAULT_VALUE, why)


def _check_validation(name: str, rule: CheckRule, report: list[Finding]) -> None:
    if rule.condition is None:
        return
    for reference in find_references(rule.condition):
        first = reference.steps[0] if reference.steps else None
        if reference.root == "var" and isinstance(first, GetAttr) and first.name == name:
            return
    detail = f'The condition for variable "{name}" must refer to var.{name} in order to test incoming values.'
    refuse(report, rule.condition, INVALID_VALIDATION_CONDITION, detail)


def read_locals(block: Block, file: File) -> list[Local]:
    """Read a `locals` block."""
    check_only_arguments(block.body, file.findings)
    return [Local(file, attribute) for attribute in block.body.attributes.values()]


def read_output(block: Block, file: File) -> Output:
    """Read an `output` block."""
    report = file.findings
    output = Output(file, block, block.labels[0].value)
    rules = check_body(block.body, _TOFU_OUTPUT if file.dialect == "tofu" else _OUTPUT, report, block)
    check_name(block.labels[0], "output", report)
    arguments = block.body.attributes
    if "description" in arguments:
        constant_string(arguments["description"].value, report)
    if "value" in arguments:
        output.value = arguments["value"].value
    if file.dialect == "tofu":
        _check_tofu_arguments(block, "output value", report)
    output.sensitive = "sensitive" in arguments and constant_bool(arguments["sensitive"].value, report) is True
    output.ephemeral = "ephemeral" in arguments and constant_bool(arguments["ephemeral"].value, report) is True
    if "depends_on" in arguments:
        output.depends_on = read_depends_on(arguments["depends_on"].value, report)
    for rule in rules:
        if rule.type == "postcondition":
            detail = "Output values can only have preconditions, not postconditions."
            refuse(report, rule.type_place, NOT_ALLOWED_HERE, detail, "Postconditions are not allowed")
        else:
            output.preconditions.append(read_check_rule(rule, file))
    return output
