"""Marks: what a text says to iacrl itself, in comments such as `# iacrl: ignore TF304`.

A domain declares how its texts carry them (`Domain.marks`); `iacrl.sources` reads what they say. A verdict never does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from iacrl.domains.ranges import Position, Range

if TYPE_CHECKING:
    from iacrl.domains.document import Document

#: What every mark holds. A text without it has none and need not be searched.
MENTION: Final = "iacrl"
#: What every comment to iacrl holds.
ADDRESS: Final = "iacrl:"

_COMMENT: Final = r"(?:{signs})[ \t]*iacrl:[ \t]*([^\n\r]*)"


class Mark(NamedTuple):
    """One thing that a text says to iacrl.

    Attributes:
        words: What it says, such as `ignore TF304`.
        range: Where.
        first: The first line that it is about.
        last: The last one.
    """

    words: str
    range: Range
    first: int
    last: int


#: From a text and what its validator made of it to its marks.
Marks = Callable[[str, "Document | None"], Iterable[Mark]]


def no_marks(text: str, document: Document | None) -> Iterable[Mark]:
    """Return nothing: texts of the domain carry no marks."""
    return ()


def comment_marks(
    text: str, signs: str, is_comment: Callable[[Position], bool], last_line: Callable[[int], int | None]
) -> Iterator[Mark]:
    """Yield the marks of a text that are comments up to the end of their lines.

    A comment behind something is about its line. One on a line of its own is about what the next line begins.

    Args:
        text: The source.
        signs: What a comment begins with, as a regular expression.
        is_comment: Whether a comment may begin at a place: none does within a string.
        last_line: From a line to the last one of what begins on it; None where nothing does.
    """
    lines = text.removeprefix("\ufeff").split("\n")
    comment = re.compile(_COMMENT.format(signs=signs))
    passed_over = re.compile(rf"[ \t\r]*(?:(?:{signs}).*)?\Z")
    for number, line in enumerate(lines, start=1):
        if ADDRESS not in line:
            continue
        found = next((each for each in comment.finditer(line) if is_comment(Position(number, each.start() + 1))), None)
        if found is None:
            continue
        where = Range(Position(number, found.start() + 1), Position(number, len(line.rstrip()) + 1))
        first, last = number, number
        if not line[: found.start()].strip():
            following = enumerate(lines[number:], start=number + 1)
            first = next((at for at, each in following if not passed_over.match(each)), 0)
            last = (last_line(first) or 0) if first else 0
        yield Mark(found[1].strip(), where, first, last)
