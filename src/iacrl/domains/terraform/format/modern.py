"""The three kinds of old syntax that `terraform fmt` replaces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iacrl.domains.terraform.format.form_tokens import (
    COMMENT,
    IDENT,
    LITERAL,
    NEWLINE,
    QUOTE_CLOSE,
    QUOTE_OPEN,
    STRING,
    TEMPLATE_CLOSE,
    TEMPLATE_OPEN,
    Token,
)

#: A variable's types in Terraform 0.11, quoted, and collections without an element type.
_TYPES = {'"string"': "string", '"list"': "list(string)", '"map"': "map(string)"}
_COLLECTIONS = ("list", "map", "set")


def modernized(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with labels quoted, lone interpolations unwrapped and types of variables written out."""
    return list(_body(_TokenReader(tokens), ()))


class _TokenReader:
    """Tokens, read from left to right."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def next(self) -> Token | None:
        """Return the next token and go past it; None at the end."""
        if self.at == len(self.tokens):
            return None
        self.at += 1
        return self.tokens[self.at - 1]


def _body(reader: _TokenReader, blocks: tuple[str, ...]) -> Iterator[Token]:
    """Yield the tokens of a body up to and including its closing brace."""
    while (token := reader.next()) is not None:
        yield token
        if token.kind == "}":
            return
        if token.kind != IDENT:
            continue
        header: list[Token] = []
        while (following := reader.next()) is not None and following.kind in (IDENT, STRING, COMMENT):
            header.append(following)
        if following is not None and following.kind == "{":
            last = max((place for place, each in enumerate(header) if each.kind != COMMENT), default=-1)
            for place, each in enumerate(header):
                if each.kind == IDENT:
                    yield Token(STRING, f'"{each.text}"')
                elif each.kind == STRING or place > last:  # comments between labels get lost
                    yield each
            yield following
            yield from _body(reader, (*blocks, token.text))
            continue
        yield from header
        if following is not None:
            yield following
            value = _value(reader)
            is_type = blocks == ("variable",) and token.text == "type"
            yield from _type(value) if is_type else _unwrapped(value)


def _value(reader: _TokenReader) -> list[Token]:
    """Read an argument's value: up to the end of its line, or to the closing brace of its block."""
    value: list[Token] = []
    depth = 0
    while reader.at < len(reader.tokens):
        token = reader.tokens[reader.at]
        if depth == 0 and (token.kind in (NEWLINE, "}") or _ends_line(token)):
            break
        depth += token.nesting
        value.append(token)
        reader.at += 1
    return value


def _ends_line(token: Token) -> bool:
    return token.kind == COMMENT and token.text.endswith("\n")


def _type(value: list[Token]) -> list[Token]:
    if len(value) == 1 and value[0].text in _TYPES:
        return _words(_TYPES[value[0].text])
    if len(value) == 1 and value[0].text in _COLLECTIONS:
        return _words(f"{value[0].text}(any)")
    return value


def _words(text: str) -> list[Token]:
    word, bracket, inner = text.rstrip(")").partition("(")
    brackets = [Token("(", "("), Token(IDENT, inner), Token(")", ")")] if bracket else []
    return [Token(IDENT, word), *brackets]


def _unwrapped(value: list[Token]) -> list[Token]:
    kinds = [token.kind for token in value]
    if kinds[:2] != [QUOTE_OPEN, TEMPLATE_OPEN] or kinds[-2:] != [TEMPLATE_CLOSE, QUOTE_CLOSE]:
        return value
    if not value[1].text.startswith("$"):
        return value
    inside = value[2:-2]
    quotes = 0
    for kind in kinds[2:-2]:
        quotes += (kind == QUOTE_OPEN) - (kind == QUOTE_CLOSE)
        if not quotes and kind in (TEMPLATE_OPEN, TEMPLATE_CLOSE, LITERAL):
            return value
    while inside and inside[0].kind == NEWLINE:
        del inside[0]
    while inside and inside[-1].kind == NEWLINE:
        del inside[-1]
    if any(token.kind == NEWLINE for token in inside):
        return [Token("(", "("), *inside, Token(")", ")")]
    return inside
