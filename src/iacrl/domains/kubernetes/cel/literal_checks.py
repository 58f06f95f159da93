"""Literals that a function never accepts: the API server finds them when it compiles an expression."""

from __future__ import annotations

from typing import Final

from iacrl.domains.kubernetes.cel.conversions import CONVERSIONS
from iacrl.domains.kubernetes.cel.library import expression
from iacrl.domains.kubernetes.cel.nodes import CelError, Node

_CONVERTED: Final = frozenset({"bool", "double", "duration", "int", "string", "timestamp", "uint"})
_EXPRESSIONS: Final = frozenset({"find", "findAll", "matches"})


def check_literals(name: str, method: bool, parts: tuple[Node, ...]) -> None:
    """Refuse literals that a conversion cannot convert, and that are not the regular expression that is needed.

    Raises:
        CelError: An argument is such a literal.
    """
    if name in _CONVERTED and not method and len(parts) == 1:
        part = parts[0]
        while part.kind == "call" and part.name == "dyn" and part.target is None:
            part = part.parts[0]
        if part.kind == "literal" and part.value is not None:
            _convert(name, part)
    elif name in _EXPRESSIONS and parts:
        pattern = parts[0] if method else parts[-1]
        if pattern.kind == "literal" and isinstance(pattern.value, str):
            expression(pattern.value)


def _convert(name: str, part: Node) -> None:
    """Convert a literal as the server does when it prepares an expression."""
    try:
        CONVERSIONS[name](part.value)
    except (ValueError, TypeError, OverflowError):
        raise CelError(f"{part.value!r} is no {name}") from None
