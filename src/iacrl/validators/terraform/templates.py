"""Templates: quoted strings and heredocs with interpolations and directives.

A template is first read as a flat list of pieces, then strip markers and indentation are applied to its literal
pieces, then directives are matched with their ends. The order, and that a heredoc's literal pieces end with each line,
follow hashicorp/hcl (hclsyntax/parser_template.go): the values depend on it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iacrl.validators.terraform import nodes as n
from iacrl.validators.terraform.lexer import END, IDENT, MAX_DEPTH, Cursor, compose

if TYPE_CHECKING:
    from iacrl.validators.terraform.expressions import ExpressionParser

# What Go's unicode.IsSpace accepts; str.strip() alone would take the separators U+001C to U+001F as well.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))

_match_quoted = re.compile(
    r"""((?:[^"\\$%\r\n]++|\\[^\r\n]|\$(?!\$?\{)|%(?!%?\{)|\$\$\{|%%\{)++)   # literal text and escapes
      | ([$%]\{~?)                                                          # begins an interpolation or directive
      | (")
      | ([\r\n]+)
      | (\Z)
      | (\\)                                                                # before a newline
      """,
    re.VERBOSE,
).match

_match_heredoc = re.compile(
    r"""((?:[^$%\r\n]++
           | \$(?!\$?\{)|%(?!%?\{)|\$\$\{|%%\{
           | (?<=[^$%][$%])\r(?=\r\n)          # what the scanner does after a lone $
         )*+(\r?\n)?)
        ([$%]\{~?)?""",
    re.VERBOSE,
).match

_find_escape = re.compile(r"\\(?:u([0-9A-Fa-f]{0,4})|U([0-9A-Fa-f]{0,8})|(.))|\$\$\{|%%\{", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


#: So many lines with a heredoc's marker in them are looked at one by one: quick for what people write.
_CANDIDATES = 100


class _Directive:
    """`%{ if }`, `%{ else }`, `%{ endif }`, `%{ for }` or `%{ endfor }`."""

    __slots__ = ("end", "expression", "key", "keyword", "start", "value")

    def __init__(self, keyword: str, start: int) -> None:
        self.keyword = keyword
        self.start = start
        self.end = start
        self.expression: n.Expression | None = None
        self.key: str | None = None
        self.value = ""


class _Text:
    """Literal text, decoded."""

    __slots__ = ("end", "start", "value")

    def __init__(self, value: str, start: int, end: int) -> None:
        self.value = value
        self.start = start
        self.end = end


_Piece = _Text | n.Expression | _Directive


def decode_quoted(cursor: Cursor, start: int, end: int) -> str:
    """Return what the text between two offsets in a quoted string stands for.

    Raises:
        HclSyntaxError: An escape sequence that does not exist.
    """
    raw = cursor.text[start:end]
    if "\\" in raw or "{" in raw:
        return _find_escape.sub(lambda found: _decode_escape(cursor, found, start), raw)
    return raw


def _decode_escape(cursor: Cursor, found: re.Match[str], offset: int) -> str:
    sequence = found[0]
    if sequence[0] != "\\":
        return sequence[1:]
    if found[3] is not None:
        if found[3] in _ESCAPES:
            return _ESCAPES[found[3]]
        why = f'"\\{found[3]}" does not exist; a backslash itself is written "\\\\".'
    else:
        digits = found[1] if found[2] is None else found[2]
        wanted = 4 if found[2] is None else 8
        code = int(digits, 16) if digits else 0
        if len(digits) < wanted:
            why = f'"{sequence[:2]}" must be followed by {wanted} hexadecimal digits.'
        elif code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            why = f"there is no character U+{code:04X}."
        else:
            return chr(code)
    raise cursor.error("TF105", f"Invalid escape sequence: {why}", offset + found.start(), offset + found.end())


def parse_quoted(parser: ExpressionParser) -> n.Expression:
    """Read a quoted template; the current token is its opening quote."""
    start, free, text = parser.start, parser.free, parser.text
    pieces: list[_Piece] = []
    trims = False
    at = parser.end
    while True:
        found = _match_quoted(text, at)
        assert found is not None  # its last alternative matches anything
        group, stop = found.lastindex, found.end()
        if group == 1:
            if parser.broken:
                parser.check_encoding(at, stop)
            value = decode_quoted(parser, at, stop)
            pieces.append(_Text(value.lstrip(_SPACE) if trims else value, at, stop))
            trims = False
        elif group == 2:
            trims = _parse_sequence(parser, pieces, found[0], at, stop)
            stop = parser.end
        elif group == 3:
            break
        elif group == 4:
            raise parser.error(
                "TF104", "Invalid multi-line string: a quoted string ends on its line; use a heredoc.", at, stop
            )
        elif group == 5:
            raise parser.error("TF107", "Unterminated template string: no quote closes it.", start, start + 1)
        else:
            raise parser.error(
                "TF101", "Invalid character: a backslash cannot end a line of a quoted string.", at, stop
            )
        at = stop
    parser.free = free
    parser.end = stop
    parser.advance()
    return _build(parser, pieces, start, stop)


def parse_heredoc(parser: ExpressionParser) -> n.Expression:
    """Read a heredoc; the current token is its introduction, `<<EOT` or `<<-EOT` and the newline."""
    start, free, text = parser.start, parser.free, parser.text
    introduction = parser.token().rstrip("\r\n")
    marker = introduction.lstrip("<-")
    last_line = _find_last_line(text, parser.end, marker)
    if last_line is None:
        raise parser.error(
            "TF107",
            f'Unterminated template string: no line holds only the marker "{marker}".',
            start,
            start + len(introduction),
        )
    body = text[parser.end : last_line]
    if not ("${" in body or "%{" in body or "\r" in body or parser.broken):
        parser.end = text.find("\n", last_line)
        end = last_line + len(text[last_line : parser.end].rstrip(_SPACE))
        parser.advance()
        return n.Literal(_plain_text(body, introduction[2] == "-"), start, end)
    pieces: list[_Piece] = []
    trims = False
    line_start = True
    at = parser.end
    while True:
        found = _match_heredoc(text, at)
        assert found is not None  # it may match nothing at all
        stop, is_line = found.end(1), found[2] is not None
        if line_start and is_line and text[at:stop].strip(_SPACE) == marker:
            break
        if stop > at:
            if parser.broken:
                parser.check_encoding(at, stop)
            value = text[at:stop]
            if "{" in value:
                value = value.replace("$${", "${").replace("%%{", "%{")
            pieces.append(_Text(value.lstrip(_SPACE) if trims else value, at, stop))
            trims = False
        line_start = is_line
        at = stop
        if found[3] is not None:
            stop = found.end()
            trims = _parse_sequence(parser, pieces, found[3], at, stop)
            at = parser.end
            line_start = False
        elif not is_line:
            if at == len(text):
                raise parser.error("TF107", "Unterminated template string: its marker is inside it.", start, parser.end)
            raise parser.error("TF101", "Invalid character: a carriage return must end its line.", at, at + 1)
    parser.free = free
    parser.end = stop - len(found[2])  # the newline after the marker is a token of its own
    end = at + len(text[at:stop].rstrip(_SPACE))
    parser.advance()
    if introduction[2] == "-":
        _remove_indentation(pieces)
    return _build(parser, pieces, start, end)


def _find_last_line(text: str, at: int, marker: str) -> int | None:
    """Return where the first line begins that holds only the marker and ends with a newline; None without one."""
    for _ in range(_CANDIDATES):
        found = text.find(marker, at)
        end = text.find("\n", found)
        if found < 0 or end < 0:
            return None
        start = max(text.rfind("\n", at, found) + 1, at)
        if text[start:end].strip(_SPACE) == marker:
            return start
        at = end + 1
    space = "[" + _SPACE.replace("\n", "") + "]*+"
    line = re.compile(f"^{space}{re.escape(marker)}{space}\n", re.MULTILINE).search(text, at)
    return None if line is None else line.start()


def _plain_text(body: str, flush: bool) -> str:
    """Return what the lines of a heredoc without sequences stand for."""
    if flush and body:
        lines = body.split("\n")
        indentations = [len(line) - len(line.lstrip(_SPACE)) for line in lines[:-1] if line.strip(_SPACE)]
        smallest = min(indentations, default=0)
        body = "\n".join([line[smallest:] if line.strip(_SPACE) else line for line in lines]) if smallest else body
    return body if body.isascii() else compose(body)


def _parse_sequence(parser: ExpressionParser, pieces: list[_Piece], opening: str, start: int, stop: int) -> bool:
    """Read `${...}` or `%{...}` up to its brace, and return whether the text after it loses its leading space."""
    if opening.endswith("~") and pieces:
        last = pieces[-1]
        if isinstance(last, _Text):
            last.value = last.value.rstrip(_SPACE)
    parser.depth += 1
    parser.free = True
    parser.end = stop
    parser.advance()
    if opening[0] == "$":
        pieces.append(parser.expression())
        if parser.kind is END:
            raise parser.error("TF161", "Unclosed template interpolation sequence: no brace closes it.", start, stop)
        if parser.kind != "}" and parser.kind != "~}":
            raise parser.error(
                "TF160",
                "Extra characters after interpolation expression: the closing brace is expected here; "
                'a literal "${" is written "$${".',
            )
    else:
        directive = _parse_directive(parser, start)
        if parser.kind != "}" and parser.kind != "~}":
            raise parser.error(
                "TF165", f"Extra characters in {directive.keyword} marker: the closing brace is expected here."
            )
        directive.end = parser.end
        pieces.append(directive)
    parser.depth -= 1
    return parser.kind == "~}"


def _parse_directive(parser: ExpressionParser, start: int) -> _Directive:
    keyword = parser.token()
    if parser.kind is not IDENT:
        raise parser.error(
            "TF162", 'Invalid template directive: "if", "for" or another keyword is expected after "%{".'
        )
    if keyword not in ("if", "else", "endif", "for", "endfor"):
        raise parser.error("TF163", f'Invalid template control keyword: "{keyword}" is not one.')
    directive = _Directive(keyword, start)
    parser.advance()
    if keyword == "if":
        directive.expression = parser.expression()
    elif keyword == "for":
        directive.value = _for_name(parser, "after 'for'")
        if parser.kind == ",":
            parser.advance()
            directive.key, directive.value = directive.value, _for_name(parser, "after the comma")
        if parser.kind is not IDENT or parser.token() != "in":
            raise parser.error("TF164", "Invalid 'for' directive: 'in' is expected after the names.")
        parser.advance()
        directive.expression = parser.expression()
    return directive


def _for_name(parser: ExpressionParser, where: str) -> str:
    if parser.kind is not IDENT:
        raise parser.error("TF164", f"Invalid 'for' directive: a name is expected {where}.")
    name = parser.token()
    parser.advance()
    return name


def _remove_indentation(pieces: list[_Piece]) -> None:
    """Take the smallest indentation of any line from every line, as `<<-` asks for."""
    smallest: int | None = None
    first_of_line: list[_Text] = []
    line_start = True
    for piece in pieces:
        if line_start:
            indentation: int | None = 0
            if isinstance(piece, _Text):
                trimmed = piece.value.lstrip(_SPACE)
                if not trimmed and piece.value.endswith("\n"):
                    indentation = None  # a blank line says nothing
                else:
                    indentation = len(piece.value) - len(trimmed)
                    first_of_line.append(piece)
            if indentation is not None and (smallest is None or indentation < smallest):
                smallest = indentation
        line_start = isinstance(piece, _Text) and piece.value.endswith("\n")
    if smallest:
        for text in first_of_line:
            text.value = text.value[smallest:]


def _build(parser: ExpressionParser, pieces: list[_Piece], start: int, end: int) -> n.Expression:
    """Join pieces of text, match directives with their ends, and return the node of the whole string."""
    parts: list[n.Expression] = []
    waiting: list[_Text] = []
    opened: list[tuple[_Directive, _Directive, list[n.Expression], n.Template | None]] = []
    for piece in pieces:
        if isinstance(piece, _Text):
            waiting.append(piece)
            continue
        if waiting:
            parts.append(_join(waiting))
            waiting = []
        if not isinstance(piece, _Directive):
            parts.append(piece)
        elif piece.keyword in ("if", "for"):
            opened.append((piece, piece, parts, None))
            parts = []
            parser.measure = True
            if parser.depth + len(opened) > MAX_DEPTH:
                raise parser.error("TF190", f"Nesting too deep: more than {MAX_DEPTH} levels.", piece.start, piece.end)
        else:
            if not opened or not _may_follow(piece, opened[-1][0], opened[-1][3]):
                _refuse_directive(parser, piece, opened[-1][0] if opened else None)
            opener, branch, outer, then = opened.pop()
            inner = n.Template(tuple(parts), False, branch.end, piece.start)
            if piece.keyword == "else":
                opened.append((opener, piece, outer, inner))
                parts = []
                continue
            parts = outer
            assert opener.expression is not None
            if opener.keyword == "for":
                parts.append(n.TemplateFor(opener.key, opener.value, opener.expression, inner, opener.start, piece.end))
            else:
                otherwise = n.Template((), False, piece.start, piece.start) if then is None else inner
                parts.append(
                    n.TemplateIf(opener.expression, inner if then is None else then, otherwise, opener.start, piece.end)
                )
    if opened:
        opener = opened[-1][0]
        raise parser.error(
            "TF166",
            f"Unexpected end of template: this {opener.keyword} directive has no end{opener.keyword}.",
            opener.start,
            opener.end,
        )
    if waiting:
        if not parts:
            return n.Literal(_join(waiting).value, start, end)
        parts.append(_join(waiting))
    if not parts:
        return n.Literal("", start, end)
    wraps = len(parts) == 1 and not isinstance(pieces[0], _Directive)
    return n.Template(tuple(parts), wraps, start, end)


def _join(texts: list[_Text]) -> n.Literal:
    value = "".join([text.value for text in texts])
    return n.Literal(value if value.isascii() else compose(value), texts[0].start, texts[-1].end)


def _may_follow(piece: _Directive, opener: _Directive, then: n.Template | None) -> bool:
    if piece.keyword == "else":
        return opener.keyword == "if" and then is None
    return piece.keyword == "end" + opener.keyword


def _refuse_directive(parser: ExpressionParser, piece: _Directive, opener: _Directive | None) -> None:
    if opener is None:
        why = "nothing is open here."
    elif piece.keyword == "else":
        why = "a for has none." if opener.keyword == "for" else "this if has one already."
    else:
        why = f'"end{opener.keyword}" is expected first.'
    raise parser.error("TF167", f"Unexpected {piece.keyword} directive: {why}", piece.start, piece.end)
