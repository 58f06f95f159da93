"""Characters as a reader sees them, which is how Terraform counts them in a string."""

from __future__ import annotations

import unicodedata

_JOINER = "\u200d"


def clusters(text: str) -> list[str]:
    """Split a string into grapheme clusters: a letter with its accents, a flag, a joined emoji.

    The rules are those of Unicode's annex 29, short of the ones for conjoining Hangul and Indic scripts, which
    normal form C or rarity makes unimportant here.
    """
    if text.isascii() and "\r\n" not in text:
        return list(text)
    found: list[str] = []
    for character in text:
        if found and _extends(found[-1], character):
            found[-1] += character
        else:
            found.append(character)
    return found


def _extends(cluster: str, character: str) -> bool:
    last = cluster[-1]
    if last == "\r":
        return character == "\n"
    if last == _JOINER and not character.isascii():
        return True
    if _is_flag(character):
        return len(cluster) == 1 and _is_flag(last)
    if character == _JOINER or "\U0001f3fb" <= character <= "\U0001f3ff":
        return last not in "\r\n"
    return not character.isascii() and unicodedata.category(character) in ("Mn", "Me", "Mc") and last not in "\r\n"


def _is_flag(character: str) -> bool:
    """Two regional indicators make a flag."""
    return "\U0001f1e6" <= character <= "\U0001f1ff"
