"""The value of an expression, as `terraform validate` computes it: with unknowns where only a plan would know more.

`evaluate` never raises on any tree. What Terraform would refuse goes to the report, with Terraform's own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from iacrl.validators.terraform import nodes, types, values
from iacrl.validators.terraform.access import apply_step, get_index, literal
from iacrl.validators.terraform.conversion import ConversionError, convert, unify
from iacrl.validators.terraform.findings import Finding, finding_at
from iacrl.validators.terraform.operators import OPERANDS, RESULTS, OperationError, apply_binary, apply_unary
from iacrl.validators.terraform.types import BOOL, DYNAMIC, NUMBER, STRING, Type
from iacrl.validators.terraform.values import ANY, FALSE, NO_MARKS, TRUE, UNKNOWN, Value

#: Iterations that one `for` or splat computes before the result is left unknown, nested ones counted together.
MAX_STEPS = 50_000


class Scope(Protocol):
    """What names mean where an expression stands."""

    def resolve(self, reference: nodes.Traversal) -> tuple[Value, int]:
        """Return the value that the root and the first steps of a reference name, and how many steps that took.

        `var.x.name` gives the value of the variable and 1; a resource's attribute gives an unknown value and all
        its steps, for Terraform checks those against the schema and not here. What is not declared is unknown too.
        """

    def has_function(self, name: str) -> bool:
        """Say whether a provider-defined function (`provider::x::f`) may be called here."""


class NoNames:
    """The scope of a constant expression: no name means anything, and each one is reported."""

    def __init__(self, report: list[Finding]) -> None:
        self.report = report

    def resolve(self, reference: nodes.Traversal) -> tuple[Value, int]:
        """Report the reference."""
        detail = "Variables may not be used here."
        self.report.append(finding_at(reference, "TF431", "Variables not allowed", detail))
        return ANY, len(reference.steps)

    def has_function(self, name: str) -> bool:
        """No provider is known."""
        return False


def evaluate(expression: nodes.Expression, scope: Scope, report: list[Finding]) -> Value:
    """Return the value of `expression`; every error goes to `report`, and the part it spoils is unknown."""
    if type(expression) is nodes.Literal:
        return literal(expression.value)
    return _evaluate(expression, _Frame(scope, report, None, None, [MAX_STEPS]))


def evaluate_constant(expression: nodes.Expression, report: list[Finding]) -> Value:
    """Return the value of an expression in which no name may stand."""
    return evaluate(expression, NoNames(report), report)


class _Frame:
    """Where an expression is evaluated: the scope, the names that `for` adds, the element that a splat is at."""

    __slots__ = ("item", "names", "report", "scope", "steps_left")

    def __init__(
        self,
        scope: Scope,
        report: list[Finding],
        names: dict[str, Value] | None,
        item: Value | None,
        steps_left: list[int],
    ) -> None:
        self.scope = scope
        self.report = report
        self.names = names
        self.item = item
        self.steps_left = steps_left

    def with_names(self, key: str | None, key_value: Value, name: str, value: Value) -> _Frame:
        names = dict(self.names) if self.names else {}
        if key is not None:
            names[key] = key_value
        names[name] = value
        return _Frame(self.scope, self.report, names, self.item, self.steps_left)

    def with_item(self, item: Value) -> _Frame:
        return _Frame(self.scope, self.report, self.names, item, self.steps_left)

    def with_report(self, report: list[Finding]) -> _Frame:
        return _Frame(self.scope, report, self.names, self.item, self.steps_left)

    def spend(self) -> bool:
        """Count one iteration; False when there have been too many."""
        self.steps_left[0] -= 1
        return self.steps_left[0] > 0


def _evaluate(node: nodes.Expression, frame: _Frame) -> Value:
    return _EVALUATORS[type(node)](node, frame)


def _literal(node: nodes.Literal, frame: _Frame) -> Value:
    return literal(node.value)


def _parens(node: nodes.Parens, frame: _Frame) -> Value:
    return _evaluate(node.inner, frame)


# ---- references --------------------------------------------------------------------------------------------------


def _traversal(node: nodes.Traversal, frame: _Frame) -> Value:
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


def _relative(node: nodes.RelativeTraversal, frame: _Frame) -> Value:
    return _follow(_evaluate(node.source, frame), node.steps, frame.report)


def _index(node: nodes.Index, frame: _Frame) -> Value:
    collection = _evaluate(node.collection, frame)
    key = _evaluate(node.key, frame)
    found = get_index(collection, key, node.collection.end, node.end, frame.report)
    return ANY if found is None else found


def _item(node: nodes.SplatItem, frame: _Frame) -> Value:
    return ANY if frame.item is None else frame.item


def _splat(node: nodes.Splat, frame: _Frame) -> Value:
    report = frame.report
    before = len(report)
    source = _evaluate(node.source, frame)
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
        return ANY
    if not sequence:
        result = _evaluate(node.each, frame.with_item(source))
        if not source.known and not source.not_null:
            return ANY
        return values.unknown(types.tuple_of([result.type])) if len(report) > before else values.tuple_value([result])
    marks, source = source.marks, source.unmarked()
    if not source.known:
        return values.unknown(_splat_type(node, source.type, frame), not_null=True).marked(marks)
    results = []
    for element in source.data:
        if not frame.spend():
            return values.unknown(_splat_type(node, source.type, frame.with_report([])))
        results.append(_evaluate(node.each, frame.with_item(element)))
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


def _splat_type(node: nodes.Splat, source: Type, frame: _Frame) -> Type:
    """The type of the result, found by evaluating `each` for an unknown element."""
    if source.kind == "tuple":
        return types.tuple_of(
            _evaluate(node.each, frame.with_item(values.unknown(element))).type for element in source.elements
        )
    return types.list_of(_evaluate(node.each, frame.with_item(values.unknown(source.element))).type)


# ---- structures --------------------------------------------------------------------------------------------------


def _tuple(node: nodes.Tuple, frame: _Frame) -> Value:
    return values.tuple_value([_EVALUATORS[type(item)](item, frame) for item in node.items])


def _object(node: nodes.Object, frame: _Frame) -> Value:
    report = frame.report
    attributes: dict[str, Value] = {}
    marks = NO_MARKS
    complete = True
    for item in node.items:
        before = len(report)
        key = _object_key(item.key, frame)
        failed = len(report) > before
        value = _evaluate(item.value, frame)
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


def _object_key(key: nodes.Expression, frame: _Frame) -> Value:
    if isinstance(key, nodes.Traversal) and key.steps:
        detail = (
            "If this expression is intended to be a reference, wrap it in parentheses. If it's instead intended as a "
            "literal name containing periods, wrap it in quotes to create a string literal."
        )
        frame.report.append(finding_at(key, "TF419", "Ambiguous attribute key", detail))
        return ANY
    return _evaluate(key, frame)


# ---- templates ---------------------------------------------------------------------------------------------------


def _template(node: nodes.Template, frame: _Frame) -> Value:
    if node.wraps:
        return _evaluate(node.parts[0], frame)
    report = frame.report
    written: list[str] = []
    marks = NO_MARKS
    known = True
    for part in node.parts:
        if type(part) is nodes.Literal and type(part.value) is str:
            written.append(part.value)
            continue
        value = _evaluate(part, frame)
        marks |= value.marks
        if value.data is UNKNOWN:
            known = False
        elif value.data is None:
            detail = "The expression result is null. Cannot include a null value in a string template."
            report.append(finding_at(part, "TF414", "Invalid template interpolation value", detail))
        else:
            try:
                data = convert(value, STRING).data
            except ConversionError as error:
                detail = f"Cannot include the given value in a string template: {error.message}."
                report.append(finding_at(part, "TF414", "Invalid template interpolation value", detail))
                continue
            if data is UNKNOWN:
                known = False
            else:
                written.append(data)
    return _text(written, known).marked(marks)


def _text(written: list[str], known: bool) -> Value:
    if not known or sum(map(len, written)) > values.MAX_TEXT:
        return values.unknown(STRING, not_null=True)
    return values.string("".join(written))


def _template_if(node: nodes.TemplateIf, frame: _Frame) -> Value:
    return _choose(node, node.condition, node.then, node.otherwise, frame)


def _template_for(node: nodes.TemplateFor, frame: _Frame) -> Value:
    made = _iterate(node, node.collection, node.key, node.value, None, node.body, None, False, frame)
    if not isinstance(made.data, tuple):
        return values.unknown(STRING).marked(made.marks)
    written: list[str] = []
    marks = made.marks
    for value in made.data:
        marks |= value.marks
        if value.data is None:
            detail = "An iteration result is null. Cannot include a null value in a string template."
            frame.report.append(finding_at(node, "TF414", "Invalid template interpolation value", detail))
            continue
        try:
            text = convert(value, STRING)
        except ConversionError as error:
            detail = f"Cannot include one of the interpolation results into the string template: {error.message}."
            frame.report.append(finding_at(node, "TF414", "Invalid template interpolation value", detail))
            continue
        if text.data is UNKNOWN:
            return values.unknown(STRING).marked(marks)
        written.append(text.data)
    return _text(written, True).marked(marks)


# ---- computation -------------------------------------------------------------------------------------------------


def _unary(node: nodes.Unary, frame: _Frame) -> Value:
    report = frame.report
    before = len(report)
    operand = _evaluate(node.operand, frame)
    want = NUMBER if node.operator == "-" else BOOL
    try:
        operand = convert(operand, want)
    except ConversionError as error:
        detail = f"Unsuitable value for unary operand: {error.message}."
        report.append(finding_at(node.operand, "TF410", "Invalid operand", detail))
    if len(report) > before:
        return values.unknown(want)
    try:
        return apply_unary(node.operator, operand).marked(operand.marks)
    except OperationError as error:
        report.append(finding_at(node, "TF411", "Operation failed", f"Error during operation: {error}."))
        return values.unknown(want)


def _binary(node: nodes.Binary, frame: _Frame) -> Value:
    report = frame.report
    before = len(report)
    want = OPERANDS.get(node.operator)
    left = _evaluate(node.left, frame)
    if want is not None and left.type is not want:
        left = _operand(left, want, "left", node.left, report)
    right = _evaluate(node.right, frame)
    if want is not None and right.type is not want:
        right = _operand(right, want, "right", node.right, report)
    marks = left.marks | right.marks
    if want is None and (left.has_marks or right.has_marks):
        left, left_marks = values.unmark_deep(left)
        right, right_marks = values.unmark_deep(right)
        marks = left_marks | right_marks
    if len(report) > before:
        return values.unknown(RESULTS[node.operator]).marked(marks)
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


def _conditional(node: nodes.Conditional, frame: _Frame) -> Value:
    return _choose(node, node.condition, node.then, node.otherwise, frame)


def _choose(
    node: nodes.Expression, condition: nodes.Expression, then: nodes.Expression, otherwise: nodes.Expression, frame: _Frame
) -> Value:
    """Evaluate a conditional. Errors of a branch count only where it is certain that the branch is taken."""
    report = frame.report
    errors: tuple[list[Finding], list[Finding]] = ([], [])
    yes = _evaluate(then, frame.with_report(errors[0]))
    no = _evaluate(otherwise, frame.with_report(errors[1]))
    result = _common_type(yes, no)
    if result is None:
        detail = f"The true and false result expressions must have consistent types. {_differing(yes.type, no.type)}."
        summary = "Inconsistent conditional result types"
        report.append(Finding("TF413", summary, detail, then.start, otherwise.end))
        return ANY
    chosen = _evaluate(condition, frame)
    if chosen.null:
        detail = "The condition value is null. Conditions must either be true or false."
        report.append(finding_at(condition, "TF412", "Null condition", detail))
        return values.unknown(result)
    if not chosen.known:
        both_certain = _certainly_not_null(yes) and _certainly_not_null(no)
        return values.unknown(result, both_certain).marked(chosen.marks | yes.marks | no.marks)
    try:
        chosen = convert(chosen, BOOL)
    except ConversionError:
        detail = "The condition expression must be of type bool."
        report.append(finding_at(condition, "TF412", "Incorrect condition type", detail))
        return values.unknown(result)
    if not chosen.known:
        return values.unknown(result).marked(chosen.marks)
    value, side, branch = (yes, "true", then) if chosen.data else (no, "false", otherwise)
    report.extend(errors[0] if chosen.data else errors[1])
    try:
        return convert(value, result)
    except ConversionError as error:
        detail = f"The {side} result value has the wrong type: {error.message}."
        report.append(finding_at(branch, "TF413", "Inconsistent conditional result types", detail))
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


# ---- iteration ---------------------------------------------------------------------------------------------------


def _for(node: nodes.For, frame: _Frame) -> Value:
    return _iterate(
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


def _iterate(
    node: nodes.Expression,
    collection_node: nodes.Expression,
    key_name: str | None,
    value_name: str,
    result_key: nodes.Expression | None,
    result: nodes.Expression,
    condition: nodes.Expression | None,
    groups: bool,
    frame: _Frame,
) -> Value:
    """Evaluate a `for` expression, or the `for` of a template, which gives a tuple."""
    report = frame.report
    collection = _evaluate(collection_node, frame)
    if collection.null:
        detail = "A null value cannot be used as the collection in a 'for' expression."
        report.append(finding_at(collection_node, "TF417", "Iteration over null value", detail))
        return ANY
    if collection.type.kind == "dynamic":
        return ANY
    if collection.type.is_primitive:
        detail = f"A value of type {collection.type.friendly()} cannot be used as the collection in a 'for' expression."
        report.append(finding_at(collection_node, "TF417", "Iteration over non-iterable value", detail))
        return ANY
    if not collection.known:
        return ANY
    marks, collection = collection.marks, collection.unmarked()
    if condition is not None and not _condition_may_work(condition, frame.with_names(key_name, ANY, value_name, ANY)):
        return ANY
    elements: list[Value] = []
    attributes: dict[str, list[Value]] = {}
    complete = True
    for key, value in _pairs(collection):
        if not frame.spend():
            return ANY
        inner = frame.with_names(key_name, key, value_name, value)
        if condition is not None:
            include = _include(condition, inner, complete)
            if include.data is UNKNOWN:
                complete = False
                continue
            marks |= include.marks
            if not include.data:
                continue
        if result_key is None:
            elements.append(_evaluate(result, inner))
            continue
        name = _result_key(result_key, inner, complete)
        if name.data is UNKNOWN:
            complete = False
            continue
        marks |= name.marks
        made = _evaluate(result, inner)
        if name.data in attributes and not groups:
            detail = (
                f'Two different items produced the key "{name.data}" in this \'for\' expression. If duplicates are '
                "expected, use the ellipsis (...) after the value expression to enable grouping by key."
            )
            report.append(finding_at(result_key, "TF420", "Duplicate object key", detail))
        else:
            attributes.setdefault(name.data, []).append(made)
    if not complete:
        return ANY
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


def _condition_may_work(condition: nodes.Expression, frame: _Frame) -> bool:
    """Check the filter once with unknown names, so that what is always wrong is reported once."""
    before = len(frame.report)
    value = _evaluate(condition, frame)
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


def _include(condition: nodes.Expression, frame: _Frame, tell: bool) -> Value:
    value = _evaluate(condition, frame)
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


def _result_key(key: nodes.Expression, frame: _Frame, tell: bool) -> Value:
    value = _evaluate(key, frame)
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


# ---- functions ---------------------------------------------------------------------------------------------------


def _call(node: nodes.FunctionCall, frame: _Frame) -> Value:
    from iacrl.validators.terraform.functions import CallError, call, find_signature, suggest

    report = frame.report
    name = node.name.removeprefix("core::")
    signature = find_signature(name)
    if signature is None:
        return _call_unknown(node, frame, suggest(name))
    arguments = _Arguments(node.arguments)
    if node.expands and not arguments.expand(frame):
        return ANY
    given, parameters = len(arguments.nodes), signature.parameters
    if given < len(parameters):
        least = " at least" if signature.variadic else ""
        detail = (
            f'Function "{node.name}" expects{least} {len(parameters)} argument(s). '
            f'Missing value for "{parameters[given].name}".'
        )
        report.append(Finding("TF423", "Not enough function arguments", detail, node.end - 1, node.end))
        return ANY
    if signature.variadic is None and given > len(parameters):
        detail = f'Function "{node.name}" expects only {len(parameters)} argument(s).'
        extra = arguments.nodes[len(parameters)]
        report.append(finding_at(extra, "TF424", "Too many function arguments", detail))
        return ANY
    if name in ("try", "can"):
        return _attempt(name, node, arguments, frame)
    before = len(report)
    passed: list[Value] = []
    for position in range(given):
        argument = arguments.nodes[position]
        parameter = signature.parameter(position)
        value = arguments.value(position, frame)
        try:
            value = convert(value, parameter.type)
        except ConversionError as error:
            detail = f'Invalid value for "{parameter.name}" parameter: {error.message}.'
            report.append(finding_at(argument, "TF425", "Invalid function argument", detail))
        passed.append(value)
    if len(report) > before:
        return ANY
    try:
        return call(name, signature, passed)
    except CallError as error:
        if error.argument is None:
            detail = f'Call to function "{node.name}" failed: {error.message}.'
            report.append(Finding("TF426", "Error in function call", detail, node.start, node.name_end + 1))
        else:
            detail = f'Invalid value for "{signature.parameter(error.argument).name}" parameter: {error.message}.'
            place = arguments.nodes[error.argument] if error.argument < given else node
            report.append(finding_at(place, "TF425", "Invalid function argument", detail))
        return ANY


def _call_unknown(node: nodes.FunctionCall, frame: _Frame, suggestion: str) -> Value:
    """A call to a function that is not built in."""
    namespace, _, rest = node.name.partition("::")
    if not rest:
        detail = f'There is no function named "{node.name}".{suggestion}'
        frame.report.append(
            Finding("TF422", "Call to unknown function", detail, node.start, node.name_end)
        )
    elif namespace == "provider" and frame.scope.has_function(node.name):
        for argument in node.arguments:
            _evaluate(argument, frame)
    else:
        detail = f'There is no function named "{node.name}".'
        if namespace != "provider":
            detail = (
                f'The function namespace "{namespace}" is not valid. Provider function calls must use the '
                '"provider::" namespace prefix.'
            )
        else:
            detail = _no_provider_function(node.name)
        frame.report.append(finding_at(node, "TF422", "Unknown provider function", detail))
    return ANY


def _no_provider_function(name: str) -> str:
    parts = name.split("::")
    detail = f'There is no function named "{name}".'
    if len(parts) != 3:
        return detail
    return (
        f'{detail} Ensure that provider name "{parts[1]}" is declared in this module\'s required_providers block, and '
        f'that this provider offers a function named "{parts[2]}".'
    )


class _Arguments:
    """The arguments of a call: each with its node, and its value where `...` has already given it."""

    __slots__ = ("expanded", "nodes")

    def __init__(self, written: tuple[nodes.Expression, ...]) -> None:
        self.nodes: tuple[nodes.Expression, ...] = written
        self.expanded: dict[int, Value] = {}

    def value(self, position: int, frame: _Frame) -> Value:
        if position in self.expanded:
            return self.expanded[position]
        return _evaluate(self.nodes[position], frame)

    def expand(self, frame: _Frame) -> bool:
        """Replace the last argument by its elements; False where that is not possible, or not yet."""
        last = self.nodes[-1]
        before = len(frame.report)
        value = _evaluate(last, frame)
        if len(frame.report) > before:
            return False
        problem = ""
        if value.type.kind != "dynamic" and not value.type.is_sequence:
            problem = "must be of a tuple, list, or set type"
        elif value.null:
            problem = "must not be null"
        if problem:
            detail = f"The expanding argument (indicated by ...) {problem}."
            frame.report.append(finding_at(last, "TF427", "Invalid expanding argument value", detail))
        if problem or not value.known:
            return False
        first = len(self.nodes) - 1
        self.nodes = (*self.nodes[:-1], *(last for _ in value.data))
        self.expanded = {first + index: part.marked(value.marks) for index, part in enumerate(value.data)}
        return True


def _attempt(name: str, node: nodes.FunctionCall, arguments: _Arguments, frame: _Frame) -> Value:
    """`try` and `can`, which take what their arguments report, not what they are worth."""
    first = ""
    for position in range(len(arguments.nodes)):
        errors: list[Finding] = []
        value = arguments.value(position, frame.with_report(errors))
        if not errors:
            if not value.wholly_known:
                return values.unknown(BOOL) if name == "can" else ANY
            return TRUE if name == "can" else value
        first = first or errors[0].message
    if name == "can":
        return FALSE
    if arguments.nodes:
        detail = f'Call to function "{node.name}" failed: no expression succeeded: {first}'
    else:
        detail = f'Call to function "{node.name}" failed: at least one argument is required.'
    frame.report.append(Finding("TF426", "Error in function call", detail, node.start, node.name_end + 1))
    return ANY


_EVALUATORS: dict[type[nodes.Expression], Callable[[Any, _Frame], Value]] = {
    nodes.Literal: _literal,
    nodes.Parens: _parens,
    nodes.Traversal: _traversal,
    nodes.RelativeTraversal: _relative,
    nodes.Index: _index,
    nodes.SplatItem: _item,
    nodes.Splat: _splat,
    nodes.Tuple: _tuple,
    nodes.Object: _object,
    nodes.Template: _template,
    nodes.TemplateIf: _template_if,
    nodes.TemplateFor: _template_for,
    nodes.Unary: _unary,
    nodes.Binary: _binary,
    nodes.Conditional: _conditional,
    nodes.For: _for,
    nodes.FunctionCall: _call,
}
