"""How long a text is, in tokens that need no model to count.

A token is up to six letters, digits or underscores in a row; one other visible character; or up to sixteen spaces and
newlines in a row, save a single space, which belongs to the word after it. Tokenizers of models count otherwise, and
each its own way; this count is the same for every model and every version, so a score is too.
"""

from __future__ import annotations

import re

_find_tokens = re.compile(r"\w{1,6}|[^\w\s]|\s{2,16}|\n").findall


def count_tokens(text: str) -> int:
    """Return the number of tokens in a text."""
    return len(_find_tokens(text))
