"""Where each value stands in the text: built only when there is a finding to place or a document asks for a range."""

from __future__ import annotations

from dataclasses import dataclass, field

from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from iacrl.validators.kubernetes.reader import Unreadable, event_range, events
from iacrl.validators.kubernetes.scalars import ScalarError, key, plain
from iacrl.validators.verdict import Position, Range

Steps = tuple[str | int, ...]

_START = Range(Position(1, 1), Position(1, 2))


@dataclass(slots=True)
class Place:
    """One value's range, with the places of what it holds.

    Attributes:
        range: From the first to the last character of the value; a block collection ends with its last element.
        key: The range of the key that names it in its mapping, if any.
        parts: The places inside, by key or index.
    """

    range: Range
    key: Range | None = None
    parts: dict[str | int, Place] = field(default_factory=dict)

    def find(self, steps: Steps) -> Place:
        """Return the place at `steps`, or the nearest enclosing one."""
        place = self
        for step in steps:
            if step not in place.parts:
                break
            place = place.parts[step]
        return place

    def headline(self) -> Range:
        """Return what to underline: a scalar itself, a collection's key, or its first element's headline."""
        if not self.parts:
            return self.range
        if self.key is not None:
            return self.key
        first = next(iter(self.parts.values()))
        return first.key or first.headline()


def locate(text: str) -> list[Place]:
    """Return the place of each document of a text that `read` has accepted; for unreadable text, what came before."""
    try:
        return _build(text)
    except Unreadable:
        # JSON that is not YAML (an escaped surrogate pair, two objects in a row) is rare: it gets no finer position.
        return []


def _build(text: str) -> list[Place]:
    roots: list[Place] = []
    stack: list[tuple[Place, bool]] = []  # open collections, and whether each is a mapping
    keys: list[tuple[str, Range] | None] = []  # the key that waits in each of them
    anchors: dict[str, Place] = {}
    for event in events(text):
        if isinstance(event, MappingEndEvent | SequenceEndEvent):
            closed, _ = stack.pop()
            keys.pop()
            _end_with_last(closed, event_range(event))
            continue
        if isinstance(event, DocumentStartEvent):
            anchors.clear()
            continue
        if not isinstance(event, ScalarEvent | AliasEvent | MappingStartEvent | SequenceStartEvent):
            continue
        place = Place(event_range(event))
        if isinstance(event, AliasEvent):
            place.parts = anchors[event.anchor or ""].parts
        elif event.anchor is not None:
            anchors[event.anchor] = place
        if not stack:
            roots.append(place)
        elif not stack[-1][1]:
            holder = stack[-1][0]
            holder.parts[len(holder.parts)] = place
        elif (waiting := keys[-1]) is None:
            keys[-1] = (_name(event), place.range)
            continue
        else:
            _enter(stack[-1][0], waiting, place)
            keys[-1] = None
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            stack.append((place, isinstance(event, MappingStartEvent)))
            keys.append(None)
    return roots


def _enter(mapping: Place, waiting: tuple[str, Range], place: Place) -> None:
    name, where = waiting
    place.key = where
    mapping.parts[name] = place
    if name == "<<":
        for source in (place, *place.parts.values()):
            for inner, part in source.parts.items():
                mapping.parts.setdefault(inner, part)


def _name(event: object) -> str:
    if not isinstance(event, ScalarEvent):
        return ""
    try:
        return key(plain(event.value)) if event.implicit[0] else str(event.value)
    except ScalarError:
        return str(event.value)


def _end_with_last(closed: Place, marked: Range) -> None:
    """A block collection's own end mark lies at the next token, after comments and blank lines: use its last part's."""
    start, end = closed.range.start, marked.end
    if marked.start == marked.end:
        last = max((part.range.end for part in closed.parts.values()), default=closed.range.end)
        end = max(last, closed.range.end)
    closed.range = Range(start, end)
