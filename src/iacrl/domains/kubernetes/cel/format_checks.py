"""`format()` of a literal text with a literal list: the API server checks its verbs when it compiles an expression.

Source: the checker of formats in cel-go's `ext/formatting_v2.go` and `ext/formatting.go`
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from iacrl.domains.kubernetes.cel.nodes import CelError, Node
from iacrl.domains.kubernetes.cel.types import DYN, Type, word

_VERB: Final = re.compile(r"%(?:%|(?:\.[0-9]+)?(.?))", re.DOTALL)
#: The types that each verb takes.
_TAKES: Final[dict[str, frozenset[str]]] = {
    "s": frozenset(
        {"bool", "bytes", "double", "duration", "int", "list", "map", "null", "string", "timestamp", "type", "uint"}
    ),
    "d": frozenset({"int", "uint"}),
    "f": frozenset({"double", "string"}),
    "e": frozenset({"double", "string"}),
    "b": frozenset({"bool", "int", "uint"}),
    "x": frozenset({"bytes", "int", "string", "uint"}),
    "X": frozenset({"bytes", "int", "string", "uint"}),
    "o": frozenset({"int", "uint"}),
}


def check_format(text: str, items: tuple[Node, ...], types: Mapping[int, Type]) -> None:
    """Refuse a format whose verbs do not match its values.

    Args:
        text: The format.
        items: The values.
        types: The type of each checked node, by its id.

    Raises:
        CelError: A verb is unknown, or takes no value of that type, or there are too few or too many values.
    """
    verbs = [match[1] for match in _VERB.finditer(text) if match[0] != "%%"]
    for index, verb in enumerate(verbs):
        if verb not in _TAKES:
            raise CelError(f"format() has no verb {verb!r}")
        if index >= len(items):
            raise CelError(f"format() has more verbs than the {len(items)} values")
        _check_value(verb, items[index], types)
    if len(items) > len(verbs):
        raise CelError(f"format() has {len(items)} values for {len(verbs)} verbs")


def _check_value(verb: str, item: Node, types: Mapping[int, Type]) -> None:
    if verb == "s" and item.kind in {"list", "map"}:
        for part in item.parts:
            _check_value(verb, part, types)
        return
    kind = types.get(id(item), DYN)
    if kind[0] not in _TAKES[verb] | {"dyn"}:
        raise CelError(f"%{verb} does not take a value of the type {word(kind)}")
