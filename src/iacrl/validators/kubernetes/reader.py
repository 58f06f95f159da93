"""From text to plain values, as kubectl reads it, with every limit checked while reading.

The parser is libyaml's, through PyYAML, but only its event stream is used: events come from a loop with a stack on the
heap, so no nesting can overflow the C stack, as it does in PyYAML's composer (at 20 to 30 thousand levels). The loop
below counts nodes, levels and documents as it goes and stops at the first one too many; an alias counts as much as
what it stands for, so that a bomb is refused before anything walks it. Positions are not kept: `places` finds them
when there is something to report.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.cyaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from iacrl.validators.kubernetes.scalars import ScalarError, key, plain, tagged
from iacrl.validators.verdict import Position, Range

#: More than any real stream of manifests needs (etcd stores objects of at most 1.5 MiB).
MAX_CHARACTERS = 4 * 1024 * 1024
MAX_NODES = 150_000
MAX_DEPTH = 200
MAX_DOCUMENTS = 1_000

_NOTHING: Any = object()  # "no key is waiting": None and "" are values
_MERGE: Any = object()  # the key that waits is `<<`


@dataclass(frozen=True, slots=True)
class Unreadable(Exception):  # noqa: N818 - not a failure of the program: it is turned into a diagnostic
    """The text cannot be read. `code` names the rule in `rules.syntax`."""

    code: str
    message: str
    range: Range


def read(text: str) -> list[Any]:
    """Return the value of each document of a stream: nested dicts, lists, strings, numbers, booleans and None.

    Raises:
        Unreadable: The text is no YAML, or over a limit.
    """
    documents: list[Any] = []
    containers: list[Any] = []  # open collections, outermost first
    keys: list[Any] = []  # for each open mapping or sequence, the key that waited when it was opened
    anchors: dict[str, tuple[Any, int]] = {}
    opened: list[tuple[str | None, int]] = []  # for each open collection, its anchor and the count before it
    merged: dict[int, set[str]] = {}  # by id of a mapping, the keys that came only by `<<`
    current: Any = None
    waiting: Any = _NOTHING
    count = 0

    for event in events(text):
        kind = event.__class__
        if kind is ScalarEvent:
            count += 1
            if event.implicit[0]:
                try:
                    value: Any = plain(event.value)
                except ScalarError as error:
                    raise unreadable("KB100", str(error), event) from None
            elif event.implicit[1]:
                value = event.value
            else:
                value = _of_tag(event)
            if event.anchor is not None:
                anchors[event.anchor] = (value, 1)
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            count += 1
            if len(containers) >= MAX_DEPTH:
                raise unreadable("KB103", f"Nested more than {MAX_DEPTH} levels deep.", event)
            if current.__class__ is dict and waiting is _NOTHING:
                raise unreadable("KB105", "A key must be a name, not a list or a mapping.", event)
            containers.append(current)
            keys.append(waiting)
            opened.append((event.anchor, count))
            if event.anchor is not None:
                anchors[event.anchor] = (_NOTHING, 0)
            current = {} if kind is MappingStartEvent else []
            waiting = _NOTHING
            continue
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            value = current
            anchor, before = opened.pop()
            if anchor is not None:
                anchors[anchor] = (value, count - before + 1)
            current = containers.pop()
            waiting = keys.pop()
        elif kind is AliasEvent:
            value, size = _aliased(event, anchors)
            count += size
        else:
            if kind is DocumentStartEvent:
                anchors.clear()
            continue

        if count > MAX_NODES:
            raise unreadable("KB102", f"More than {MAX_NODES:,} values, aliases counted as what they stand for.", event)
        if current is None:
            documents.append(value)
            if len(documents) > MAX_DOCUMENTS:
                raise unreadable("KB102", f"More than {MAX_DOCUMENTS:,} documents.", event)
        elif current.__class__ is list:
            current.append(value)
        elif waiting is _NOTHING:
            if kind is ScalarEvent and value == "<<" and event.implicit[0]:
                waiting = _MERGE
            else:
                waiting = value if value.__class__ is str else _key(value, event)
                if waiting in current and not _overrides_merge(merged, current, waiting):
                    raise unreadable("KB101", f"The key {waiting!r} stands twice in this mapping.", event)
        elif waiting is _MERGE:
            waiting = _NOTHING
            count += _merge(current, value, event, merged)
        else:
            current[waiting] = value
            waiting = _NOTHING
    return documents


def events(text: str) -> Iterator[Event]:
    """Yield libyaml's events.

    Raises:
        Unreadable: The text is too large, holds characters that YAML forbids, or breaks its grammar.
    """
    if len(text) > MAX_CHARACTERS:
        start = Position(1, 1)
        message = f"The text is longer than {MAX_CHARACTERS:,} characters."
        raise Unreadable("KB102", message, Range(start, Position(1, 2)))
    try:
        parser = CParser(text)
        get_event = parser.get_event
        while True:
            event = get_event()
            if event is None or event.__class__ is StreamEndEvent:
                return
            yield event
    except UnicodeEncodeError as error:
        raise Unreadable(
            "KB106", "The text is not valid Unicode: it holds half of a character.", _at(text, error.start)
        ) from None
    except yaml.reader.ReaderError as error:
        index = len(text.encode()[: error.position].decode(errors="ignore"))
        raise Unreadable(
            "KB106", f"The text holds a character that YAML forbids: {error.reason}.", _at(text, index)
        ) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        start = Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
        words = " ".join(filter(None, (error.problem, error.context)))
        raise Unreadable("KB100", f"Not YAML: {words}.", Range(start, Position(start.line, start.column + 1))) from None


def event_range(event: Event) -> Range:
    """Return where an event stands in the text."""
    start, end = event.start_mark, event.end_mark
    return Range(Position(start.line + 1, start.column + 1), Position(end.line + 1, end.column + 1))


def unreadable(code: str, message: str, event: Event) -> Unreadable:
    """Return the finding about an event."""
    return Unreadable(code, message, event_range(event))


def _at(text: str, index: int) -> Range:
    before = text[:index]
    line = before.count("\n") + 1
    column = index - (before.rfind("\n") + 1) + 1
    return Range(Position(line, column), Position(line, column + 1))


def _of_tag(event: ScalarEvent) -> Any:
    try:
        return tagged(event.value, event.tag or "")
    except ScalarError as error:
        raise unreadable("KB100", str(error), event) from None


def _aliased(event: AliasEvent, anchors: dict[str, tuple[Any, int]]) -> tuple[Any, int]:
    if event.anchor not in anchors:
        raise unreadable("KB104", f"No anchor &{event.anchor} stands before this alias.", event)
    value, size = anchors[event.anchor]
    if value is _NOTHING:
        raise unreadable("KB104", f"The anchor &{event.anchor} contains itself.", event)
    return value, size


def _key(value: Any, event: Event) -> str:
    if isinstance(value, dict | list):
        raise unreadable("KB105", "A key must be a name, not a list or a mapping.", event)
    try:
        return key(value)
    except ScalarError as error:
        raise unreadable("KB105", str(error), event) from None


def _overrides_merge(merged: dict[int, set[str]], mapping: dict[str, Any], name: str) -> bool:
    names = merged.get(id(mapping), set())
    if name not in names:
        return False
    names.remove(name)
    return True


def _merge(mapping: dict[str, Any], value: Any, event: Event, merged: dict[int, set[str]]) -> int:
    """Put the entries of `<<` into the mapping, earlier sources first; return how many values that adds."""
    sources = value if isinstance(value, list) else [value]
    if not all(isinstance(source, dict) for source in sources):
        raise unreadable("KB100", "The merge key << needs a mapping, or a list of mappings.", event)
    names = merged.setdefault(id(mapping), set())
    for source in reversed(sources):
        names.update(name for name in source if name not in mapping)
        mapping.update(source)
    # The sources were counted where they stand as aliases; their entries live on in this mapping.
    return sum(len(source) for source in sources)
