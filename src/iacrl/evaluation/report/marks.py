"""Finding the place of a diagnostic in the completion.

A diagnostic's range counts lines and columns of the extracted text. Browsers count UTF-16 code units, so the places
handed to a page are offsets in those.
"""

from __future__ import annotations

from dataclasses import dataclass

from iacrl.domains.extract import Piece, extract_pieces
from iacrl.domains.ranges import Position, Range


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to `end` (exclusive), in UTF-16 code units of the completion."""

    start: int
    end: int


class Places:
    """The places of the extracted text's parts in one completion.

    Args:
        domain: Decides which fenced blocks count.
    """

    def __init__(self, completion: str, domain: str) -> None:
        self._completion = completion
        self._pieces = extract_pieces(completion, domain)
        self._text = "".join(piece.text for piece in self._pieces)
        self._line_starts = [0]
        for line in self._text.split("\n")[:-1]:
            self._line_starts.append(self._line_starts[-1] + len(line) + 1)

    @property
    def text(self) -> str:
        """The extracted text."""
        return self._text

    def code(self) -> list[tuple[Span, int, str]]:
        """Return the parts of the extracted text: each one's place, the number of its first line, and its text."""
        found = []
        line = 1
        for piece in self._pieces:
            if piece.start is not None and piece.text:
                place = self._span(piece.start, piece.start + len(piece.text))
                found.append((place, line, piece.text))
            line += piece.text.count("\n")
        return found

    def place(self, found: Range) -> Span:
        """Return the place of a range of the extracted text; a range outside the text moves to its end."""
        start, end = self._offset(found.start), self._offset(found.end)
        return self._span(self._origin(start), self._origin(max(start, end)))

    def _offset(self, position: Position) -> int:
        """Return the code point of the extracted text at a position."""
        if position.line > len(self._line_starts):
            return len(self._text)
        line = max(position.line, 1)  # a sample may be from anybody
        start = self._line_starts[line - 1]
        after = self._line_starts[line] - 1 if line < len(self._line_starts) else len(self._text)
        return min(start + max(position.column, 1) - 1, max(after, start))

    def _origin(self, offset: int) -> int:
        """Return the index in the completion of a code point of the extracted text."""
        before = 0
        last: Piece | None = None
        for piece in self._pieces:
            if offset < before + len(piece.text) and piece.start is not None:
                return piece.start + max(offset - before, 0)
            before += len(piece.text)
            last = piece if piece.start is not None else last
        return 0 if last is None or last.start is None else last.start + len(last.text)

    def _span(self, start: int, end: int) -> Span:
        first = units(self._completion[:start])
        return Span(first, first + units(self._completion[start:end]))


def units(text: str) -> int:
    """Return the length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text) + sum(character > "\uffff" for character in text)
