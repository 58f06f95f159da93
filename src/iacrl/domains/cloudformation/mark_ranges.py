"""Converts the marks of cfn-lint's readers to ranges in the text, without blank space at the end."""

from __future__ import annotations

from collections.abc import Sequence

from iacrl.domains.ranges import Position, Range


def place(lines: Sequence[str], start: tuple[int, int], end: tuple[int, int]) -> Range:
    """Return a range within the text, at least one character long.

    The end mark of a block collection is at the token after it. The range leaves out blank lines, comments and
    indentation before that token.

    Args:
        lines: The text, split at line breaks.
        start: Line and column, counted from 1.
        end: Line and column behind the last character.
    """
    first, last = _within(start, lines), _within(end, lines)
    while last.line > first.line and not _content(lines[last.line - 1][: last.column - 1]):
        last = Position(last.line - 1, len(lines[last.line - 2].rstrip()) + 1)
    return Range(first, last if last > first else Position(first.line, first.column + 1))


def _content(text: str) -> str:
    text = text.strip()
    return "" if text.startswith("#") else text


def _within(mark: tuple[int, int], lines: Sequence[str]) -> Position:
    line = min(max(mark[0], 1), len(lines))
    return Position(line, min(max(mark[1], 1), len(lines[line - 1]) + 1))
