"""All tokens of a Terraform text, including templates and comments, as `terraform fmt` sees them.

The validator's lexer reads on demand and skips comments and spaces. A formatter needs every token. It gets only texts
that parse, so this scanner reports no errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Kinds that differ from the token's text.
IDENT = "identifier"
NUMBER = "number"
#: A string without a template, including its quotes.
STRING = "string"
NEWLINE = "newline"
COMMENT = "comment"
QUOTE_OPEN, QUOTE_CLOSE = "quote", "end of quote"
HEREDOC_OPEN, HEREDOC_CLOSE = "heredoc", "end of heredoc"
LITERAL = "literal"
#: `${` and `%{`, with or without a strip marker, and the brace that ends either.
TEMPLATE_OPEN, TEMPLATE_CLOSE = "template", "end of template"

_OPENING = frozenset("{[(")
_CLOSING = frozenset("}])")


class Token:
    """One token.

    Attributes:
        kind: One of the kinds above; an operator or bracket is its own kind.
        text: The text in the source.
        spaces: How many spaces precede it in the canonical form.
    """

    __slots__ = ("kind", "spaces", "text")

    def __init__(self, kind: str, text: str) -> None:
        self.kind = kind
        self.text = text
        self.spaces = 0

    def __repr__(self) -> str:
        return f"{self.kind} {self.text!r}"

    @property
    def nesting(self) -> int:
        """1 for a token that opens a bracket or template, -1 for one that closes it, else 0."""
        if self.kind in _OPENING or self.kind == TEMPLATE_OPEN:
            return 1
        return -1 if self.kind in _CLOSING or self.kind == TEMPLATE_CLOSE else 0


_WORD = r"[^\x00-@\[-^`{-\x7f][^\x00-,./:-@\[-^`{-\x7f]*"
_match_code = re.compile(
    r"[ \t]*(?:"
    rf"(?P<identifier>{_WORD})"
    r'|(?P<string>"(?:[^"\\\r\n$%]|\\[^\r\n]|\$\$\{|%%\{|[$%](?!\{))*")'
    r"|(?P<newline>\r?\n)"
    r"|(?P<comment>(?:\#|//)[^\n]*(?:\n|\Z)|/\*(?s:.*?)\*/)"
    r"|(?P<number>[0-9](?:\.*(?:[0-9]|[eE][+-]?[0-9]))*)"
    rf"|<<-?(?P<marker>{_WORD})\r?\n"
    r'|(?P<quote>")'
    r"|(?P<operator>[=!<>]=|=>|&&|\|\||::|\.\.\.|~\}|(?s:.)))"
).match
_match_template_open = re.compile(r"[$%]\{~?").match
_match_quoted = re.compile(r'(?:\$\$\{|%%\{|\\.|[^"\\$%]|[$%](?!\{))+', re.DOTALL).match
#: Up to the end of a line, since the next line may end the heredoc.
_match_heredoc = re.compile(r"(?:\$\$\{|%%\{|[^\n$%]|[$%](?!\{))*\n?").match


def tokens_of(text: str) -> Iterator[Token]:
    """Yield the tokens of a text that parses."""
    # The open tokens: brackets, `"`, TEMPLATE_OPEN, and heredocs by their markers with a line end.
    open_: list[str] = [""]
    at = 0
    while at < len(text):
        inside = open_[-1]
        if inside == '"' or inside.endswith("\n"):
            token = _in_template(text, at, inside)
            at += len(token.text)
            if token.kind == TEMPLATE_OPEN:
                open_.append(TEMPLATE_OPEN)
            elif token.kind in (QUOTE_CLOSE, HEREDOC_CLOSE):
                open_.pop()
            yield token
            continue
        found = _match_code(text, at)
        if found is None:  # only spaces are left
            return
        kind = found.lastgroup or ""
        at = found.end()
        word = found[0].lstrip(" \t")
        if kind == "operator":
            kind = word
            if word in _OPENING:
                open_.append(word)
            elif word in ("}", "~}", "]", ")"):
                closed = open_.pop() if len(open_) > 1 else ""
                kind = TEMPLATE_CLOSE if closed == TEMPLATE_OPEN else word
        elif kind == "marker":
            kind = HEREDOC_OPEN
            open_.append(found["marker"] + "\n")
        elif kind == QUOTE_OPEN:
            open_.append('"')
        yield Token(kind, word)


def _in_template(text: str, at: int, inside: str) -> Token:
    """Return the next token within a quoted string or heredoc."""
    opening = _match_template_open(text, at)
    if inside == '"':
        if opening is None and text[at] == '"':
            return Token(QUOTE_CLOSE, '"')
        literal = _match_quoted(text, at)
    else:
        if text[at - 1] == "\n":
            end = text.find("\n", at)
            line = text[at:] if end < 0 else text[at:end]
            if line.strip() == inside[:-1]:
                return Token(HEREDOC_CLOSE, line.rstrip("\r"))
        literal = _match_heredoc(text, at)
    if opening is not None:
        return Token(TEMPLATE_OPEN, opening[0])
    return Token(LITERAL, literal[0] if literal and literal[0] else text[at])
