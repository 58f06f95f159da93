"""Marks: instructions to iacrl in a text's comments, such as `# iacrl: ignore TF304`.

A domain declares how to find them (`Domain.marks`); `iacrl.sources` applies them. They never change a verdict.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from iacrl.domains.ranges import Position, Range

if TYPE_CHECKING:
    from iacrl.domains.document import Document

#: Every mark contains it. A text without it has no marks and need not be searched.
MENTION: Final = "iacrl"
#: Every comment to iacrl contains it.
ADDRESS: Final = "iacrl:"

_COMMENT: Final = r"(?:{signs})[ \t]*iacrl:[ \t]*([^\n\r]*)"


class Mark(NamedTuple):
    """One instruction to iacrl in a text.

    Attributes:
        words: Its words, such as `ignore TF304`.
        range: Where.
        first: The first line that it applies to.
        last: The last line.
    """

    words: str
    range: Range
    first: int
    last: int


#: Finds the marks of a text, given its document.
Marks = Callable[[str, "Document | None"], Iterable[Mark]]


def no_marks(text: str, document: Document | None) -> Iterable[Mark]:
    """Return nothing: the domain's texts have no marks."""
    return ()


def comment_marks(
    text: str, signs: str, is_comment: Callable[[Position], bool], last_line: Callable[[int], int | None]
) -> Iterator[Mark]:
    """Yield the marks of a text that are comments up to the end of their lines.

    A comment behind something applies to its line. One on its own line applies to what begins on the next line.

    Args:
        text: The source.
        signs: A regular expression for the start of a comment.
        is_comment: Whether a comment may begin at a place: false within a string.
        last_line: The last line of what begins on a line; None if nothing begins there.
    """
    lines = text.removeprefix("\ufeff").split("\n")
    comment = re.compile(_COMMENT.format(signs=signs))
    following = _following(lines, signs)
    ends: dict[int, int] = {}  # thousands of comments may apply to the same line
    for number, line in enumerate(lines, start=1):
        if ADDRESS not in line:
            continue
        found = next((each for each in comment.finditer(line) if is_comment(Position(number, each.start() + 1))), None)
        if found is None:
            continue
        where = Range(Position(number, found.start() + 1), Position(number, len(line.rstrip()) + 1))
        first, last = number, number
        if not line[: found.start()].strip():
            first = following[number]
            if first not in ends:
                ends[first] = (last_line(first) or 0) if first else 0
            last = ends[first]
        yield Mark(found[1].strip(), where, first, last)


def _following(lines: Sequence[str], signs: str) -> list[int]:
    """Return, for each line, the number of the next one that is neither blank nor a comment; 0 if there is none.

    Both count from 1, and the first entry is for the start of the text.
    """
    passed_over = re.compile(rf"[ \t\r]*(?:(?:{signs}).*)?\Z")
    found = [0]
    for number in range(len(lines), 0, -1):
        found.append(found[-1] if passed_over.match(lines[number - 1]) else number)
    return found[::-1]


def outside(ranges: Iterable[tuple[Position, Position]]) -> Callable[[Position], bool]:
    """Return a function that says whether a place is in none of the ranges, from the start to just before the end."""
    starts: list[Position] = []
    ends: list[Position] = []
    for start, end in sorted(ranges):
        if ends and start <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)

    def is_outside(at: Position) -> bool:
        index = bisect_right(starts, at) - 1
        return index < 0 or at >= ends[index]

    return is_outside
