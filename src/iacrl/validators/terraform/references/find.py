"""Which references an expression holds, in the order of the text."""

from __future__ import annotations

from collections.abc import Iterator

from iacrl.validators.terraform.syntax import nodes
from iacrl.validators.terraform.syntax.nodes import Body, Expression, Traversal

_NONE: frozenset[str] = frozenset()


def find_references(expression: Expression) -> list[Traversal]:
    """Return the references in an expression, without the names that a `for` inside it defines.

    A part that only evaluation reaches, such as `[count.index]`, ends a reference: its own references follow.
    """
    kind = type(expression)
    if kind is nodes.Literal:
        return []
    if kind is Traversal:
        return [expression]  # type: ignore[list-item]  # `kind` says so; isinstance is slower on this hot path
    found: list[Traversal] = []
    _collect(expression, _NONE, found)
    return found


def _collect(expression: Expression, bound: frozenset[str], found: list[Traversal]) -> None:
    if isinstance(expression, Traversal):
        if expression.root not in bound:
            found.append(expression)
    elif isinstance(expression, nodes.For):
        _collect(expression.collection, bound, found)
        inner = bound | {name for name in (expression.key, expression.value) if name is not None}
        for part in (expression.result_key, expression.result, expression.condition):
            if part is not None:
                _collect(part, inner, found)
    elif isinstance(expression, nodes.TemplateFor):
        _collect(expression.collection, bound, found)
        inner = bound | {name for name in (expression.key, expression.value) if name is not None}
        _collect(expression.body, inner, found)
    elif not isinstance(expression, nodes.Literal):
        for child in expression.children():
            _collect(child, bound, found)


def find_calls(expression: Expression) -> Iterator[nodes.FunctionCall]:
    """Yield the function calls in an expression."""
    return (node for node in nodes.walk(expression) if isinstance(node, nodes.FunctionCall))


def references_in_body(body: Body) -> Iterator[Traversal]:
    """Yield the references anywhere in a body. Names that a `dynamic` block defines are left out."""
    waiting = [(body, _NONE)]
    while waiting:
        here, bound = waiting.pop()
        for attribute in here.attributes.values():
            for reference in find_references(attribute.value):
                if reference.root not in bound:
                    yield reference
        for block in here.blocks:
            if block.type == "dynamic" and block.labels:
                waiting.append((block.body, bound | {iterator_name(block)}))
            else:
                waiting.append((block.body, bound))


def iterator_name(dynamic: nodes.Block) -> str:
    """Return the name that a `dynamic` block's content uses for the current element."""
    named = dynamic.body.attributes.get("iterator")
    if named is not None and isinstance(named.value, Traversal) and not named.value.steps:
        return named.value.root
    return dynamic.labels[0].value
