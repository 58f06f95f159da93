"""From an offset in a text to a line and a column."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from iacrl.domains.ranges import Position, Range
from iacrl.domains.terraform.syntax.nodes import Node

if TYPE_CHECKING:
    from array import array

#: Length of a text, in characters, from which its lines are packed: a list of a million lines takes 40 MB.
_LARGE = 100_000


class SourceText:
    """A text and its lines. Lines are found when the first position is requested.

    Args:
        text: What the parser read; a byte order mark does not count as a column.
        file: The path within a module directory, for the ranges; None for a single text.
    """

    __slots__ = ("_lines", "file", "text")

    def __init__(self, text: str, file: str | None = None) -> None:
        self.text = text
        self.file = file
        self._lines: array[int] | list[int] | None = None

    def position(self, offset: int) -> Position:
        """Return the line and column, both from 1, of an offset."""
        lines = self._lines
        if lines is None:
            lines = [1 if self.text.startswith("\ufeff") else 0]
            if len(self.text) > _LARGE:
                from array import array

                lines = array("L", lines)
            find = self.text.find
            newline = find("\n")
            while newline >= 0:
                lines.append(newline + 1)
                newline = find("\n", newline + 1)
            self._lines = lines
        line = max(bisect_right(lines, offset), 1)
        return Position(line, max(offset - lines[line - 1], 0) + 1)

    def range(self, start: int, end: int) -> Range:
        """Return the range between two offsets."""
        return Range(self.position(start), self.position(end), self.file)

    def range_of(self, node: Node) -> Range:
        """Return the range of a node of this text's tree."""
        return Range(self.position(node.start), self.position(node.end), self.file)
