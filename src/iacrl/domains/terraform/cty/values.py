"""Terraform's values: known, null or unknown, each with its type.

Evaluation without providers meets unknown values; their type may still be known. A value may have marks, such as
`sensitive`, which follow it through every computation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from iacrl.domains.terraform.cty import types
from iacrl.domains.terraform.cty.types import BOOL, DYNAMIC, NUMBER, STRING, Type

if TYPE_CHECKING:
    from fractions import Fraction

#: Values with more parts than this (list elements, hundreds of characters) are left unknown: see `too_large`.
MAX_SIZE = 100_000
#: Values nested deeper than this are left unknown, so recursion over a value is safe.
MAX_DEPTH = 64
#: Strings longer than this are left unknown.
MAX_TEXT = 1_000_000

NO_MARKS: Final[frozenset[str]] = frozenset()
SENSITIVE = frozenset({"sensitive"})
EPHEMERAL = frozenset({"ephemeral"})


class _UnknownData:
    """The single object that represents unknown data."""

    def __repr__(self) -> str:
        return "(not known)"


UNKNOWN: Final = _UnknownData()


class NumberTooLarge(Exception):  # noqa: N818 - not an error of the user: the result is left unknown
    """A number is finite, but too large or too small to be worth computing."""


class Value:
    """A value.

    Attributes:
        data: `UNKNOWN`, None for null, or by type: str, Number, bool, a tuple of Values (list, set, tuple), a dict of
            Values by name (map, object).
        marks: `sensitive` and `ephemeral`, if they apply to this value itself.
        wholly_known: Neither this value nor any value in it is unknown.
        has_marks: This value or any value in it is marked.
        not_null: For an unknown value: it will certainly not be null.
        size: Its size; shared parts count each time.
    """

    __slots__ = ("data", "has_marks", "marks", "not_null", "size", "type", "wholly_known")

    #: The text that represents an unknown value with a known origin; None for every other value.
    spelling: str | None = None

    def __init__(
        self, type: Type, data: Any, size: int = 1, wholly_known: bool = True, has_marks: bool = False
    ) -> None:
        self.type = type
        self.data = data
        self.size = size
        self.wholly_known = wholly_known
        self.has_marks = has_marks
        self.marks = NO_MARKS
        self.not_null = False

    def __repr__(self) -> str:
        marks = f" {sorted(self.marks)}" if self.marks else ""
        return f"Value({self.type.to_json()}, {self.data!r}{marks})"

    @property
    def known(self) -> bool:
        """False if the value itself is unknown; its elements may be unknown either way."""
        return self.data is not UNKNOWN

    @property
    def null(self) -> bool:
        """True for null of any type."""
        return self.data is None

    def part(self, step: str) -> Value:
        """Return the result of a step, such as `.name` or `[0]`, in a value whose type is not known."""
        return ANY

    def retyped(self, type: Type) -> Value:
        """Return an unknown value converted to another type."""
        return unknown(type, self.not_null)

    def marked(self, marks: frozenset[str]) -> Value:
        """Return this value with further marks."""
        if marks <= self.marks:
            return self
        made = Value(self.type, self.data, self.size, self.wholly_known, True)
        made.marks = self.marks | marks
        made.not_null = self.not_null
        return made

    def unmarked(self) -> Value:
        """Return this value without its own marks; the marks on its elements stay."""
        if not self.marks:
            return self
        if self.type.kind in ("map", "object") and isinstance(self.data, dict):
            inner = any(value.has_marks for value in self.data.values())
        else:
            inner = isinstance(self.data, tuple) and any(value.has_marks for value in self.data)
        made = Value(self.type, self.data, self.size, self.wholly_known, inner)
        made.not_null = self.not_null
        return made


def unknown(type: Type, not_null: bool = False) -> Value:
    """Return an unknown value of a type."""
    if type is DYNAMIC and not not_null:
        return ANY
    made = Value(type, UNKNOWN, type.size, False)
    made.not_null = not_null
    return made


def null(type: Type) -> Value:
    """Return null of a type."""
    return Value(type, None, type.size)


def string(text: str) -> Value:
    """Return a string. Terraform keeps its strings in Unicode's normal form C."""
    if not text.isascii():
        from iacrl.domains.terraform.cty.normal_text import normal_form

        text = normal_form(text)
    return Value(STRING, text, 1 + len(text) // 128)


def number(data: int | float | Fraction) -> Value:
    """Return a number."""
    return Value(NUMBER, data)


def whole(number: int | float | Fraction) -> int | None:
    """Return a number as an integer, or None if it has a fraction or is infinite."""
    if type(number) is int:
        return number
    if isinstance(number, float):
        return int(number) if number.is_integer() else None
    return None


def boolean(data: bool) -> Value:
    """Return true or false."""
    return TRUE if data else FALSE


ANY: Final = Value(DYNAMIC, UNKNOWN, 1, False)
NULL: Final = Value(DYNAMIC, None)
TRUE: Final = Value(BOOL, True)
FALSE: Final = Value(BOOL, False)


def _gathered(type: Type, data: Any, parts: Iterable[Value]) -> Value:
    """Make a value of its parts, or an unknown one if it would be too large."""
    made = Value(type, data)
    size = 1 + type.element.size if type.kind in types.COLLECTIONS else 1
    for part in parts:
        size += part.size
        if not part.wholly_known:
            made.wholly_known = False
        if part.has_marks:
            made.has_marks = True
    made.size = size
    return ANY if size > MAX_SIZE or type.depth > MAX_DEPTH else made


def tuple_value(elements: Iterable[Value]) -> Value:
    """Return a tuple."""
    data = tuple(elements)
    return _gathered(types.tuple_of([element.type for element in data]), data, data)


def object_value(attributes: Mapping[str, Value]) -> Value:
    """Return an object. As in Terraform, its attributes are sorted by name."""
    data = {name: attributes[name] for name in sorted(attributes)}
    type = types.object_of({name: attribute.type for name, attribute in data.items()})
    return _gathered(type, data, data.values())


def list_value(element: Type, elements: Iterable[Value]) -> Value:
    """Return a list whose elements are all of the type `element`."""
    data = tuple(elements)
    return _gathered(types.list_of(element), data, data)


def map_value(element: Type, elements: Mapping[str, Value]) -> Value:
    """Return a map whose elements are all of the type `element`."""
    data = {name: elements[name] for name in sorted(elements)}
    return _gathered(types.map_of(element), data, data.values())


def set_value(element: Type, elements: Iterable[Value]) -> Value:
    """Return a set whose elements are all of the type `element`; equal ones become one.

    Strings are sorted by code points and numbers by size, as in Terraform, which leaves the order of anything else
    open. The marks of elements move to the whole set.
    """
    marks: frozenset[str] = NO_MARKS
    by_key: dict[Any, Value] = {}
    for value in elements:
        if value.has_marks:
            value, inner = unmark_deep(value)
            marks |= inner
        # Two unknown values may differ, so each stays.
        by_key.setdefault(identity(value) if value.wholly_known else len(by_key), value)
    data = list(by_key.values())
    if element.is_primitive:
        data.sort(key=lambda value: (not value.known, value.null, value.data if value.known and not value.null else 0))
    made = _gathered(types.set_of(element), tuple(data), data)
    return made.marked(marks) if marks else made


def pairs(collection: Value) -> Iterator[tuple[Value, Value]]:
    """Yield the keys and values of a known collection, as `for` and `for_each` see them.

    Elements of lists and tuples have their index as key, elements of sets themselves.
    """
    data = collection.data
    if isinstance(data, dict):
        return ((string(name), part) for name, part in data.items())
    if collection.type.kind == "set":
        return ((part, part) for part in data)
    return ((number(index), part) for index, part in enumerate(data))


def length_known(value: Value) -> bool:
    """Say whether the length is certain: a set with unknown elements may shrink once they are known."""
    return value.known and (value.type.kind != "set" or value.wholly_known or len(value.data) < 2)


def identity(value: Value) -> Any:
    """Return a hashable key that is equal for equal values of one type."""
    data = value.data
    if isinstance(data, tuple):
        return ("[", *map(identity, data))
    if isinstance(data, dict):
        return ("{", *((name, identity(part)) for name, part in data.items()))
    return (value.type.kind, data)


def unmark_deep(value: Value) -> tuple[Value, frozenset[str]]:
    """Return the value without any marks, and all marks that were in it."""
    if not value.has_marks:
        return value, NO_MARKS
    marks = value.marks
    data = value.data
    if isinstance(data, tuple):
        cleaned = [unmark_deep(part) for part in data]
        data = tuple(part for part, _ in cleaned)
        marks = marks.union(*(inner for _, inner in cleaned))
    elif isinstance(data, dict):
        by_name = {name: unmark_deep(part) for name, part in data.items()}
        data = {name: part for name, (part, _) in by_name.items()}
        marks = marks.union(*(inner for _, inner in by_name.values()))
    made = Value(value.type, data, value.size, value.wholly_known)
    made.not_null = value.not_null
    return made, marks
