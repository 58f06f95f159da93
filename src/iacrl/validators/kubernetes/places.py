"""Where each value stands in the text: built only when there is a finding to place or a document asks for a range."""

from __future__ import annotations

from dataclasses import dataclass

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
from iacrl.validators.kubernetes.yaml_reader import event_range, events
from iacrl.validators.verdict import Range


@dataclass(slots=True, eq=False)
class Place:
    """One value's place, with the places of what it holds. Ranges are computed when asked for: few are.

    Attributes:
        parts: The places inside, by key or index; None for a scalar.
    """

    begin: Event
    end: Event
    parts: dict[str | int, Place] | None = None
    name: Event | None = None

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
        return None if self.name is None else event_range(self.name)

    @property
    def range(self) -> Range:
        """From the first to the last character. A block collection ends with its last element: its own end mark lies
        at the next token, after comments and blank lines.
        """
        whole = event_range(self.begin)
        closing = event_range(self.end)
        end = closing.end
        if self.parts is not None and closing.start == closing.end:
            place = self
            while place.parts:
                place = next(reversed(place.parts.values()))
            end = max(event_range(place.end).end, whole.end)
        return Range(whole.start, end)

    def headline(self) -> Range:
        """Return what to underline: a scalar itself, a collection's key, or its first element's headline."""
        place = self
        while place.parts:
            if place is not self and place.name is not None:
                break
            if self.name is not None:
                return event_range(self.name)
            place = next(iter(place.parts.values()))
            if place.name is not None:
                return event_range(place.name)
        return event_range(place.begin)


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
    keys: list[Event | None] = []  # the key that waits in each of them
    anchors: dict[str, Place] = {}
    for event in events(text):
        kind = event.__class__
        if kind is MappingEndEvent or kind is SequenceEndEvent:
            stack.pop().end = event
            keys.pop()
            continue
        if not isinstance(event, NodeEvent):
            if kind is DocumentStartEvent:
                anchors.clear()
            continue
        opens = kind is MappingStartEvent or kind is SequenceStartEvent
        place = Place(event, event, {} if opens else None)
        if kind is AliasEvent:
            place.parts = anchors[event.anchor or ""].parts
        elif event.anchor is not None:
            anchors[event.anchor] = place
        if not stack:
            roots.append(place)
        else:
            holder = stack[-1]
            waiting = keys[-1]
            if holder.begin.__class__ is SequenceStartEvent:
                _parts(holder)[len(_parts(holder))] = place
            elif waiting is None:
                keys[-1] = event
                continue
            else:
                place.name = waiting
                _enter(holder, _name(waiting), place)
                keys[-1] = None
        if opens:
            stack.append(place)
            keys.append(None)
    return roots


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
