"""Texts that match a regular expression, and texts that nearly do."""

from __future__ import annotations

import random
import re._constants as sre
import re._parser as parser
from collections.abc import Iterator
from typing import Any

_ALPHABET = "abz019AZ-_./: +@"
_CATEGORIES = {
    sre.CATEGORY_DIGIT: "0123456789",
    sre.CATEGORY_WORD: "abcXYZ019_",
    sre.CATEGORY_SPACE: " ",
    sre.CATEGORY_NOT_DIGIT: "aX-",
    sre.CATEGORY_NOT_WORD: "-./",
    sre.CATEGORY_NOT_SPACE: "aX1-",
}
#: How many repetitions to add to the allowed minimum.
_MORE = 3


def matching(pattern: str, source: random.Random) -> str | None:
    """Return a text that most likely matches; None if Python's parser does not know the syntax."""
    translated = pattern.replace(r"\z", r"\Z").replace("[[:alnum:]]", "[0-9A-Za-z]").replace("[[:digit:]]", "[0-9]")
    try:
        tree = parser.parse(translated)
    except (re_error, OverflowError):
        return None
    return "".join(_parts(tree, source))


re_error = parser.error if hasattr(parser, "error") else ValueError


def _parts(tree: Any, source: random.Random) -> Iterator[str]:
    for operation, argument in tree:
        if operation is sre.LITERAL:
            yield chr(argument)
        elif operation is sre.NOT_LITERAL:
            yield source.choice([one for one in _ALPHABET if ord(one) != argument])
        elif operation is sre.ANY:
            yield source.choice(_ALPHABET)
        elif operation is sre.IN:
            yield _member(argument, source)
        elif operation is sre.BRANCH:
            yield from _parts(source.choice(argument[1]), source)
        elif operation is sre.SUBPATTERN:
            yield from _parts(argument[-1], source)
        elif operation in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            least, most, inner = argument
            for _ in range(source.randint(least, min(most, least + _MORE))):
                yield from _parts(inner, source)


def _member(members: Any, source: random.Random) -> str:
    allowed: list[str] = []
    negated = False
    for operation, argument in members:
        if operation is sre.NEGATE:
            negated = True
        elif operation is sre.LITERAL:
            allowed.append(chr(argument))
        elif operation is sre.RANGE:
            low, high = argument
            allowed += [chr(source.randint(low, min(high, low + 100))), chr(low), chr(min(high, 0x10FFF))]
        elif operation is sre.CATEGORY:
            allowed += _CATEGORIES.get(argument, "a")
    if negated:
        allowed = [one for one in _ALPHABET if one not in allowed]
    return source.choice(allowed or ["~"])


def altered(text: str, source: random.Random) -> str:
    """Return a text with one small change."""
    at = source.randint(0, len(text))
    rest = text[at + 1 :]
    match source.randrange(4):
        case 0:
            return text[:at] + source.choice("!.-_/ A0é:") + text[at:]
        case 1:
            return text[:at] + rest
        case 2:
            return text[:at] + source.choice("!.-_/ A0é:") + rest
        case _:
            return text[:at] + text[at : at + 1].swapcase() + rest
