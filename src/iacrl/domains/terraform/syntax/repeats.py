"""Repeats that never give back what they took, for every Python.

Before 3.11.5, `(?:a|b?c)*+` goes wrong where a part of its body has choices: when the body fails after it matched
something, the repeat keeps that something (https://github.com/python/cpython/issues/106052). Debian 12 ships 3.11.2.
The same repeat in an atomic group is right there, but it remembers each round until its end.
"""

from __future__ import annotations

import re

#: Whether this Python reads `(?:...)*+` as documented.
SOUND = re.fullmatch("(?:ab?c)*+ab", "acab") is not None


def kept(body: str, least: int = 0, *, sound: bool = SOUND) -> str:
    """Return the pattern of a possessive repeat whose body has choices: at `least` 0 or 1 times.

    A repeat of one character, a set or a fixed sequence needs no help.
    """
    sign = "+" if least else "*"
    return f"(?:{body}){sign}+" if sound else f"(?>(?:{body}){sign})"
