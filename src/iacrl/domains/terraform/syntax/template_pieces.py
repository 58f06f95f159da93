"""Makes a template's node from its pieces: matches directives with their ends, and joins text."""

from __future__ import annotations

from iacrl.domains.terraform.rules import syntax_rule
from iacrl.domains.terraform.syntax import nodes as n
from iacrl.domains.terraform.syntax.escapes import SPACE
from iacrl.domains.terraform.syntax.expression_reader import Reader
from iacrl.domains.terraform.syntax.lexer import MAX_DEPTH, compose
from iacrl.domains.terraform.syntax.syntax_rules import NESTING_TOO_DEEP

UNEXPECTED_END_OF_TEMPLATE = syntax_rule(
    "TF166",
    "Unexpected end of template",
    "expressions/strings",
    "An if needs its endif and a for its endfor in the same string.",
)
UNEXPECTED_DIRECTIVE = syntax_rule(
    "TF167",
    "Unexpected directive",
    "expressions/strings",
    "An else, endif or endfor needs the directive that it belongs to, and directives must be nested.",
)


class Directive:
    """`%{ if }`, `%{ else }`, `%{ endif }`, `%{ for }` or `%{ endfor }`."""

    __slots__ = ("end", "expression", "key", "keyword", "start", "value")

    def __init__(self, keyword: str, start: int) -> None:
        self.keyword = keyword
        self.start = start
        self.end = start
        self.expression: n.ValueNode | None = None
        self.key: str | None = None
        self.value = ""


class Text:
    """Literal text, decoded."""

    __slots__ = ("end", "start", "value")

    def __init__(self, value: str, start: int, end: int) -> None:
        self.value = value
        self.start = start
        self.end = end


Piece = Text | n.ValueNode | Directive


def remove_indentation(pieces: list[Piece]) -> None:
    """Remove the smallest indentation of all lines from every line, as `<<-` requires."""
    smallest: int | None = None
    first_of_line: list[Text] = []
    line_start = True
    for piece in pieces:
        if line_start:
            indentation: int | None = 0
            if isinstance(piece, Text):
                trimmed = piece.value.lstrip(SPACE)
                if not trimmed and piece.value.endswith("\n"):
                    indentation = None  # a blank line does not count
                else:
                    indentation = len(piece.value) - len(trimmed)
                    first_of_line.append(piece)
            if indentation is not None and (smallest is None or indentation < smallest):
                smallest = indentation
        line_start = isinstance(piece, Text) and piece.value.endswith("\n")
    if smallest:
        for text in first_of_line:
            text.value = text.value[smallest:]


def build_template(parser: Reader, pieces: list[Piece], start: int, end: int) -> n.ValueNode:
    """Join pieces of text, match directives with their ends, and return the node of the whole string."""
    parts: list[n.ValueNode] = []
    waiting: list[Text] = []
    opened: list[tuple[Directive, Directive, list[n.ValueNode], n.Template | None]] = []
    for piece in pieces:
        if isinstance(piece, Text):
            waiting.append(piece)
            continue
        if waiting:
            parts.append(_join(waiting))
            waiting = []
        if not isinstance(piece, Directive):
            parts.append(piece)
        elif piece.keyword in ("if", "for"):
            opened.append((piece, piece, parts, None))
            parts = []
            parser.measure = True
            if parser.depth + len(opened) > MAX_DEPTH:
                raise parser.error(NESTING_TOO_DEEP, f"more than {MAX_DEPTH} levels.", piece.start, piece.end)
        else:
            if not opened or not _may_follow(piece, opened[-1][0], opened[-1][3]):
                _refuse_directive(parser, piece, opened[-1][0] if opened else None)
            opener, branch, outer, then = opened.pop()
            inner = n.Template(branch.end, piece.start, tuple(parts), False)
            if piece.keyword == "else":
                opened.append((opener, piece, outer, inner))
                parts = []
                continue
            parts = outer
            assert opener.expression is not None
            if opener.keyword == "for":
                parts.append(n.TemplateFor(opener.start, piece.end, opener.key, opener.value, opener.expression, inner))
            else:
                otherwise = n.Template(piece.start, piece.start, (), False) if then is None else inner
                parts.append(
                    n.TemplateIf(opener.start, piece.end, opener.expression, inner if then is None else then, otherwise)
                )
    if opened:
        opener = opened[-1][0]
        raise parser.error(
            UNEXPECTED_END_OF_TEMPLATE,
            f"this {opener.keyword} directive has no end{opener.keyword}.",
            opener.start,
            opener.end,
        )
    if waiting:
        if not parts:
            return n.Literal(start, end, _join(waiting).value)
        parts.append(_join(waiting))
    if not parts:
        return n.Literal(start, end, "")
    wraps = len(parts) == 1 and not isinstance(pieces[0], Directive)
    return n.Template(start, end, tuple(parts), wraps)


def _join(texts: list[Text]) -> n.Literal:
    value = "".join([text.value for text in texts])
    return n.Literal(texts[0].start, texts[-1].end, value if value.isascii() else compose(value))


def _may_follow(piece: Directive, opener: Directive, then: n.Template | None) -> bool:
    if piece.keyword == "else":
        return opener.keyword == "if" and then is None
    return piece.keyword == "end" + opener.keyword


def _refuse_directive(parser: Reader, piece: Directive, opener: Directive | None) -> None:
    if opener is None:
        why = "nothing is open here."
    elif piece.keyword == "else":
        why = "a for has none." if opener.keyword == "for" else "this if has one already."
    else:
        why = f'"end{opener.keyword}" is expected first.'
    title = f"Unexpected {piece.keyword} directive"
    raise parser.error(UNEXPECTED_DIRECTIVE, why, piece.start, piece.end, title=title)
