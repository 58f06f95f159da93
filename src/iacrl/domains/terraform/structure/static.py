"""Arguments that Terraform reads before it evaluates anything: constants, keywords, and plain references."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from iacrl.domains.terraform.checking.find import find_calls
from iacrl.domains.terraform.cty import types
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.types import Type
from iacrl.domains.terraform.cty.values import ANY, Value
from iacrl.domains.terraform.expressions.evaluator import evaluate_constant
from iacrl.domains.terraform.expressions.parts import literal
from iacrl.domains.terraform.findings import Finding, finding_at, refuse
from iacrl.domains.terraform.rules import structure_rule
from iacrl.domains.terraform.structure.names import warn
from iacrl.domains.terraform.structure.structure_rules import INVALID_EXPRESSION
from iacrl.domains.terraform.syntax import nodes
from iacrl.domains.terraform.syntax.nodes import GetAttr, GetIndex, Step, Traversal, ValueNode

if TYPE_CHECKING:
    from decimal import Decimal

FUNCTION_CALLS_NOT_ALLOWED = structure_rule(
    "TF212",
    "Function calls not allowed",
    "values/variables#default-values",
    "This value is read before anything is evaluated, so it must be constant: no function may be called in it.",
)
UNSUITABLE_VALUE_TYPE = structure_rule(
    "TF213",
    "Unsuitable value type",
    "expressions/types",
    "An argument that Terraform reads itself has a value of the wrong type, or a null one: sensitive and "
    "prevent_destroy need true or false, description and source a string.",
)
QUOTED_REFERENCES = structure_rule(
    "TF240",
    "Quoted references are deprecated",
    "expressions/references",
    "Terraform 0.11 wanted quotes around references in depends_on, ignore_changes and provider, and around "
    "keywords. Remove them.",
    warning=True,
)

_step = re.compile(r'\.([A-Za-z_][\w-]*)|\.(\d{1,400})|\[(\d{1,400})\]|\["([^"\\$%]*)"\]')
_root = re.compile(r"[A-Za-z_][\w-]*")


def constant(expression: ValueNode, report: list[Finding]) -> Value | None:
    """Return the value of an expression without references and calls; None if it has no value."""
    if type(expression) is nodes.Literal:
        return literal(expression.value)
    before = len(report)
    value = evaluate_without_calls(expression, report)
    return value if len(report) == before else None


def evaluate_without_calls(expression: ValueNode, report: list[Finding]) -> Value:
    """Return the value of an expression that may contain neither names nor function calls."""
    for call in find_calls(expression):
        detail = "Functions may not be called here."
        refuse(report, (call.start, call.name_end), FUNCTION_CALLS_NOT_ALLOWED, detail)
        return ANY
    return evaluate_constant(expression, report)


def _constant_of(expression: ValueNode, type: Type, report: list[Finding]) -> Value | None:
    """Return a constant converted to a type; report "Unsuitable value type" if it is null or cannot be converted."""
    value = constant(expression, report)
    if value is None:
        return None
    try:
        value = convert(value, type)
    except ConversionError as error:
        why = error.message
    else:
        why = "value must be known" if not value.known else f"{type.kind} is required" if value.null else ""
    if why:
        refuse(report, expression, UNSUITABLE_VALUE_TYPE, f"Unsuitable value: {why}.")
        return None
    return value


def constant_bool(expression: ValueNode, report: list[Finding]) -> bool | None:
    """Return a constant bool; report anything else and return None."""
    value = _constant_of(expression, types.BOOL, report)
    return None if value is None else bool(value.data)


def constant_string(expression: ValueNode, report: list[Finding]) -> str | None:
    """Return a constant string; report anything else and return None."""
    value = _constant_of(expression, types.STRING, report)
    return None if value is None else str(value.data)


def list_items(expression: ValueNode, report: list[Finding]) -> tuple[ValueNode, ...]:
    """Return the elements of an argument that must be written as a list."""
    if isinstance(expression, nodes.Tuple):
        return expression.items
    refuse(report, expression, INVALID_EXPRESSION, "A static list expression is required.")
    return ()


def static_reference(expression: ValueNode, report: list[Finding]) -> Traversal | None:
    """Return an argument that must be a reference without anything to evaluate."""
    found = as_traversal(expression)
    if found is None:
        detail = (
            "A single static variable reference is required: only attribute access and indexing with constant keys. "
            "No calculations, function calls, template expressions, etc are allowed here."
        )
        refuse(report, expression, INVALID_EXPRESSION, detail)
    return found


def as_traversal(expression: ValueNode) -> Traversal | None:
    """Return an expression as a reference, or None if it is anything else."""
    if isinstance(expression, Traversal):
        return expression
    if isinstance(expression, nodes.Literal) and (expression.value is None or isinstance(expression.value, bool)):
        # Only here, keywords are ordinary names: there is a provider called null.
        name = {None: "null", True: "true", False: "false"}[expression.value]
        return Traversal(expression.start, expression.end, name, ())
    if isinstance(expression, nodes.RelativeTraversal):
        start = as_traversal(expression.source)
        if start is not None:
            return Traversal(expression.start, expression.end, start.root, (*start.steps, *expression.steps))
    return None


def unquoted(expression: ValueNode, what: Literal["references", "keywords"], report: list[Finding]) -> ValueNode:
    """Return the content of a string that Terraform 0.11 required in quotes, with a warning; else the expression."""
    text = _quoted(expression)
    if text is None:
        return expression
    found = parse_traversal(text, expression.start, expression.end)
    if found is None:
        detail = "The string is not a reference: a name is required, followed by attribute access or constant indices."
        refuse(report, expression, INVALID_EXPRESSION, detail)
        return expression
    detail = (
        f"In this context, {what} are expected literally rather than in quotes. Remove the quotes to silence this "
        "warning."
    )
    warn(finding_at(expression, QUOTED_REFERENCES, detail, summary=f"Quoted {what} are deprecated"), report)
    return found


def _quoted(expression: ValueNode) -> str | None:
    """Return the text of a string or of a fully constant template; None for anything else."""
    if isinstance(expression, nodes.Literal):
        return expression.value if isinstance(expression.value, str) else None
    if not isinstance(expression, nodes.Template) or expression.wraps:
        return None
    quiet: list[Finding] = []
    value = evaluate_without_calls(expression, quiet)
    return str(value.data) if not quiet and value.known and not value.null else None


def parse_traversal(text: str, start: int, end: int) -> Traversal | None:
    """Read a reference from a string, and give it the string's place; None if the string is not a reference."""
    found = _root.match(text)
    if found is None:
        return None
    root, at = found.group(), found.end()
    steps: list[Step] = []
    while at < len(text):
        found = _step.match(text, at)
        if found is None:
            return None
        name, legacy, index, key = found.groups()
        if name is not None:
            steps.append(GetAttr(start, end, name))
        elif key is not None:
            steps.append(GetIndex(start, end, key))
        else:
            steps.append(GetIndex(start, end, int(legacy or index)))
        at = found.end()
    return Traversal(start, end, root, tuple(steps))


def keyword(expression: ValueNode) -> str | None:
    """Return the word if an expression is a single word, or None."""
    if isinstance(expression, Traversal) and not expression.steps:
        return expression.root
    return None


def is_whole(key: int | Decimal | str) -> bool:
    """Say whether a constant index can be an instance key: a whole number or a string."""
    return isinstance(key, str | int) or key == key.to_integral_value()
