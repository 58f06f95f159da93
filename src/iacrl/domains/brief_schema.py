"""A short form of a schema, for people in a hurry and for models: fields of one type share a line.

    metadata: {...}
    spec:
      selector*: {...}
      integer: replicas, revisionHistoryLimit

`*` is required, `{...}` has fields that are not shown. The first levels are shown as long as they stay short.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from iacrl.errors import UserError, did_you_mean

#: Levels are opened until so many fields are shown.
_MOST_FIELDS: Final = 60


class BriefField(NamedTuple):
    """One field of a schema.

    Attributes:
        name: How it is written.
        words: Its type, or how many there may be; may be empty if it has fields of its own.
        required: Whether it has to be set.
        inner: Returns its own fields; None if it has none. Called late, because schemas may contain themselves.
        shut: Whether it stays closed when a whole type is shown, because it is the same in every type.
    """

    name: str
    words: str
    required: bool = False
    inner: Callable[[], Sequence[BriefField]] | None = None
    shut: bool = False


def field_at(fields: Sequence[BriefField], path: Sequence[str], whole: str) -> BriefField:
    """Return the field that a path leads to.

    Args:
        fields: The fields of the whole type.
        path: Names, at least one.
        whole: The type, for messages.

    Raises:
        UserError: The field is unknown; the message names the nearest.
    """
    found = None
    for name in path:
        found = next((each for each in fields if each.name == name), None)
        if found is None:
            raise UserError(f"{whole} has no field {name!r}.{did_you_mean(name, [each.name for each in fields])}")
        whole = f"{whole}.{name}"
        fields = found.inner() if found.inner else ()
    assert found is not None
    return found


def brief_lines(fields: Sequence[BriefField]) -> list[str]:
    """Return the lines for these fields, with lower levels as long as they are short enough."""
    opened: dict[int, Sequence[BriefField]] = {}
    shown = len(fields)
    waiting = deque(field for field in fields if field.inner and not field.shut)
    kept = list(waiting)  # fields are compared by identity, so each has to stay alive
    while waiting:
        field = waiting.popleft()
        inner = field.inner() if field.inner else ()
        if shown + len(inner) > _MOST_FIELDS:
            continue
        shown += len(inner)
        opened[id(field)] = inner
        deeper = [each for each in inner if each.inner and not each.shut]
        kept += deeper
        waiting += deeper
    return list(_lines(fields, opened, ""))


def _lines(fields: Sequence[BriefField], opened: dict[int, Sequence[BriefField]], indent: str) -> Iterator[str]:
    plain: dict[str, list[str]] = {}
    for field in sorted(fields, key=lambda each: not each.required):
        if field.inner is None:
            plain.setdefault(field.words, []).append(_named(field))
    for words, names in plain.items():
        yield f"{indent}{words}: {', '.join(names)}"
    for field in sorted(fields, key=lambda each: not each.required):
        if field.inner is None:
            continue
        words = f" {field.words}" if field.words else ""
        inner = opened.get(id(field))
        yield f"{indent}{_named(field)}:{words}{' {...}' if inner is None else ''}"
        if inner is not None:
            yield from _lines(inner, opened, f"{indent}  ")


def _named(field: BriefField) -> str:
    return f"{field.name}*" if field.required else field.name
