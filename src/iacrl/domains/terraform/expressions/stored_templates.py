"""`templatefile` and `templatestring`: templates from a file, or from a referenced value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from iacrl.domains.terraform.checking.find import find_references
from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.cty.types import STRING
from iacrl.domains.terraform.cty.values import ANY, Value
from iacrl.domains.terraform.expressions.frame import Frame, Scope
from iacrl.domains.terraform.expressions.functions.arguments import CallError, Unread
from iacrl.domains.terraform.expressions.functions.file_functions import read_text
from iacrl.domains.terraform.findings import Finding
from iacrl.domains.terraform.syntax import nodes
from iacrl.domains.terraform.syntax.source import SourceText

_IDENTIFIER: Final = re.compile(r"[^\W\d][\w-]*")
_FROM_VALUE: Final = "<templatestring argument>"


class _TemplateScope:
    """The scope inside a stored template: only the variables that the call passes, without further templates."""

    def __init__(self, outer: Scope) -> None:
        self.outer = outer
        self.directory: Path | Unread | None = outer.directory
        self.dialect = outer.dialect

    def resolve(self, reference: nodes.Traversal) -> tuple[Value, int]:
        """Everything here was checked before."""
        return ANY, len(reference.steps)

    def has_function(self, name: str) -> bool:
        """The same functions as outside."""
        return self.outer.has_function(name)


def call_template(name: str, arguments: Sequence[Value], frame: Frame) -> Value:
    """Render the template of a call of `templatefile` or `templatestring`.

    Raises:
        CallError: The file does not exist, is not a template, or does not fit the variables.
    """
    if isinstance(frame.scope, _TemplateScope):
        raise CallError(f"cannot recursively call {name} from inside another template function")
    for position, value in enumerate(arguments):
        if value.data is None:
            raise CallError("argument must not be null", position)
    source, variables = arguments
    marks = source.marks | values.unmark_deep(variables)[1]
    nothing = ANY if name == "templatefile" else values.unknown(STRING, not_null=True)
    if not source.known or not variables.known:
        return nothing
    text, label = (source.data, _FROM_VALUE)
    if name == "templatefile":
        label = source.data
        text = read_text(label, frame.scope.directory)
    if text is None or len(text) > values.MAX_TEXT or not frame.budget.spend(len(text) // 20):
        return nothing
    try:
        return _render(text, label, variables, frame).marked(marks)
    except RecursionError:
        # The call may be at the maximum depth of a text, and the template may be as deep again.
        return nothing


def _render(text: str, label: str, variables: Value, frame: Frame) -> Value:
    body = _parse(text, label)
    if variables.type.kind not in ("map", "object"):
        raise CallError("invalid vars value: must be a map", 1)
    for name in variables.data:
        if _IDENTIFIER.fullmatch(name) is None:
            rule = "must start with a letter, followed by zero or more letters, digits, and underscores"
            raise CallError(f'invalid template variable name "{name}": {rule}', 1)
    source = SourceText(text)
    for reference in find_references(body.value):
        if reference.root not in variables.data:
            place = _place(source, label, reference.start - body.offset, len(reference.root))
            raise CallError(f'vars map does not contain key "{reference.root}", referenced at {place}', 1)
    report: list[Finding] = []
    inner = Frame(_TemplateScope(frame.scope), report, dict(variables.data), None, frame.budget)
    value = inner.evaluate(body.value)
    if report:
        first = report[0]
        place = _place(source, label, first.start - body.offset, first.end - first.start)
        others = f", and {len(report) - 1} other diagnostic(s)" if len(report) > 1 else ""
        raise CallError(f"{place}: {first.summary}; {first.detail}{others}")
    return value


def parse_template(text: str) -> nodes.ValueNode:
    """Parse a standalone template; its positions are not those of the text.

    Raises:
        CallError: It is not a template.
    """
    return _parse(text, _FROM_VALUE).value


class _Body(NamedTuple):
    """A parsed template, and the offset of its positions from those in its own text."""

    value: nodes.ValueNode
    offset: int


def _parse(text: str, label: str) -> _Body:
    """Parse a template alone, as the content of a heredoc."""
    from iacrl.domains.terraform.syntax.parser import parse

    marker = "EOT"
    while marker in text:
        marker += "T"
    opening = f"template = <<{marker}\n"
    closed = text.endswith("\n") or not text
    parsed = parse(f"{opening}{text}{'' if closed else chr(10)}{marker}\n")
    if parsed.diagnostics:
        found = parsed.diagnostics[0]
        line, column = found.range.start.line - 1, found.range.start.column
        problem = f"{label}:{line},{column}-{column}: {found.message}"
        if label == _FROM_VALUE:
            raise CallError(f"invalid template: {problem}", 0)
        raise CallError(problem)
    value = parsed.body.attributes["template"].value
    return _Body(value if closed else _without_last_newline(value), len(opening))


def _without_last_newline(template: nodes.ValueNode) -> nodes.ValueNode:
    """Remove the newline that only the heredoc needed, unless a strip marker already removed it."""
    if isinstance(template, nodes.Literal) and isinstance(template.value, str):
        return nodes.Literal(template.start, template.end, template.value.removesuffix("\n"))
    if not isinstance(template, nodes.Template):
        return template
    *parts, last = template.parts
    if not isinstance(last, nodes.Literal) or not isinstance(last.value, str):
        return template
    rest = last.value.removesuffix("\n")
    if rest:
        parts.append(nodes.Literal(last.start, last.end, rest))
    wraps = len(parts) == 1 and not isinstance(parts[0], nodes.TemplateIf | nodes.TemplateFor) and not rest
    return nodes.Template(template.start, template.end, tuple(parts), wraps)


def _place(source: SourceText, label: str, start: int, length: int) -> str:
    """Write a place as Terraform does: `user.tpl:1,6-7`."""
    first, last = source.position(start), source.position(start + length)
    end = f"{last.column}" if last.line == first.line else f"{last.line},{last.column}"
    return f"{label}:{first.line},{first.column}-{end}"
