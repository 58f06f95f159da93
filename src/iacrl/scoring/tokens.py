"""How long a text is, in tokens that need no model to count.

A token is up to six letters, digits or underscores in a row; one other visible character; or up to sixteen spaces and
newlines in a row. A single space belongs to the word after it. Every model's tokenizer counts in its own way. This
count is the same for every model and version, so scores are too.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: The count of a line of up to this many characters is cached: answers to one task share most lines.
_LONGEST_KEPT = 200

_find_tokens = re.compile(r"\w{1,6}|[^\w\s]|\s{2,16}|\n").findall


def count_tokens(text: str) -> int:
    """Return the number of tokens in a text."""
    count = 0
    gap = ""  # the white space before a line: its tokens run on into the indentation
    for line in text.split("\n"):
        words = line.rstrip()
        if words:
            count += _count(gap + words)
            gap = line[len(words) :] + "\n"
        else:
            gap += line + "\n"
    return count + _count(gap[:-1])


def _count(part: str) -> int:
    return _count_kept(part) if len(part) <= _LONGEST_KEPT else len(_find_tokens(part))


@lru_cache(maxsize=16384)
def _count_kept(part: str) -> int:
    return len(_find_tokens(part))
