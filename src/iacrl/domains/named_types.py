"""Which types a request names, by their own name or in words: `aws_s3_bucket`, "an S3 bucket", "config maps".

A type is named where its words follow one another in the request. Only the longest match at a place counts, so "network
policy" is not "network". What a request does not name is not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

_WORD = re.compile(r"[A-Za-z0-9]+")

#: The most words of a request that together name a type.
_MOST_WORDS = 7


def words_key(words: Iterable[str]) -> str:
    """Return what identifies words however they are spaced: lower case, without the plural's s."""
    return "".join(word.lower().removesuffix("s") for word in words)


def named_in_words(request: str, types: Mapping[str, Sequence[str]], alone: frozenset[str]) -> list[str]:
    """Return the types that a request names in words, in the order in which it names them.

    Args:
        request: The instruction and the input.
        types: The key of each type's words to the types that have it, the preferred one first.
        alone: Keys of one word that count if the word has a capital. Others count alone if it has one inside, such as
            "ConfigMap" and "VPC".
    """
    words = _WORD.findall(request)
    found: dict[str, None] = {}
    at = 0
    while at < len(words):
        step = 1
        for size in range(min(_MOST_WORDS, len(words) - at), 0, -1):
            chosen = words[at : at + size]
            key = words_key(chosen)
            if key in types and (size > 1 or _is_name(chosen[0], key in alone)):
                found.setdefault(types[key][0])
                step = size
                break
        at += step
    return list(found)


def _is_name(word: str, alone: bool) -> bool:
    return word[1:] != word[1:].lower() or (alone and word[0].isupper())
