"""The references in an expression, in the order of the text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iacrl.domains.terraform.syntax import nodes
from iacrl.domains.terraform.syntax.nodes import Body, Literal, Traversal, ValueNode

_NONE: frozenset[str] = frozenset()


def find_references(expression: ValueNode) -> list[Traversal]:
    """Return the references in an expression, without the names that a `for` inside it defines.

    An index that must be evaluated, such as `[count.index]`, ends a reference. Its own references follow.
    """
    kind = type(expression)
    if kind is Literal:
        return []
    if kind is Traversal:
        return [expression]  # type: ignore[list-item]  # `kind` says so; isinstance is slower on this hot path
    found: list[Traversal] = []
    _collect(expression.children() if kind not in _BINDING else (expression,), _NONE, found)
    return found


def _collect(expressions: Iterable[ValueNode], bound: frozenset[str], found: list[Traversal]) -> None:
    for expression in expressions:
        kind = type(expression)
        if kind is Literal:
            continue
        if kind is Traversal:
            if expression.root not in bound:  # type: ignore[attr-defined]  # as above
                found.append(expression)  # type: ignore[arg-type]
        elif kind in _BINDING:
            assert isinstance(expression, nodes.For | nodes.TemplateFor)
            _collect((expression.collection,), bound, found)
            inner = bound | {name for name in (expression.key, expression.value) if name is not None}
            _collect(expression.children()[1:], inner, found)
        else:
            _collect(expression.children(), bound, found)


#: The kinds that define names; the first of their children does not see them.
_BINDING = frozenset({nodes.For, nodes.TemplateFor})


def find_calls(expression: ValueNode) -> Iterator[nodes.FunctionCall]:
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
