"""What an editor offers at a finding: the similar name from its message, and the comment that ignores it."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from iacrl.domains.marks import Marks
from iacrl.domains.verdict import Diagnostic
from iacrl.sources.ignores import read_ignores

_MEANT = re.compile(r"""Did you mean (["'])(?P<name>.+?)\1\?""")
_QUOTED = re.compile(r'"([^"]+)"|\'([^\']+)\'')
_WORD = re.compile(r"[\w.-]+")


def meant_instead(message: str, text: str) -> tuple[str, str] | None:
    """Return the intended name, and the text of a finding with this name instead of the wrong one.

    Args:
        message: The finding's message.
        text: The text at the finding's place, a part of one line.

    Returns:
        None if the message gives no name, or the text does not contain the wrong one exactly once.
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


def ignoring_line(finding: Diagnostic, text: str, marks: Marks) -> str | None:
    """Return the line to insert before a finding to ignore it.

    Args:
        finding: A finding in the text.
        text: The whole file.
        marks: The domain's reading of comments.

    Returns:
        None if a comment cannot be written there, as in JSON or in a string, or would have no effect.
    """
    lines = text.split("\n")
    number = finding.range.start.line
    if number > len(lines) or text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):  # JSON has no comments
        return None
    line = lines[number - 1]
    comment = f"{line[: len(line) - len(line.lstrip())]}# iacrl: ignore {finding.code}"
    start, end = finding.range.start, finding.range.end
    moved = finding.range._replace(start=start._replace(line=start.line + 1), end=end._replace(line=end.line + 1))
    changed = "\n".join([*lines[: number - 1], comment, *lines[number - 1 :]])
    ignores, _ = read_ignores(marks(changed, None), finding.range.file)
    return comment if any(one.covers(finding._replace(range=moved)) for one in ignores) else None
