"""The tree of an expression."""

from __future__ import annotations

from typing import Any, Final


class CelError(Exception):
    """An expression cannot be read, does not type check, or fails when it is evaluated."""


class CostlyError(Exception):
    """A call costs more than the server allows. The rule fails, even if another part would decide it."""


class Node:
    """One part of an expression.

    Attributes:
        kind: `literal`, `name`, `select`, `test` (for `has`), `call`, `list`, `map`, `struct` or `macro`.
        name: The name of the variable, field, function, message type or macro.
        target: The operand of a field selection or method call, or what a macro iterates over.
        parts: Arguments, items, or alternating keys and values.
        value: A literal's value; a macro's variables; for a list, map or struct, which entries are optional.
    """

    __slots__ = ("kind", "name", "parts", "target", "value")

    def __init__(
        self, kind: str, name: str = "", target: Node | None = None, parts: tuple[Node, ...] = (), value: Any = None
    ) -> None:
        self.kind = kind
        self.name = name
        self.target = target
        self.parts = parts
        self.value = value


class Uint(int):
    """An unsigned integer."""


#: Macro -> the numbers of its variables and of its further arguments.
MACROS: Final[dict[str, frozenset[tuple[int, int]]]] = {
    "all": frozenset({(1, 1), (2, 1)}),
    "exists": frozenset({(1, 1), (2, 1)}),
    "exists_one": frozenset({(1, 1), (2, 1)}),
    "existsOne": frozenset({(2, 1)}),
    "filter": frozenset({(1, 1)}),
    "map": frozenset({(1, 1), (1, 2)}),
    "optMap": frozenset({(1, 1)}),
    "optFlatMap": frozenset({(1, 1)}),
    "sortBy": frozenset({(1, 1)}),
    "transformList": frozenset({(2, 1), (2, 2)}),
    "transformMap": frozenset({(2, 1), (2, 2)}),
    "transformMapEntry": frozenset({(2, 1), (2, 2)}),
}


def walk(node: Node) -> list[Node]:
    """Return a node and all below it."""
    found = [node]
    for each in found:
        if each.target is not None:
            found.append(each.target)
        found += each.parts
    return found


def dotted(node: Node) -> str | None:
    """Return the dotted name of a chain of fields, such as `optional` or `authorizer.requestResource`."""
    if node.kind == "name":
        return node.name
    if node.kind == "select" and not node.value and node.target is not None:
        before = dotted(node.target)
        return None if before is None else f"{before}.{node.name}"
    return None
