"""Where each value is in a YAML text, from libyaml's events.

A place holds numbers, not events: with a hundred thousand events, Python's garbage collector takes longer than
everything else.
"""

from __future__ import annotations

from typing import Any

from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from iacrl.domains.kubernetes.yaml.scalars import ScalarError, key, plain
from iacrl.domains.kubernetes.yaml.value_places import Span, ValuePlace
from iacrl.domains.kubernetes.yaml.yaml_reader import events, split_documents


def locate_yaml(text: str) -> list[ValuePlace]:
    """Return the place of each document of a text.

    Raises:
        Unreadable: It is not YAML.
    """
    return [place for line, part in split_documents(text) for place in _locate_first(part, line)]


def _locate_first(text: str, line: int) -> list[ValuePlace]:
    """Return the place of a part's first document, if any; the part begins after so many lines."""
    roots: list[ValuePlace] = []
    stack: list[ValuePlace] = []  # open collections
    kinds: list[bool] = []  # whether each of them is a list
    keys: list[tuple[str, Span] | None] = []  # the key that waits in each of them
    anchors: dict[str, ValuePlace] = {}
    for event in events(text):
        kind = event.__class__
        if kind is MappingEndEvent or kind is SequenceEndEvent:
            stack.pop().end = _span(event, line)
            keys.pop()
            kinds.pop()
            continue
        if not isinstance(event, NodeEvent):
            if kind is DocumentEndEvent:
                break
            continue
        opens = kind is MappingStartEvent or kind is SequenceStartEvent
        span = _span(event, line)
        place = ValuePlace(span, span, {} if opens else None)
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


def _span(event: Event, line: int) -> Span:
    start: Any = event.start_mark  # None only for events that are made by hand
    end: Any = event.end_mark
    return start.line + line, start.column, end.line + line, end.column


def _parts(place: ValuePlace) -> dict[str | int, ValuePlace]:
    if place.parts is None:
        place.parts = {}
    return place.parts


def _enter(mapping: ValuePlace, name: str, place: ValuePlace) -> None:
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
