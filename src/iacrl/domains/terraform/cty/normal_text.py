"""Characters as a reader sees them; Terraform counts the characters of a string this way."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_JOINER = "\u200d"
#: The most marks in a row. Go's package `norm` puts a joiner between more ("stream-safe" text). This also bounds the
#: time of normalization: Python's takes quadratic time for marks in a row.
_MAX_MARKS = 30
_GRAPHEME_JOINER = "\u034f"


def normal_form(text: str) -> str:
    """Return a text in Unicode's normal form C, the form of every string in Terraform."""
    return unicodedata.normalize("NFC", text if len(text) <= _MAX_MARKS else _stream_safe(text))


def _stream_safe(text: str) -> str:
    written: list[str] = []
    marks = 0
    for character in text:
        if character.isascii():
            marks = 0
        elif not unicodedata.combining(character):
            marks = _own_marks(character)
        else:
            marks += 1
            if marks > _MAX_MARKS:
                written.append(_GRAPHEME_JOINER)
                marks = 1
        written.append(character)
    return "".join(written)


@lru_cache(maxsize=4096)
def _own_marks(character: str) -> int:
    """Return how many marks a letter ends with after decomposition."""
    apart = unicodedata.normalize("NFD", character)
    return sum(1 for part in apart if unicodedata.combining(part))


def clusters(text: str) -> list[str]:
    """Split a string into grapheme clusters: a letter with its accents, a flag, a joined emoji.

    The rules are those of Unicode's annex 29, without the ones for conjoining Hangul and Indic scripts. Normal form C
    or rarity makes those unimportant here.
    """
    if text.isascii() and "\r\n" not in text:
        return list(text)
    found: list[str] = []
    start = 0
    for at in range(1, len(text)):
        if not _extends(text[at - 1], at - start, text[at]):
            found.append(text[start:at])
            start = at
    found.append(text[start:])
    return found


def _extends(last: str, length: int, character: str) -> bool:
    """Say whether a character belongs to the `length` characters of the cluster before it, which ends in `last`."""
    if last == "\r":
        return character == "\n"
    if last == _JOINER and not character.isascii():
        return True
    if _is_flag(character):
        return length == 1 and _is_flag(last)
    if character == _JOINER or "\U0001f3fb" <= character <= "\U0001f3ff":
        return last not in "\r\n"
    return not character.isascii() and unicodedata.category(character) in ("Mn", "Me", "Mc") and last not in "\r\n"


def _is_flag(character: str) -> bool:
    """Two regional indicators make a flag."""
    return "\U0001f1e6" <= character <= "\U0001f1ff"
