"""The values that a module call gives to the module's variables."""

from __future__ import annotations

from collections.abc import Callable

from iacrl.domains.terraform.checking.body_checker import BodyChecker
from iacrl.domains.terraform.checking.check_rules import INVALID_CONDITION_RESULT, check_validation
from iacrl.domains.terraform.checking.find import find_references
from iacrl.domains.terraform.checking.module_names import ModuleNames
from iacrl.domains.terraform.checking.reference_rules import EPHEMERAL_VALUE, MODULE_ARGUMENT
from iacrl.domains.terraform.checking.site import Site
from iacrl.domains.terraform.cty.conversion import ConversionError
from iacrl.domains.terraform.cty.values import Value, unmark_deep
from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.structure.module import CheckRule, Module, Variable
from iacrl.domains.terraform.syntax.nodes import Attribute, Node


def check_given(checker: BodyChecker, attribute: Attribute, variable: Variable, value: Value) -> None:
    """Report a value that the variable cannot have."""
    summary = "Invalid value for input variable"
    try:
        converted = variable.constraint.convert(value)
    except ConversionError as error:
        detail = f'The given value is not suitable for the variable "{variable.name}": {error.message}.'
        refuse(checker.report, attribute.value, MODULE_ARGUMENT, detail, summary)
        return
    if converted.null and variable.nullable is False and "default" not in variable.block.body.attributes:
        detail = f'The variable "{variable.name}" is required and may not be set to null.'
        refuse(checker.report, attribute.value, MODULE_ARGUMENT, detail, "Required variable not set")
    elif not variable.ephemeral and "ephemeral" in unmark_deep(value)[1]:
        detail = f'The variable "{variable.name}" does not accept ephemeral values.'
        refuse(checker.report, attribute.value, EPHEMERAL_VALUE, detail)


def check_validations(
    checker: BodyChecker,
    child: Module,
    variable: Variable,
    value: Value,
    blamed: Node,
    compute_locals: Callable[[Module, ModuleNames], None],
) -> None:
    """Check a called module's `validation` blocks with the value that is given, or with the default.

    The value of a variable is known only here; everywhere else Terraform treats it as unknown while it validates.
    `compute_locals` adds the local values to a module's names.
    """
    if value.null and variable.nullable is False and variable.default is not None:
        value = variable.default
    try:
        known = variable.constraint.convert(value)
    except ConversionError:
        return
    outer = checker.names
    names = ModuleNames(child, ".", outer.providers, {}, outer.directory, outer.budget)
    if any(map(_needs_locals, variable.validations)):
        compute_locals(child, names)
    names.set_variable(variable.name, known)
    failed: list[Finding] = []
    for rule in variable.validations:
        check_validation(BodyChecker(names, failed), rule, Site(("var", variable.name)))
    if failed:
        detail = f'The value does not satisfy a validation rule of the variable "{variable.name}".'
        if failed[0].rule is not INVALID_CONDITION_RESULT:
            detail = f'A validation rule of the variable "{variable.name}" cannot be computed: {failed[0].message}'
        refuse(checker.report, blamed, MODULE_ARGUMENT, detail, "Invalid value for variable")


def _needs_locals(rule: CheckRule) -> bool:
    return rule.condition is not None and any(one.root == "local" for one in find_references(rule.condition))
