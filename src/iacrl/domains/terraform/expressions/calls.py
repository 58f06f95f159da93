"""Function calls: whether the function exists, takes these arguments, and accepts their values."""

from __future__ import annotations

from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.types import BOOL, STRING
from iacrl.domains.terraform.cty.values import ANY, FALSE, NO_MARKS, TRUE, Value
from iacrl.domains.terraform.expressions.frame import Frame
from iacrl.domains.terraform.expressions.functions.arguments import CallError
from iacrl.domains.terraform.expressions.functions.builtin import (
    Parameter,
    Signature,
    find_signature,
    find_tofu_signature,
    suggest,
)
from iacrl.domains.terraform.findings import Finding, finding_at, refuse
from iacrl.domains.terraform.rules import reference_rule
from iacrl.domains.terraform.syntax import nodes
from iacrl.effort import spending

UNKNOWN_FUNCTION = reference_rule(
    "TF422",
    "Call to unknown function",
    "functions",
    "Terraform has no function of this name. Functions cannot be defined in a configuration; those of a provider "
    "are called `provider::name::function`.",
)
NOT_ENOUGH_ARGUMENTS = reference_rule(
    "TF423",
    "Not enough function arguments",
    "functions",
    "The function needs more arguments; the message names the first that is missing.",
)
TOO_MANY_ARGUMENTS = reference_rule(
    "TF424",
    "Too many function arguments",
    "functions",
    "The function takes fewer arguments. To pass the elements of a list one by one, write `list...`.",
)
INVALID_ARGUMENT = reference_rule(
    "TF425",
    "Invalid function argument",
    "functions",
    "An argument is of the wrong type, or has a value that the function refuses: a pattern that is not a "
    "regular expression, a file that does not exist, null where a value is needed.",
)
FAILED_CALL = reference_rule(
    "TF426",
    "Error in function call",
    "functions",
    "The arguments are of the right types, but the function has no result for them: text that is not JSON, a "
    "subnet outside its network, an empty list without a first element.",
)
INVALID_EXPANDED_ARGUMENT = reference_rule(
    "TF427",
    "Invalid expanding argument value",
    "expressions/function-calls#expanding-function-arguments",
    "The value before `...` must be a list, a set or a tuple, and not null.",
)

#: What a call takes from the budget in addition to the size of its arguments and result.
_CALL = 5
_WITH_PATTERNS = frozenset({"regex", "regexall", "replace"})
#: Larger arguments are charged to the budget before they are converted.
_LARGE = 100


def evaluate_call(node: nodes.FunctionCall, frame: Frame) -> Value:
    """Return the result of a call."""
    name = node.name.removeprefix("core::")
    signature = find_signature(name)
    if signature is None and frame.scope.dialect == "tofu":
        signature = find_tofu_signature(name)
    if signature is None:
        return _call_unknown(node, frame, suggest(name))
    arguments = _Arguments(node.arguments)
    if node.expands and not arguments.expand(frame):
        return ANY
    finding = _wrong_count(node, signature, arguments.nodes)
    if finding is not None:
        frame.report.append(finding)
        return ANY
    if name in ("try", "can"):
        return _attempt(name, node, arguments, frame)
    passed = _passed(name, signature, arguments, frame)
    if passed is None:
        return ANY
    try:
        if name in ("templatefile", "templatestring"):
            from iacrl.domains.terraform.expressions.stored_templates import call_template

            result = call_template(name, passed, frame)
        elif name in _WITH_PATTERNS:
            with spending(frame.budget.patterns):
                result = frame.call(name, signature, passed)
        else:
            result = frame.call(name, signature, passed)
    except CallError as error:
        frame.report.append(_failure(error, node, signature, arguments.nodes))
        return ANY
    frame.budget.spend(result.size)
    return result


def _wrong_count(
    node: nodes.FunctionCall, signature: Signature, arguments: tuple[nodes.ValueNode, ...]
) -> Finding | None:
    given, parameters = len(arguments), signature.parameters
    if given < len(parameters):
        least = " at least" if signature.variadic else ""
        detail = (
            f'Function "{node.name}" expects{least} {len(parameters)} argument(s). '
            f'Missing value for "{parameters[given].name}".'
        )
        return Finding(NOT_ENOUGH_ARGUMENTS, detail, node.end - 1, node.end)
    if signature.variadic is None and given > len(parameters):
        detail = f'Function "{node.name}" expects only {len(parameters)} argument(s).'
        return finding_at(arguments[len(parameters)], TOO_MANY_ARGUMENTS, detail)
    return None


def _passed(name: str, signature: Signature, arguments: _Arguments, frame: Frame) -> list[Value] | None:
    """Return the arguments converted to the parameters' types; None if one is wrong or the budget is spent."""
    report = frame.report
    before = len(report)
    passed: list[Value] = []
    for position, argument in enumerate(arguments.nodes):
        parameter = signature.parameter(position)
        if name == "templatestring" and position == 0 and frame.scope.dialect != "tofu":
            passed.append(_template_argument(argument, frame))
            continue
        value = arguments.value(position, frame)
        if value.size > _LARGE and not frame.budget.spend(value.size):
            return None  # before the conversion, which also takes time
        try:
            value = convert(value, parameter.type)
        except ConversionError as error:
            report.append(_invalid_argument(argument, parameter, error.message))
        passed.append(value)
    if len(report) > before or not frame.budget.spend(_CALL + sum(value.size for value in passed)):
        return None
    return passed


def _failure(
    error: CallError, node: nodes.FunctionCall, signature: Signature, arguments: tuple[nodes.ValueNode, ...]
) -> Finding:
    if error.argument is None:
        detail = f'Call to function "{node.name}" failed: {error.message}.'
        return Finding(FAILED_CALL, detail, node.start, node.name_end + 1)
    place = arguments[error.argument] if error.argument < len(arguments) else node
    return _invalid_argument(place, signature.parameter(error.argument), error.message)


def _invalid_argument(place: nodes.ValueNode, parameter: Parameter, problem: str) -> Finding:
    detail = f'Invalid value for "{parameter.name}" parameter: {problem}.'
    return finding_at(place, INVALID_ARGUMENT, detail)


_NO_TEMPLATE = "templatestring is only for rendering templates retrieved dynamically from elsewhere"


def _template_argument(argument: nodes.ValueNode, frame: Frame) -> Value:
    """The template of `templatestring`, which must be a reference."""
    if isinstance(argument, nodes.Traversal | nodes.Index | nodes.Splat):
        value = frame.evaluate(argument)
        if value.known and value.type is STRING:
            return value
        return values.unknown(STRING).marked(value.marks if value.known else NO_MARKS)
    if isinstance(argument, nodes.Literal) and isinstance(argument.value, str):
        problem = (
            f"{_NO_TEMPLATE}, and so does not support providing a literal template; consider using a template string "
            "expression instead"
        )
    elif isinstance(argument, nodes.Template) and argument.wraps:
        problem = (
            f"{_NO_TEMPLATE}; to treat the inner expression as template syntax, write the reference expression "
            "directly without any template interpolation syntax"
        )
    elif isinstance(argument, nodes.Template):
        problem = f"{_NO_TEMPLATE}; to render an inline template, consider using a plain template string expression"
    else:
        problem = (
            "must be a direct reference to a single string from elsewhere, containing valid Terraform template syntax"
        )
    detail = f'Invalid value for "template" parameter: invalid template expression: {problem}.'
    refuse(frame.report, argument, INVALID_ARGUMENT, detail)
    return ANY


def _call_unknown(node: nodes.FunctionCall, frame: Frame, suggestion: str) -> Value:
    """A call to a function that is not built in."""
    namespace, _, rest = node.name.partition("::")
    if not rest:
        detail = f'There is no function named "{node.name}".{suggestion}'
        refuse(frame.report, (node.start, node.name_end), UNKNOWN_FUNCTION, detail)
    elif namespace == "provider" and frame.scope.has_function(node.name):
        before = len(frame.report)
        arguments = [frame.evaluate(argument) for argument in node.arguments]
        if node.name.startswith(_BUILTIN) and len(frame.report) == before and not node.expands:
            return _call_builtin(node, arguments, frame)
    else:
        if namespace != "provider":
            detail = (
                f'The function namespace "{namespace}" is not valid. Provider function calls must use the '
                '"provider::" namespace prefix.'
            )
        else:
            detail = _no_provider_function(node.name)
        refuse(frame.report, node, UNKNOWN_FUNCTION, detail, "Unknown provider function")
    return ANY


_BUILTIN = "provider::terraform::"


def _call_builtin(node: nodes.FunctionCall, arguments: list[Value], frame: Frame) -> Value:
    """A call of a function of the built-in provider."""
    from iacrl.domains.terraform.expressions.functions.builtin_provider import SIGNATURE, call_builtin

    finding = _wrong_count(node, SIGNATURE, node.arguments)
    if finding is None:
        try:
            return call_builtin(node.name.removeprefix(_BUILTIN), arguments[0])
        except CallError as error:
            finding = _failure(error, node, SIGNATURE, node.arguments)
    frame.report.append(finding)
    return ANY


def _no_provider_function(name: str) -> str:
    parts = name.split("::")
    if len(parts) != 3:
        return 'The function call must include the provider name after the "provider::" prefix.'
    return (
        f'There is no function named "{name}". Ensure that provider name "{parts[1]}" is declared in this module\'s '
        f'required_providers block, and that this provider offers a function named "{parts[2]}".'
    )


class _Arguments:
    """The arguments of a call: each with its node, and with its value if `...` has already given it."""

    __slots__ = ("expanded", "nodes")

    def __init__(self, written: tuple[nodes.ValueNode, ...]) -> None:
        self.nodes: tuple[nodes.ValueNode, ...] = written
        self.expanded: dict[int, Value] = {}

    def value(self, position: int, frame: Frame) -> Value:
        if position in self.expanded:
            return self.expanded[position]
        return frame.evaluate(self.nodes[position])

    def expand(self, frame: Frame) -> bool:
        """Replace the last argument with its elements; False if that is impossible, or not possible yet."""
        last = self.nodes[-1]
        before = len(frame.report)
        value = frame.evaluate(last)
        if len(frame.report) > before:
            return False
        problem = ""
        if value.type.kind != "dynamic" and not value.type.is_sequence:
            problem = "must be of a tuple, list, or set type"
        elif value.null:
            problem = "must not be null"
        if problem:
            detail = f"The expanding argument (indicated by ...) {problem}."
            refuse(frame.report, last, INVALID_EXPANDED_ARGUMENT, detail)
        if problem or not value.known or not frame.budget.spend(value.size):
            return False
        first = len(self.nodes) - 1
        self.nodes = (*self.nodes[:-1], *(last for _ in value.data))
        self.expanded = {first + index: part.marked(value.marks) for index, part in enumerate(value.data)}
        return True


def _attempt(name: str, node: nodes.FunctionCall, arguments: _Arguments, frame: Frame) -> Value:
    """`try` and `can`, which look at the errors in their arguments rather than at their values."""
    first = ""
    for position in range(len(arguments.nodes)):
        errors: list[Finding] = []
        value = arguments.value(position, frame.with_report(errors))
        if not errors:
            if not value.wholly_known:
                if name == "can":
                    return values.unknown(BOOL)
                return value if frame.symbolic else ANY
            return TRUE if name == "can" else value
        first = first or errors[0].message
    if name == "can":
        return FALSE
    if arguments.nodes:
        detail = f'Call to function "{node.name}" failed: no expression succeeded: {first}'
    else:
        detail = f'Call to function "{node.name}" failed: at least one argument is required.'
    refuse(frame.report, (node.start, node.name_end + 1), FAILED_CALL, detail)
    return ANY
