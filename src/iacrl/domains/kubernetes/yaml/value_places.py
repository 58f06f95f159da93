"""Where each value is in the text: built only to place a finding or to return a document's range."""

from __future__ import annotations

from dataclasses import dataclass

from iacrl.domains.paths import Steps
from iacrl.domains.ranges import Position, Range

#: First line and column, last line and column (exclusive), counted from 0.
Span = tuple[int, int, int, int]


@dataclass(slots=True, eq=False)
class ValuePlace:
    """One value's place, with the places of the values inside it. Ranges are computed on request: few are needed.

    Attributes:
        begin: The scalar, or the mark that opens the collection.
        end: The same scalar, or the mark that closes the collection.
        parts: The places inside, by key or index; None for a scalar.
        name: The value's key in its mapping.
    """

    begin: Span
    end: Span
    parts: dict[str | int, ValuePlace] | None = None
    name: Span | None = None

    def find(self, steps: Steps) -> ValuePlace:
        """Return the place at `steps`, or the nearest enclosing one."""
        place = self
        for step in steps:
            if place.parts is None or step not in place.parts:
                break
            place = place.parts[step]
        return place

    @property
    def key(self) -> Range | None:
        """The range of the value's key in its mapping."""
        return None if self.name is None else _range(self.name)

    @property
    def range(self) -> Range:
        """From the first to the last character. A block collection ends with its last element: its own end mark is
        at the next token, after comments and blank lines.
        """
        end = self.end[2:]
        if self.parts is not None and self.end[:2] == end:
            place = self
            while place.parts:
                place = next(reversed(place.parts.values()))
            end = max(place.end[2:], self.begin[2:])
        return _range((*self.begin[:2], *end))

    def headline(self) -> Range:
        """Return what to underline: a scalar itself, a collection's key, or its first element's headline."""
        place = self
        while place.parts:
            if place is not self and place.name is not None:
                break
            if self.name is not None:
                return _range(self.name)
            place = next(iter(place.parts.values()))
            if place.name is not None:
                return _range(place.name)
        return _range(place.begin)


def _range(span: Span) -> Range:
    return Range(Position(span[0] + 1, span[1] + 1), Position(span[2] + 1, span[3] + 1))
