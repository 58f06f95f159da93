"""The canonical form of a Terraform text: what `terraform fmt` would write. Pure Python.

It changes only spaces and three kinds of old syntax: labels without quotes, an expression alone in `"${...}"`, and the
type of a variable in quotes. Spaces depend on the tokens of a line and of its neighbours. The rules are those of
hashicorp/hcl (hclwrite/format.go) and of Terraform's `fmt` command; the tests compare the two.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from iacrl.domains.terraform.format.form_tokens import (
    COMMENT,
    HEREDOC_CLOSE,
    HEREDOC_OPEN,
    IDENT,
    LITERAL,
    NEWLINE,
    NUMBER,
    QUOTE_CLOSE,
    QUOTE_OPEN,
    TEMPLATE_CLOSE,
    TEMPLATE_OPEN,
    Token,
    tokens_of,
)
from iacrl.domains.terraform.format.modern import modernized

_INDENT = 2
#: Tokens before a minus that is a sign, not a subtraction.
_BEFORE_SIGN = frozenset(["(", "{", "[", "=", ":", ",", "?", "+", "*", "/", "%", "-", "==", "!=", ">", ">=", "<", "<="])
_BEFORE_SIGN |= {"&&", "||", "!"}


@dataclass(slots=True)
class _Line:
    """One line in three cells, which are aligned with those of neighbouring lines."""

    lead: list[Token]
    assign: list[Token] = field(default_factory=list)
    comment: list[Token] = field(default_factory=list)

    def __post_init__(self) -> None:
        if len(self.lead) > 1 and self.lead[-1].kind == COMMENT:
            self.comment = [self.lead.pop()]
        for index, token in enumerate(self.lead):
            if index and token.kind == "=":
                # A line that opens a bracket closed on another line is not aligned.
                if sum(each.nesting for each in self.lead[index:]) == 0:
                    self.assign = self.lead[index:]
                    del self.lead[index:]
                break


def canonical(text: str) -> str:
    """Return what `terraform fmt` would write for a text that parses."""
    lines = _lines(modernized(list(tokens_of(text.removeprefix("\ufeff")))))
    _indent(lines)
    for line in lines:
        _space(line)
    _align(lines)
    return "".join(" " * token.spaces + token.text for line in lines for token in _tokens(line))


def _tokens(line: _Line) -> list[Token]:
    return [*line.lead, *line.assign, *line.comment]


def _lines(tokens: Sequence[Token]) -> list[_Line]:
    lines: list[_Line] = []
    current: list[Token] = []
    for token in tokens:
        current.append(token)
        if token.kind == NEWLINE or (token.kind == COMMENT and token.text.endswith("\n")):
            lines.append(_Line(current))
            current = []
    if current:
        lines.append(_Line(current))
    return lines


def _indent(lines: Sequence[_Line]) -> None:
    """Indent each line by the number of lines above that opened more brackets than they closed."""
    opened: list[int] = []
    for line in lines:
        if line.lead[0].kind == NEWLINE:
            continue
        change = _change(line.lead) + _change(line.assign)
        if change < 0:
            closed = -change
            while closed > 0 and opened:
                taken = min(closed, opened[-1])
                closed -= taken
                opened[-1] -= taken
                if not opened[-1]:
                    opened.pop()
        line.lead[0].spaces = _INDENT * len(opened)
        if change > 0:
            opened.append(change)


def _change(tokens: Sequence[Token]) -> int:
    change = 0
    for token in tokens:
        change += token.nesting
        if token.kind == HEREDOC_OPEN:
            break
    return change


def _space(line: _Line) -> None:
    for cell in (line.lead, line.assign):
        before: Token | None = None
        for subject, after in pairwise(cell):
            after.spaces = int(_is_spaced(before, subject, after))
            before = subject
    for cell in (line.assign, line.comment):
        if cell:
            cell[0].spaces = 1


def _is_spaced(before: Token | None, subject: Token, after: Token) -> bool:
    """Say whether there is a space between `subject` and `after`."""
    left, right = subject.kind, after.kind
    if right == NEWLINE or "." in (left, right) or "::" in (left, right) or right in (",", "..."):
        return False
    if left == IDENT and right == "(":
        return False
    if left == ",":
        return True
    if left in (LITERAL, QUOTE_OPEN, HEREDOC_OPEN) or right in (LITERAL, QUOTE_CLOSE, HEREDOC_CLOSE):
        return False
    if left == IDENT and subject.text == "in" and before is not None and before.kind == IDENT:
        return True
    if right == "[" and (left in (IDENT, NUMBER) or subject.nesting < 0):
        return False
    if left == "!":
        return False
    if left == "-":
        return before is not None and before.kind not in _BEFORE_SIGN
    if left == "{" or right == "}":
        return not (left == "{" and right == "}")
    if left == TEMPLATE_OPEN and right == "{":
        return True
    if left == "}" and right == TEMPLATE_CLOSE:
        return True
    if left == TEMPLATE_CLOSE and right == TEMPLATE_OPEN:
        return False
    return subject.nesting <= 0 and after.nesting >= 0


def _align(lines: Sequence[_Line]) -> None:
    """Align the equals signs of neighbouring lines, then their comments."""
    for chain in _chains(lines, [bool(line.assign) for line in lines]):
        widest = max(_columns(line.lead) for line in chain)
        for line in chain:
            line.assign[0].spaces = widest - _columns(line.lead) + 1
    for chain in _chains(lines, [bool(line.comment) for line in lines]):
        widest = max(_columns(line.lead) + _columns(line.assign) for line in chain)
        for line in chain:
            line.comment[0].spaces = widest - _columns(line.lead) - _columns(line.assign) + 1


def _chains(lines: Sequence[_Line], belongs: Sequence[bool]) -> list[list[_Line]]:
    chains: list[list[_Line]] = []
    running = False
    for line, member in zip(lines, belongs, strict=True):
        if member and running:
            chains[-1].append(line)
        elif member:
            chains.append([line])
        running = member
    return chains


def _columns(tokens: Sequence[Token]) -> int:
    """Return the width of tokens, in characters as a reader counts them."""
    return sum(token.spaces + _width(token.text) for token in tokens)


def _width(text: str) -> int:
    return len(text) if text.isascii() else sum(not unicodedata.combining(character) for character in text)
