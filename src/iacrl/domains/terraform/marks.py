"""Marks in Terraform's syntax: comments that begin with `#` or `//`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from iacrl.domains.marks import ADDRESS, Mark, comment_marks, outside
from iacrl.domains.ranges import Position
from iacrl.domains.terraform.syntax import nodes as n
from iacrl.domains.terraform.syntax.parser import parse

if TYPE_CHECKING:
    from iacrl.domains.document import Document


def marks(text: str, document: Document | None = None) -> Iterator[Mark]:
    """Yield the marks of one file. Text in a string or heredoc that looks like a comment does not count."""
    if ADDRESS not in text:
        return
    body, _, source = parse(text)
    strings: list[tuple[Position, Position]] = []
    ends: dict[int, int] = {}
    for node in _nodes(body):
        start, end = source.position(node.start), source.position(node.end)
        # The newline that ends a heredoc belongs to it.
        ends[start.line] = max(ends.get(start.line, 0), end.line if end.column > 1 else end.line - 1)
        if isinstance(node, n.Template) or (isinstance(node, n.Literal) and isinstance(node.value, str)):
            strings.append((start, end))
    yield from comment_marks(text, "#|//", outside(strings), ends.get)


def _nodes(body: n.Body) -> Iterator[n.Node]:
    """Yield everything in a body that has a start: blocks, arguments, and the parts of expressions."""
    for attribute in body.attributes.values():
        yield attribute
        for node in n.walk(attribute.value):
            yield node
            if isinstance(node, n.Object):
                yield from node.items
    for block in body.blocks:
        yield block
        yield from _nodes(block.body)
