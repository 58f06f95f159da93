"""Where each value is in a text in the plain style, found without libyaml.

Findings need a place, and libyaml's events cost more than the rest of the verdict. This module follows the lines as
`plain_blocks` does, which has accepted the text. It finds the same as `yaml_places`; a test compares them.
"""

from __future__ import annotations

from typing import Any

from iacrl.domains.kubernetes.yaml.plain_blocks import parse_line, value_columns
from iacrl.domains.kubernetes.yaml.value_places import Span, ValuePlace

#: The end of a block collection: it only matters that it has no width.
_NOWHERE: Span = (0, 0, 0, 0)


def locate_plain_blocks(text: str) -> list[ValuePlace]:
    """Return the place of each document of a text that `read_plain_blocks` has accepted."""
    roots: list[ValuePlace] = []
    open_: list[tuple[int, bool, dict[str | int, ValuePlace]]] = []  # collections: column, whether it is a list, places
    waiting: ValuePlace | None = None  # of a key whose value is on the lines below, or is null
    for number, line in enumerate(text.split("\n")):
        body = line.lstrip(" ")
        if not body:
            continue
        parts = parse_line(body)
        if parts is None:  # `---`
            open_.clear()
            waiting = None
            continue
        dash, key, value, has_value = parts
        if key is None and not dash:
            continue  # a comment
        column = len(line) - len(body)
        if not open_:
            root, inside = _opened(number, column, column)
            roots.append(root)
            open_.append((column, dash, inside))
        elif waiting is not None and (column > open_[-1][0] or (dash and column == open_[-1][0])):
            # A list in the column of the mapping around it begins with its first dash, any other without a mark.
            opened, inside = _opened(number, column, column + (column == open_[-1][0]))
            waiting.begin, waiting.end, waiting.parts = opened.begin, opened.end, inside
            open_.append((column, dash, inside))
        waiting = None
        while open_[-1][0] > column or (open_[-1][0] == column and open_[-1][1] and not dash):
            open_.pop()
        holder = open_[-1][2]
        at = column
        if dash:
            at += 2
            if key is not None:
                holder[len(holder)], inside = _opened(number, at, at)
                holder = inside
                open_.append((at, False, inside))
        if key is None:
            holder[len(holder)] = _valued(number, column, body, value)
            continue
        end = at + len(key)
        if has_value:
            place = _valued(number, column, body, value)
        else:
            null = (number, end + 1, number, end + 1)
            place = waiting = ValuePlace(null, null)
        place.name = (number, at, number, end)
        holder[key] = place
    return roots


def _opened(number: int, column: int, end: int) -> tuple[ValuePlace, dict[str | int, ValuePlace]]:
    """Return the place of a block collection that begins here, and the container for the places in it."""
    parts: dict[str | int, ValuePlace] = {}
    return ValuePlace((number, column, number, end), _NOWHERE, parts), parts


def _valued(number: int, column: int, body: str, value: Any) -> ValuePlace:
    """Return the place of the value in a line."""
    start, end = value_columns(body)
    start, end = column + start, column + end
    if isinstance(value, dict | list):  # `{}` or `[]`
        return ValuePlace((number, start, number, start + 1), (number, start + 1, number, end), {})
    span = (number, start, number, end)
    return ValuePlace(span, span)
