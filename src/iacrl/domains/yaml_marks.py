"""Marks in YAML: comments that begin with `#`.

A comment on its own line applies to the next line and what is indented below it. Before the first line of a document,
it applies to the whole document.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from iacrl.domains.marks import ADDRESS, Mark, comment_marks, outside
from iacrl.domains.ranges import Position

if TYPE_CHECKING:
    from iacrl.domains.document import Document


def yaml_marks(text: str, document: Document | None = None) -> Iterator[Mark]:
    """Yield the marks of a YAML text."""
    if ADDRESS not in text:
        return
    scalars = _scalars(text)
    lines = text.removeprefix("\ufeff").split("\n")
    inside = {line for start, end in scalars for line in range(start.line + 1, end.line + (end.column > 1))}
    yield from comment_marks(text, "#", outside(scalars), lambda line: _last_line(lines, line, inside))


def _scalars(text: str) -> list[tuple[Position, Position]]:
    """Return where the scalars are, up to the first YAML error."""
    import yaml

    found = []
    try:
        for token in yaml.scan(text, Loader=yaml.CSafeLoader):
            if isinstance(token, yaml.ScalarToken):
                start, end = token.start_mark, token.end_mark
                found.append((Position(start.line + 1, start.column + 1), Position(end.line + 1, end.column + 1)))
    except (yaml.YAMLError, UnicodeError):
        pass  # the verdict reports it
    return found


def _last_line(lines: list[str], first: int, inside: set[int]) -> int:
    """Return the last line of the document, key or element that begins on a line."""
    head = lines[first - 1]
    indent = _indent(head)
    is_element = head.lstrip().startswith("- ")
    whole = indent == 0 and _begins_document(lines, first)
    last = first
    for number in range(first + 1, len(lines) + 1):
        line = lines[number - 1]
        if number not in inside:
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            if indent == 0 and line.startswith(("---", "...")):
                break
            below = _indent(line) > indent or (
                _indent(line) == indent and not is_element and line.lstrip().startswith("- ")
            )
            if not (whole or below):
                break
        last = number
    return last


def _begins_document(lines: list[str], first: int) -> bool:
    before = (line for line in reversed(lines[: first - 1]) if line.strip() and not line.startswith(("#", "%")))
    return next(before, "---").startswith(("---", "..."))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
