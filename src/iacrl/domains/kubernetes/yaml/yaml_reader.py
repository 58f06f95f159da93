"""YAML through libyaml's events, with every limit checked while reading.

Only PyYAML's event stream is used. Its events come from a loop with a stack on the heap, so nesting cannot overflow the
C stack. PyYAML's composer does overflow it, at 20 to 30 thousand levels. The builder counts nodes, levels and
documents, and stops at the first one too many. An alias counts as much as its target, so a bomb is refused before
anything walks it. Positions are not kept: `reader.locate` finds them when there is something to report.

libyaml scans up to 1,024 characters ahead of its events, to see whether a `[` begins a key. It may stop there before
the builder has seen the earlier text: at a character it cannot read, or, since 0.2.6, at its own nesting limit (1,000
levels). The first problem in the text is reported, so the verdict does not depend on libyaml's version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from iacrl.domains.kubernetes.yaml.escaped_quotes import without_escaped_quotes
from iacrl.domains.kubernetes.yaml.scalars import ScalarError, is_no_number, key, plain, tagged
from iacrl.domains.kubernetes.yaml.text_limits import MAX_DEPTH, MAX_DOCUMENTS, MAX_NODES, Unreadable, at_index
from iacrl.domains.ranges import Position, Range, one_character

#: A line that separates documents; the group is the rest of the line.
_SEPARATOR = re.compile(r"^---(.*)\n?", re.MULTILINE)
#: An escape of JSON that YAML 1.1 does not have: libyaml accepts it, kubectl does not.
_ESCAPED_SLASH = re.compile(r"(?<!\\)(?:\\\\)*\\/")
_BOM = "\ufeff"
_MERGE_TAG = "tag:yaml.org,2002:merge"
_NOTHING: Any = object()  # "no key is waiting": None and "" are values
_MERGE: Any = object()  # the waiting key is `<<`


def read_yaml(text: str, start: int = 0) -> list[Any]:
    """Return the value of each document of a YAML stream.

    Args:
        text: The stream.
        start: The index where it begins.

    Raises:
        Unreadable: The text is not YAML, or exceeds a limit.
    """
    builder = _Builder()
    for line, part in split_documents(text, start):
        try:
            try:
                builder.build(part)
            except _NotYaml as error:
                earlier = None if error.token is None else _first_finding(part[: error.token], again=1)
                raise (earlier or error) from None
        except Unreadable as problem:
            raise Unreadable(problem.code, problem.message, _moved(problem.range, line)) from None
    return builder.documents


def split_documents(text: str, start: int = 0) -> list[tuple[int, str]]:
    """Return the parts of a text that kubectl reads separately, each with the number of lines before it.

    kubectl cuts at every line that begins with `---`, whatever YAML makes of it, and reads the first document of each
    part.

    Raises:
        Unreadable: Something other than a comment follows a separator on its line.
    """
    parts: list[tuple[int, str]] = []
    line = text.count("\n", 0, start)
    begin = start
    for found in _SEPARATOR.finditer(text, start):
        rest = found[1].strip()
        if rest and not rest.startswith("#"):
            message = f"Only a comment may follow --- on its line, not {rest[:40]!r}."
            raise Unreadable("KB100", message, at_index(text, found.start(1)))
        if found.start() == begin and found[1].startswith("#"):
            continue  # with nothing before it the line is a part of what follows, if that is not a comment
        parts.append((line, text[begin : found.start()].removeprefix(_BOM)))
        line += text.count("\n", begin, found.end())
        begin = found.end()
        if len(parts) > MAX_DOCUMENTS:
            raise Unreadable("KB102", f"More than {MAX_DOCUMENTS:,} documents.", at_index(text, begin))
    parts.append((line, text[begin:].removeprefix(_BOM)))
    return parts


def _moved(where: Range, lines: int) -> Range:
    start, end = where.start, where.end
    return Range(Position(start.line + lines, start.column), Position(end.line + lines, end.column))


def _first_finding(text: str, again: int) -> Unreadable | None:
    """Return the finding for a text that was cut, ignoring where it ends.

    Args:
        again: How often to cut it once more: forbidden characters are found before nesting, and nesting before events.
    """
    try:
        _Builder().build(text)
    except _NotYaml as error:
        if error.token is None:
            return error if error.index < len(text) else None
        return _first_finding(text[: error.token], again - 1) if again else None
    except Unreadable as error:
        return error
    return None


class _NotYaml(Unreadable):
    """libyaml cannot read the character at `index`.

    Attributes:
        token: Where its token begins, if libyaml may have read further than its events say.
    """

    def __init__(self, code: str, message: str, where: Range, index: int, token: int | None) -> None:
        super().__init__(code, message, where)
        self.index = index
        self.token = token


class _Builder:
    """Builds values from events, counting as it goes."""

    def __init__(self) -> None:
        self.documents: list[Any] = []
        self.current: Any = None  # the innermost open collection
        self.waiting: Any = _NOTHING  # a key of `current` that has no value yet
        self.outer: list[tuple[Any, Any, str | None, int]] = []  # around it: collection, key, anchor, count before
        self.anchors: dict[str, tuple[Any, int]] = {}  # values and their sizes; `_NOTHING` while still open
        self.typed: dict[tuple[int, str], set[Any]] = {}  # by mapping (its id) and name, the keys that are not strings
        self.count = 0

    def build(self, text: str) -> None:
        """Add the first document of a text."""
        self.anchors.clear()
        slashes = "\\/" in text
        for event in events(text):
            kind = event.__class__
            if kind is ScalarEvent:
                if slashes and event.style == '"':  # type: ignore[attr-defined]
                    _refuse_slash(text, event)
                self.scalar(cast(ScalarEvent, event))
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self.open(cast(CollectionStartEvent, event), {} if kind is MappingStartEvent else [])
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self.close(event)
            elif kind is AliasEvent:
                self.alias(cast(AliasEvent, event))
            elif kind is DocumentEndEvent:
                return

    def scalar(self, event: ScalarEvent) -> None:
        plainly = event.implicit[0] and event.tag is None
        names = self.current.__class__ is dict and self.waiting is _NOTHING
        try:
            if plainly:
                value: Any = event.value if names and is_no_number(event.value) else plain(event.value)
            else:
                value = event.value if event.tag is None else tagged(event.value, event.tag)
        except ScalarError as error:
            raise unreadable("KB100", str(error), event) from None
        self.count += 1
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, 1)
        if names and value == "<<" and (plainly or event.tag == _MERGE_TAG):
            value = _MERGE
        self.put(value, event)

    def open(self, event: CollectionStartEvent, value: Any) -> None:
        if len(self.outer) >= MAX_DEPTH:
            raise unreadable("KB103", f"Nested more than {MAX_DEPTH} levels deep.", event)
        if self.current.__class__ is dict and self.waiting is _NOTHING:
            raise unreadable("KB105", "A key must be a name, not a list or a mapping.", event)
        self.outer.append((self.current, self.waiting, event.anchor, self.count))
        self.count += 1
        if event.anchor is not None:
            self.anchors[event.anchor] = (_NOTHING, 0)
        self.current, self.waiting = value, _NOTHING

    def close(self, event: Event) -> None:
        value = self.current
        self.current, self.waiting, anchor, before = self.outer.pop()
        if anchor is not None:
            self.anchors[anchor] = (value, self.count - before)
        self.put(value, event)

    def alias(self, event: AliasEvent) -> None:
        value, size = self.anchors.get(event.anchor or "", (None, 0))
        if not size:
            why = "contains itself" if value is _NOTHING else "is not defined before this alias"
            raise unreadable("KB104", f"The anchor &{event.anchor} {why}.", event)
        self.count += size
        self.put(value, event)

    def put(self, value: Any, event: Event) -> None:
        if self.count > MAX_NODES:
            message = f"More than {MAX_NODES:,} values, each alias counted as its value."
            raise unreadable("KB102", message, event)
        current = self.current
        if current is None:
            if len(self.documents) >= MAX_DOCUMENTS:
                raise unreadable("KB102", f"More than {MAX_DOCUMENTS:,} documents.", event)
            self.documents.append(value)
        elif current.__class__ is list:
            current.append(value)
        elif self.waiting is _NOTHING:
            self.waiting = value if value is _MERGE else self.key(value, event)
        elif self.waiting is _MERGE:
            self.merge(value, event)
            self.waiting = _NOTHING
        else:
            current[self.waiting] = value
            self.waiting = _NOTHING

    def key(self, value: Any, event: Event) -> str:
        if isinstance(value, dict | list):
            raise unreadable("KB105", "A key must be a name, not a list or a mapping.", event)
        try:
            name = key(value)
        except ScalarError as error:
            raise unreadable("KB105", str(error), event) from None
        # The same word with another type is another key: 1 and "1", 1 and 1.0.
        kept = value if isinstance(value, str) else (value.__class__, value, "." in getattr(event, "value", ""))
        if name in self.current and kept in self.typed.get((id(self.current), name), {name}):
            raise unreadable("KB101", f"The key {name!r} is repeated in this mapping.", event)
        if kept is not value or name in self.current:
            before = {name} if name in self.current else set()
            self.typed.setdefault((id(self.current), name), before).add(kept)
        return name

    def merge(self, value: Any, event: Event) -> None:
        """Put the entries of `<<` into the mapping. They count again, because the mapping holds them too.

        A key that exists already or comes twice is a duplicate in strict decoding.
        """
        sources = value if isinstance(value, list) else [value]
        if not all(isinstance(source, dict) for source in sources):
            raise unreadable("KB100", "The merge key << needs a mapping, or a list of mappings.", event)
        for source in sources:
            twice = next((name for name in source if name in self.current), None)
            if twice is not None:
                raise unreadable("KB101", f"The key {twice!r} is repeated in this mapping, once by <<.", event)
            self.current.update(source)
            self.count += len(source)


def _refuse_slash(text: str, event: Event) -> None:
    start: Any = event.start_mark  # None only for events that are made by hand
    end: Any = event.end_mark
    if _ESCAPED_SLASH.search(text, start.index, end.index):
        raise unreadable("KB100", "The escape \\/ belongs to JSON: write / in YAML.", event)


def events(text: str) -> Iterator[Event]:
    """Yield libyaml's events.

    Raises:
        Unreadable: The text contains characters that YAML forbids, or breaks its grammar.
    """
    replaced = without_escaped_quotes(text)
    try:
        parser = CParser(text if replaced is None else replaced.text)
        get_event = parser.get_event
        while True:
            event = get_event()
            if event is None or event.__class__ is StreamEndEvent:
                return
            if replaced is not None and event.__class__ is ScalarEvent:
                replaced.restore(event)
            yield event
    except UnicodeEncodeError as error:
        raise Unreadable(
            "KB106", "The text is not valid UTF-8: it holds a part of a character.", at_index(text, error.start)
        ) from None
    except yaml.reader.ReaderError as error:
        index = len(text.encode()[: error.position].decode(errors="ignore"))
        message = f"The text holds a character that YAML forbids: {error.reason}."
        raise _NotYaml("KB106", message, at_index(text, index), index, index) from None
    except yaml.MarkedYAMLError as error:
        words = " ".join(filter(None, (error.problem, error.context)))
        marks = [mark for mark in (error.problem_mark, error.context_mark) if mark]
        start = _position(marks[0] if marks else None)
        index = marks[0].index if marks else 0
        token = min(mark.index for mark in marks) if marks and isinstance(error, yaml.scanner.ScannerError) else None
        raise _NotYaml("KB100", f"Not YAML: {words}.", one_character(*start), index, token) from None


def event_range(event: Event) -> Range:
    """Return where an event is in the text."""
    return Range(_position(event.start_mark), _position(event.end_mark))


def unreadable(code: str, message: str, event: Event) -> Unreadable:
    """Return the finding about an event."""
    return Unreadable(code, message, event_range(event))


def _position(mark: Any) -> Position:
    return Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
