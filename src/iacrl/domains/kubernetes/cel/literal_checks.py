"""Literals that a function never accepts: the API server finds them when it compiles an expression."""

from __future__ import annotations

from iacrl.domains.kubernetes.cel.conversions import CONVERSIONS
from iacrl.domains.kubernetes.cel.library import expression
from iacrl.domains.kubernetes.cel.nodes import CelError, Node
from iacrl.domains.kubernetes.cel.times import read_duration, read_timestamp


def check_literals(name: str, parts: tuple[Node, ...]) -> None:
    """Refuse literals that are not the duration, time or regular expression that a function needs.

    Raises:
        CelError: The last part is such a literal.
    """
    last = parts[-1] if parts else None
    if last is None or last.kind != "literal" or not isinstance(last.value, str):
        return
    if name == "duration":
        read_duration(last.value)
    elif name == "timestamp":
        read_timestamp(last.value)
    elif name in {"bool", "double", "int", "uint"}:
        _convert(name, last.value)
    elif name == "matches":
        expression(last.value)


def _convert(name: str, text: str) -> None:
    """Convert a text as the server does when it prepares an expression."""
    try:
        CONVERSIONS[name](text)
    except ValueError:
        raise CelError(f"{text!r} is no {name}") from None
