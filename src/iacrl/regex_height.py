"""How deeply a regular expression is nested, as Go's regexp counts it: Go refuses more than 1,000 levels, RE2 does not.

Source: `checkHeight` in https://go.dev/src/regexp/syntax/parse.go
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from time import thread_time
from typing import Final, Literal

from iacrl.effort import current_effort

_MAX_HEIGHT: Final = 1_000
#: Levels that one bracket can add: a sequence, alternatives, the group and its repetition.
_LEVELS: Final = 4

#: The pieces of a valid pattern. What matches none of these is a brace that is a literal.
_PIECE: Final = re.compile(
    r"""
      (?P<quoted> \\Q (?:.*?\\E|.*) )
    | (?P<special> \\[dDsSwWbBAzpP] (?:(?<=[pP])(?:\{[^}]*\}|.))? | [.^$] )
    | (?P<literal> [^\\\[(){}|*+?.^$]+ | \\x(?:\{[^}]*\}|..) | \\[0-7]{1,3} | \\. )
    | (?P<brackets> \[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\] )
    | (?P<flags> \(\?[imsU-]*\) )
    | (?P<grouped> \(\?[imsU-]*: )
    | (?P<captured> \(\?P?<\w+> | \( )
    | (?P<end> \) )
    | (?P<or> \| )
    | (?P<repeated> [*+?]\?? | \{\d+(?:,\d*)?\}\?? )
    """,
    re.VERBOSE | re.DOTALL,
)


#: What a tree has at its top. Go puts the parts of a sequence into a sequence around it, and alternatives likewise. An
#: alternative with parts may become a sequence, because Go takes out what several begin with.
_Kind = Literal["literal", "sequence", "choice", "either", "other"]


@dataclass(slots=True)
class _Group:
    """An open group: its finished alternatives, and the sequence that is being read.

    Attributes:
        captures: Whether it is a level of its own.
        alternatives: How many are finished.
        highest: The height of the highest of them.
        parts: How many parts the sequence has without the last one.
        before: The height of the highest of these.
        last: The height of the last part; 0 if there is none.
        kind: What the last part is.
        characters: Those of a literal that is the last part.
    """

    captures: bool
    alternatives: int = 0
    highest: int = 0
    parts: int = 0
    before: int = 0
    last: int = 0
    kind: _Kind = "other"
    characters: int = 0

    def add(self, height: int, kind: _Kind = "other", characters: int = 0) -> None:
        """Add a part to the sequence. Literals beside each other are one."""
        if kind == self.kind == "literal":
            self.characters += characters
            return
        self._keep()
        self.last, self.kind, self.characters = height, kind, characters

    def repeat(self) -> None:
        """Repeat the last part, or the last character of a literal."""
        if self.characters > 1:
            self._keep()
            self.last = 1
        self.last += 1
        self.kind, self.characters = "other", 0

    def end_sequence(self) -> tuple[int, _Kind]:
        """Take the sequence for an alternative, begin the next one, and return the height and kind of this one."""
        height, kind = max(self.last, 1), self.kind
        if self.parts:
            self._keep()
            height, kind = self.before + 1, "sequence"
        inside = kind in ("choice", "either")
        self.alternatives += 1 + inside
        self.highest = max(self.highest, height - inside)
        self.parts = self.before = self.last = self.characters = 0
        self.kind = "other"
        return height, kind

    def whole(self) -> tuple[int, _Kind]:
        """Return the height and kind of the whole. Alternatives of single characters become one class."""
        last = self.end_sequence()
        if self.alternatives > 1:
            last = (self.highest + 1, "either") if self.highest > 1 else (1, "other")
        return (last[0] + 1, "other") if self.captures else last

    def _keep(self) -> None:
        if self.last:
            inside = self.kind in ("sequence", "either")
            self.parts += 1 + inside
            self.before = max(self.before, self.last - inside)


@lru_cache(maxsize=256)
def is_too_deep(pattern: str) -> bool:
    """Return whether Go refuses a valid pattern as nested too deeply."""
    if pattern.count("(") * _LEVELS <= _MAX_HEIGHT:
        return False
    began = thread_time()
    try:
        return _height(pattern) > _MAX_HEIGHT
    finally:
        current_effort().seconds -= thread_time() - began


def _height(pattern: str) -> int:
    """Return the height of the tree into which Go parses a pattern, or a few levels less.

    Groups that capture, repetitions, and sequences and alternatives of several parts are levels.
    """
    groups = [_Group(captures=False)]
    at = 0
    while at < len(pattern):
        start, piece = at, _PIECE.match(pattern, at)
        kind = piece.lastgroup if piece else "literal"
        at = piece.end() if piece else at + 1
        here = groups[-1]
        if kind in ("literal", "quoted"):
            here.add(1, "literal", at - start)
        elif kind in ("special", "brackets"):
            here.add(1)
        elif kind == "repeated":
            here.repeat()
        elif kind == "or":
            here.end_sequence()
        elif kind in ("grouped", "captured"):
            groups.append(_Group(captures=kind == "captured"))
        elif kind == "end" and len(groups) > 1:
            whole = groups.pop().whole()
            groups[-1].add(*whole)
    return groups[0].whole()[0]
