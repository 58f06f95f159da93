"""Path patterns for `exclude` and `per-file-ignores`, as in ruff and .gitignore.

`*` and `?` match within a name, `**` matches any number of folders. A pattern without a slash matches a file or folder
of this name anywhere. One with a slash matches the path from its configuration's folder. A pattern that matches a
folder matches everything below it.

A configuration may be from anybody, so RE2 matches the patterns, within limits.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from iacrl.effort import Effort, TooMuchError, spending
from iacrl.errors import UserError
from iacrl.patterns import InvalidPatternError, Pattern, compile_pattern
from iacrl.text import to_bytes

_PIECE = re.compile(
    r"(?P<folders>\*\*/)|(?P<rest>\*\*)|(?P<any>\*)|(?P<one>\?)|(?P<set>\[!?\]?[^\]/]*\])|(?P<is>.)", re.S
)
#: What a match may take on average. Most take a tenth.
_SECONDS = 3e-5


@dataclass(frozen=True, slots=True)
class Globs:
    """Patterns, and the folder where their paths begin."""

    folder: Path
    patterns: tuple[str, ...]
    _effort: Effort = field(default_factory=Effort, init=False, compare=False, repr=False)

    def match(self, path: Path) -> bool:
        """Return whether a pattern matches a path or a folder that contains it.

        Raises:
            UserError: A pattern is too long, or takes too long.
        """
        if not self.patterns:
            return False
        there = to_bytes(os.path.relpath(path, self.folder)).decode("utf-8", "replace")  # RE2 takes text only
        parts = Path(there).parts
        inside = [at for at in range(1, len(parts) + 1) if parts[at - 1] not in ("..", ".")]
        with spending(self._effort):
            for pattern in self.patterns:
                by_name, compiled = _compiled(pattern)
                texts = [parts[at - 1] if by_name else "/".join(parts[:at]) for at in inside]
                self._effort.grow(_SECONDS * len(texts))
                try:
                    if any(map(compiled.fullmatch, texts)):
                        return True
                except TooMuchError:
                    raise UserError(f"The pattern {pattern[:40]!r}… takes too long. Write a shorter one.") from None
        return False


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> tuple[bool, Pattern]:
    """Return whether a pattern is for names alone, and its regular expression.

    Raises:
        UserError: The pattern is too long.
    """
    written = pattern.rstrip("/")
    by_name = "/" not in written
    written = written.removeprefix("./")
    expression = "".join(_expression(found) for found in _PIECE.finditer(written.lstrip("/")))
    try:
        return by_name, compile_pattern(f"(?s){expression}", large=False)
    except (InvalidPatternError, TooMuchError):
        raise UserError(f"The pattern {pattern[:40]!r}… is too long.") from None


def _expression(piece: re.Match[str]) -> str:
    match piece.lastgroup:
        case "folders":
            return r"(?:[^/]+/)*"
        case "rest":
            return r".*"
        case "any":
            return r"[^/]*"
        case "one":
            return r"[^/]"
        case "set":
            return _set(piece[0])
        case _:
            return re.escape(piece[0])


def _set(written: str) -> str:
    """Return the expression of `[a-z]` or `[!a-z]`; a range that runs backwards makes it plain text."""
    inner = written[1:-1]
    negated = "^" if inner.startswith("!") else ""
    expression = f"[{negated}{re.escape(inner.removeprefix('!')).replace(chr(92) + '-', '-')}]"
    try:
        re.compile(expression)
    except re.error:
        return re.escape(written)
    return expression
