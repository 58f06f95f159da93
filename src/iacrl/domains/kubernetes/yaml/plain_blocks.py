"""Reads the plain style of nearly all manifests, one line at a time.

libyaml parses a typical manifest in 40 µs. Passing its events to Python takes another 70, and building values as much
again: two thirds of a whole verdict. This reader accepts block mappings and lists whose keys are words and whose values
are on one line, plain or quoted without escapes. At anything else (flow collections, block scalars, anchors, tags,
escapes, tabs, odd indentation, a repeated key) it gives up and returns None, and libyaml decides. So it need not know
what is an error. A test compares it with libyaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from iacrl.domains.kubernetes.yaml.scalars import ScalarError, plain

#: libyaml reads longer texts; its reader counts nodes as it goes.
_MAX_CHARACTERS: Final = 64 * 1024
_MAX_LINE: Final = 400  # also limits the size of the cache of `parse_line`
_MAX_DEPTH: Final = 60
_MAX_DOCUMENTS: Final = 500

_UNUSUAL = re.compile(r"[^\n -~]")
#: A line without its indentation: `- ` or nothing, a key or nothing, a value or nothing, a comment or nothing.
_LINE = re.compile(
    r"""
    (?P<dash>-\ )?
    (?: (?P<key>[A-Za-z_][A-Za-z0-9_./-]{0,200}): (?:\ +|$) )?
    (?P<value>
      (?: [A-Za-z0-9_/.+$(] | --?(?=[^\ -]) ) [^#:]* (?: :(?=[^\ ]) [^#:]* )*
      | "[^"\\]*"
      | '[^']*'
      | \{\} | \[\]
      |
    )
    (?: (?:^|(?<=\ )|\ +) \#.* | \ * )
    """,
    re.VERBOSE,
)
#: Words that YAML 1.1 does not read as strings as keys.
_TYPED_KEYS: Final = frozenset(
    each
    for word in ("y", "yes", "n", "no", "true", "false", "on", "off", "null")
    for each in (word, word.capitalize(), word.upper())
)

#: Whether the line begins an element of a list, its key, its value, and whether it has one.
_Parts = tuple[bool, str | None, Any, bool]
_BLANK: Final[_Parts] = (False, None, None, False)


class _NotPlain(Exception):  # noqa: N818 - not an error of the text: libyaml decides what it is
    """A text is not in the plain style."""


def read_plain_blocks(text: str) -> list[Any] | None:
    """Return the documents of a text in the plain style; None if it contains anything else."""
    if len(text) > _MAX_CHARACTERS or _UNUSUAL.search(text):
        return None
    lines = iter(text.split("\n"))
    try:
        root, another = _read_document(lines)
        documents = [] if root is None else [root]
        while another:
            root, another = _read_document(lines)
            if root is not None:
                documents.append(root)
    except _NotPlain:
        return None
    return documents if len(documents) <= _MAX_DOCUMENTS else None


def _read_document(lines: Iterator[str]) -> tuple[Any, bool]:
    """Return the next document, and whether a `---` ended it.

    Raises:
        _NotPlain: See `read_plain_blocks`.
    """
    root: Any = None
    current: Any = None
    column = -1
    outer: list[tuple[Any, int]] = []  # the open collections around `current`, and their columns
    waiting: str | None = None  # a key of `current` whose value is on the lines below
    another = False
    for line in lines:
        body = line.lstrip(" ")
        if not body:
            continue
        here = len(line) - len(body)
        if len(line) > _MAX_LINE:
            raise _NotPlain
        parts = parse_line(body)
        if parts is None:
            if line != "---":
                raise _NotPlain
            another = True
            break
        dash, key, value, has_value = parts
        if key is None and not dash:
            continue  # a comment
        if waiting is not None:
            # The value of the waiting key begins here, or there is none.
            if here > column or (dash and here == column):
                opened = _collection(dash)
                current[waiting] = opened
                outer.append((current, column))
                if len(outer) > _MAX_DEPTH:
                    raise _NotPlain
                current, column = opened, here
            else:
                current[waiting] = None
            waiting = None
        elif root is None:
            root = current = _collection(dash)
            column = here
        shape: type[Any] = list if dash else dict
        if column != here or current.__class__ is not shape:
            current, column = _close(outer, current, column, here, shape)
        if has_value and value.__class__ in _COLLECTIONS:
            value = value.copy()  # lines must not share one `{}` or `[]`
        if dash:
            if key is None:
                current.append(value)
                continue
            outer.append((current, column))
            opened = _collection(False)
            current.append(opened)
            current, column = opened, here + 2
        if key in current:
            raise _NotPlain
        if has_value:
            current[key] = value
        else:
            waiting = key
    if waiting is not None:
        current[waiting] = None
    return root, another


def _close(outer: list[tuple[Any, int]], current: Any, column: int, here: int, shape: type[Any]) -> tuple[Any, int]:
    """Close the collections that a line in column `here` ends; return the one that it continues, and its column.

    Raises:
        _NotPlain: It does not continue anything.
    """
    # A list may be in the column of the mapping around it, so a key in that column closes it.
    while column > here or (column == here and shape is dict and current.__class__ is list):
        if not outer:
            raise _NotPlain
        current, column = outer.pop()
    if column != here or current.__class__ is not shape:
        raise _NotPlain
    return current, column


_COLLECTIONS: Final = frozenset({dict, list})


def _collection(dash: bool) -> Any:
    return [] if dash else {}


@lru_cache(maxsize=16384)
def parse_line(body: str) -> _Parts | None:
    """Split a line without its indentation; None if it is not in the plain style. Manifests share most lines."""
    if body[0] == "#":
        return _BLANK
    found = _LINE.fullmatch(body)
    if found is None:
        return None
    dash, key, word = found.groups()
    if key in _TYPED_KEYS or (key is None and not (dash and word)):
        return None
    if not word:
        return dash is not None, key, None, False
    first = word[0]
    if first == '"' or first == "'":
        value: Any = word[1:-1]
    elif first == "{":
        value = {}
    elif first == "[":
        value = []
    else:
        try:
            value = plain(word.rstrip(" "))
        except ScalarError:
            return None
    return dash is not None, key, value, True


@lru_cache(maxsize=16384)
def value_columns(body: str) -> tuple[int, int]:
    """Return where the value in a plain line begins and ends, counted without the indentation."""
    found = _LINE.fullmatch(body)
    if found is None:
        return 0, 0
    return found.start("value"), found.start("value") + len(found["value"].rstrip(" "))
