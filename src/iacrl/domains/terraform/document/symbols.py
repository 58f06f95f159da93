"""Unknown values that record their origin, so the flow of a value can be followed.

`aws_vpc.main.id` is a `Symbol`. Functions, conditionals, `for`, indexing and templates pass it on if the value really
flows through, whole or as part of a text. Anything else computed from it is an ordinary unknown.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from typing import NamedTuple

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.types import DYNAMIC, STRING, Type
from iacrl.domains.terraform.cty.values import ANY, UNKNOWN, Value

#: Text cannot imitate a symbol: it would have to guess this number.
_NONCE = secrets.token_hex(4)
_SYMBOL = re.compile(f"\ue000{_NONCE}\\.(\\d+)\ue001")
_BEGIN = "\ue000"


class Origin(NamedTuple):
    """The origin of a value: the thing and the steps from it, `aws_subnet.a` and `["x"]`, `.id`."""

    thing: str
    steps: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """The address as a configuration would write it."""
        return self.thing + "".join(self.steps)


class Symbols:
    """The symbols of one document."""

    def __init__(self) -> None:
        self._origins: list[Origin] = []

    def symbol(self, origin: Origin, type: Type = DYNAMIC) -> Symbol:
        """Return the value that represents an origin."""
        self._origins.append(origin)
        return Symbol(self, type, f"{_BEGIN}{_NONCE}.{len(self._origins) - 1}\ue001", origin)

    def spelled(self, text: str) -> Value:
        """Return the value of a text with symbols; an unknown one if a symbol in it was cut."""
        found = _SYMBOL.fullmatch(text)
        if found is not None:
            return Symbol(self, STRING, text, self._origins[int(found[1])])
        cut = has_symbol(_SYMBOL.sub("", text))
        return values.unknown(STRING, not_null=True) if cut else Symbol(self, STRING, text, None)

    def replaced(self, text: str, by: Callable[[Origin], str | None]) -> str:
        """Return a text with its symbols replaced; those for which `by` returns None stay."""

        def replacement(found: re.Match[str]) -> str:
            new = by(self._origins[int(found[1])])
            return found[0] if new is None else new

        return _SYMBOL.sub(replacement, text)

    def parts(self, text: str) -> Iterator[tuple[str, Origin, str]]:
        """Yield each symbol of a text, with the text before and after it."""
        for found in _SYMBOL.finditer(text):
            yield text[: found.start()], self._origins[int(found[1])], text[found.end() :]


class Symbol(Value):
    """An unknown value with its origin, or a text with such values as parts.

    Attributes:
        table: The symbols of its document.
        spelling: The text that represents it in a longer text.
        origin: Its origin; None for a text with other parts.
    """

    __slots__ = ("origin", "spelling", "table")

    spelling: str

    def __init__(self, table: Symbols, type: Type, spelling: str, origin: Origin | None) -> None:
        super().__init__(type, UNKNOWN, wholly_known=False)
        self.not_null = True
        self.table = table
        self.spelling = spelling
        self.origin = origin

    def part(self, step: str) -> Value:
        """Return the symbol of a part."""
        if self.origin is None:
            return ANY
        return self.table.symbol(Origin(self.origin.thing, (*self.origin.steps, step)))

    def retyped(self, type: Type) -> Value:
        """Return the same symbol as a value of another type."""
        return Symbol(self.table, type, self.spelling, self.origin)

    def marked(self, marks: frozenset[str]) -> Value:
        """Return the symbol itself, because marks are not followed here."""
        return self


def has_symbol(text: str) -> bool:
    """Return whether a text contains a symbol, or a part of one."""
    return _BEGIN in text or _NONCE in text


def mapped(value: Value, change: Callable[[Value], Value]) -> Value:
    """Return a value with every innermost part changed."""
    data, type = value.data, value.type
    if isinstance(data, dict):
        named = {name: mapped(part, change) for name, part in data.items()}
        return values.object_value(named) if type.kind == "object" else _map(type, named)
    if isinstance(data, tuple):
        parts = [mapped(part, change) for part in data]
        return values.tuple_value(parts) if type.kind == "tuple" else _sequence(type, parts)
    return change(value)


def _map(type: Type, named: dict[str, Value]) -> Value:
    return values.map_value(_element(type, [*named.values()]), named)


def _sequence(type: Type, parts: list[Value]) -> Value:
    element = _element(type, parts)
    return values.set_value(element, parts) if type.kind == "set" else values.list_value(element, parts)


def _element(type: Type, parts: list[Value]) -> Type:
    """Return the type of the changed elements; an open one if they differ, as numbers and spelled symbols do."""
    kinds = {part.type for part in parts}
    if len(kinds) > 1:
        return DYNAMIC
    return kinds.pop() if kinds else type.element


def as_text(value: Value) -> Value:
    """Return a symbol as a known string that spells it; return any other value and symbols of collections unchanged."""
    if value.spelling is None or not (value.type.is_primitive or value.type is DYNAMIC):
        return value
    return Value(types.STRING, value.spelling)
