"""Where each value stands in the text: built only when there is a finding to place or a document asks for a range.

A place keeps numbers, not libyaml's events: a hundred thousand of those would keep Python's garbage collector busy for
longer than everything else takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from iacrl.validators.kubernetes.limits import Steps, Unreadable
from iacrl.validators.kubernetes.scalars import ScalarError, key, plain
from iacrl.validators.kubernetes.yaml_reader import events
from iacrl.validators.verdict import Position, Range

#: First line and column, last line and column (behind it), counted from 0.
Span = tuple[int, int, int, int]


@dataclass(slots=True, eq=False)
class Place:
    """One value's place, with the places of what it holds. Ranges are computed when asked for: few are.

    Attributes:
        begin: A scalar, or the mark that opens a collection.
        end: The same scalar, or the mark that closes the collection.
        parts: The places inside, by key or index; None for a scalar.
        name: The key that names the value in its mapping.
    """

    begin: Span
    end: Span
    parts: dict[str | int, Place] | None = None
    name: Span | None = None

    def find(self, steps: Steps) -> Place:
        """Return the place at `steps`, or the nearest enclosing one."""
        place = self
        for step in steps:
            if place.parts is None or step not in place.parts:
                break
            place = place.parts[step]
        return place

    @property
    def key(self) -> Range | None:
        """The range of the key that names the value in its mapping."""
        return None if self.name is None else _range(self.name)

    @property
    def range(self) -> Range:
        """From the first to the last character. A block collection ends with its last element: its own end mark lies
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


def locate(text: str) -> list[Place]:
    """Return the place of each document of a text that `read` has accepted."""
    try:
        return _build(text)
    except Unreadable:
        # JSON that is not YAML (an escaped surrogate pair, two objects in a row) is rare: it gets no finer position.
        return []


def _build(text: str) -> list[Place]:
    roots: list[Place] = []
    stack: list[Place] = []  # open collections
    kinds: list[bool] = []  # whether each of them is a list
    keys: list[tuple[str, Span] | None] = []  # the key that waits in each of them
    anchors: dict[str, Place] = {}
    for event in events(text):
        kind = event.__class__
        if kind is MappingEndEvent or kind is SequenceEndEvent:
            stack.pop().end = _span(event)
            keys.pop()
            kinds.pop()
            continue
        if not isinstance(event, NodeEvent):
            if kind is DocumentStartEvent:
                anchors.clear()
            continue
        opens = kind is MappingStartEvent or kind is SequenceStartEvent
        span = _span(event)
        place = Place(span, span, {} if opens else None)
        if kind is AliasEvent:
            place.parts = anchors[event.anchor or ""].parts
        elif event.anchor is not None:
            anchors[event.anchor] = place
        if not stack:
            roots.append(place)
        else:
            holder = stack[-1]
            waiting = keys[-1]
            if kinds[-1]:
                _parts(holder)[len(_parts(holder))] = place
            elif waiting is None:
                keys[-1] = _name(event), span
                continue
            else:
                name, place.name = waiting
                _enter(holder, name, place)
                keys[-1] = None
        if opens:
            stack.append(place)
            keys.append(None)
            kinds.append(kind is SequenceStartEvent)
    return roots


def _span(event: Event) -> Span:
    start: Any = event.start_mark  # None only for events that are made by hand
    end: Any = event.end_mark
    return start.line, start.column, end.line, end.column


def _range(span: Span) -> Range:
    return Range(Position(span[0] + 1, span[1] + 1), Position(span[2] + 1, span[3] + 1))


def _parts(place: Place) -> dict[str | int, Place]:
    if place.parts is None:
        place.parts = {}
    return place.parts


def _enter(mapping: Place, name: str, place: Place) -> None:
    _parts(mapping)[name] = place
    if name == "<<" and place.parts:
        for source in (place, *place.parts.values()):
            for inner, part in (source.parts or {}).items():
                _parts(mapping).setdefault(inner, part)


def _name(event: Event) -> str:
    if not isinstance(event, ScalarEvent):
        return ""
    try:
        return key(plain(event.value)) if event.implicit[0] else str(event.value)
    except ScalarError:
        return str(event.value)
