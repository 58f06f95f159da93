"""What an editor offers to write instead: the near name that a finding's message gives."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

_MEANT = re.compile(r"""Did you mean (["'])(?P<name>.+?)\1\?""")
_QUOTED = re.compile(r'"([^"]+)"|\'([^\']+)\'')
_WORD = re.compile(r"[\w.-]+")


def meant_instead(message: str, text: str) -> tuple[str, str] | None:
    """Return the name that was meant, and the text of a finding with it in place of the wrong one.

    Args:
        message: The finding's message.
        text: What is at the finding's place, a part of one line.

    Returns:
        None where the message gives no name, or the text does not hold the wrong one exactly once.
    """
    meant = _MEANT.search(message)
    if meant is None:
        return None
    name = meant["name"]
    quoted = {double or single for double, single in _QUOTED.findall(message.replace(meant[0], ""))}
    wrong = [word for word in quoted if word != name and text.count(word) == 1]
    if wrong:
        nearest = max(wrong, key=lambda word: SequenceMatcher(None, word, name).ratio())
        return name, text.replace(nearest, name)
    return (name, name) if _WORD.fullmatch(text) else None
