"""Templates: quoted strings and heredocs with interpolations and directives.

A template is first read as a flat list of pieces. Then strip markers and indentation are applied to its literal pieces.
Then directives are matched with their ends. The order follows hashicorp/hcl (hclsyntax/parser_template.go), and so do a
heredoc's literal pieces, which end with each line. The values depend on it.
"""

from __future__ import annotations

import re

from iacrl.domains.terraform.rules import syntax_rule
from iacrl.domains.terraform.syntax import nodes as n
from iacrl.domains.terraform.syntax.escapes import SPACE, decode_quoted, find_last_line, plain_text
from iacrl.domains.terraform.syntax.expression_reader import Reader
from iacrl.domains.terraform.syntax.lexer import END, IDENT, compose
from iacrl.domains.terraform.syntax.repeats import kept
from iacrl.domains.terraform.syntax.syntax_rules import INVALID_CHARACTER
from iacrl.domains.terraform.syntax.template_pieces import Directive, Piece, Text, build_template, remove_indentation
from iacrl.domains.terraform.syntax.whole_lines import match_interpolation, match_piece, reference

INVALID_MULTI_LINE_STRING = syntax_rule(
    "TF104",
    "Invalid multi-line string",
    "expressions/strings",
    'A quoted string ends on the line where it began. Write "\\n" for a newline, or use a heredoc.',
)
UNTERMINATED_TEMPLATE = syntax_rule(
    "TF107",
    "Unterminated template string",
    "expressions/strings",
    "A string needs its closing quote; a heredoc needs a line that holds only its marker and ends with a newline.",
)
EXTRA_CHARACTERS = syntax_rule(
    "TF160",
    "Extra characters after interpolation expression",
    "expressions/strings",
    '"${...}" contains one expression. A "${" of another language is written "$${".',
)
UNCLOSED_INTERPOLATION = syntax_rule(
    "TF161",
    "Unclosed template interpolation sequence",
    "expressions/strings",
    'The text ends before the "}" of a "${".',
)
INVALID_DIRECTIVE = syntax_rule(
    "TF162", "Invalid template directive", "expressions/strings", 'After "%{" comes if, else, endif, for or endfor.'
)
INVALID_TEMPLATE_KEYWORD = syntax_rule(
    "TF163", "Invalid template control keyword", "expressions/strings", "Known are if, else, endif, for and endfor."
)
INVALID_FOR_DIRECTIVE = syntax_rule(
    "TF164",
    "Invalid 'for' directive",
    "expressions/strings",
    "It is written %{ for value in list } or %{ for key, value in map }.",
)
EXTRA_CHARACTERS_IN_MARKER = syntax_rule(
    "TF165", "Extra characters in marker", "expressions/strings", 'After the parts of a directive comes its "}".'
)

#: Literal text and escapes.
_QUOTED = kept(r"""[^"\\$%\r\n]++|\\[^\r\n]|\$(?!\$?\{)|%(?!%?\{)|\$\$\{|%%\{""", 1)
_match_quoted = re.compile(
    rf"""({_QUOTED})
      | ([$%]\{{~?)   # begins an interpolation or directive
      | (")
      | ([\r\n]+)
      | (\Z)
      | (\\)         # before a newline
      """,
    re.VERBOSE,
).match

#: The last part is what the scanner does after a lone $.
_IN_HEREDOC = kept(r"[^$%\r\n]++|\$(?!\$?\{)|%(?!%?\{)|\$\$\{|%%\{|(?<=[^$%][$%])\r(?=\r\n)")
_match_heredoc = re.compile(rf"({_IN_HEREDOC}(\r?\n)?)([$%]\{{~?)?").match


def parse_quoted(parser: Reader) -> n.ValueNode:
    """Read a quoted template; the current token is its opening quote."""
    plain = None if parser.broken else _plain_template(parser)
    if plain is not None:
        return plain
    start, free, text = parser.start, parser.free, parser.text
    pieces: list[Piece] = []
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
            pieces.append(Text(value.lstrip(SPACE) if trims else value, at, stop))
            trims = False
        elif group == 2:
            trims = _parse_sequence(parser, pieces, found[0], at, stop)
            stop = parser.end
        elif group == 3:
            break
        elif group == 4:
            raise parser.error(INVALID_MULTI_LINE_STRING, "a quoted string ends on its line; use a heredoc.", at, stop)
        elif group == 5:
            raise parser.error(UNTERMINATED_TEMPLATE, "no quote closes it.", start, start + 1)
        else:
            raise parser.error(INVALID_CHARACTER, "a backslash cannot end a line of a quoted string.", at, stop)
        at = stop
    parser.free = free
    parser.end = stop
    parser.advance()
    return build_template(parser, pieces, start, stop)


def _plain_template(parser: Reader) -> n.Template | None:
    """Read a quoted template of only text and names with attributes; if it has more, read nothing and return None."""
    text, at = parser.text, parser.end
    parts: list[n.ValueNode] = []
    while True:
        found = match_piece(text, at)
        if found is None:
            return None
        literal, root = found[1], found[2]
        if literal:
            parts.append(n.Literal(at, at + len(literal), literal if literal.isascii() else compose(literal)))
        at = found.end()
        if root is None:
            break
        parts.append(reference(root, found[3], found.start(2)))
    template = n.Template(parser.start, at, tuple(parts), len(parts) == 1)
    parser.end = at
    parser.advance()
    return template


def parse_heredoc(parser: Reader) -> n.ValueNode:
    """Read a heredoc; the current token is its introduction, `<<EOT` or `<<-EOT` and the newline."""
    start, free, text = parser.start, parser.free, parser.text
    introduction = parser.token().rstrip("\r\n")
    marker = introduction.lstrip("<-")
    last_line = find_last_line(text, parser.end, marker)
    if last_line is None:
        raise parser.error(
            UNTERMINATED_TEMPLATE, f'no line holds only the marker "{marker}".', start, start + len(introduction)
        )
    body = text[parser.end : last_line]
    if not ("${" in body or "%{" in body or "\r" in body or parser.broken):
        parser.end = text.find("\n", last_line)
        end = last_line + len(text[last_line : parser.end].rstrip(SPACE))
        parser.advance()
        return n.Literal(start, end, plain_text(body, introduction[2] == "-"))
    pieces: list[Piece] = []
    trims = False
    line_start = True
    at = parser.end
    while True:
        found = _match_heredoc(text, at)
        assert found is not None  # it may match the empty string
        stop, is_line = found.end(1), found[2] is not None
        if line_start and is_line and text[at:stop].strip(SPACE) == marker:
            break
        if stop > at:
            if parser.broken:
                parser.check_encoding(at, stop)
            value = text[at:stop]
            if "{" in value:
                value = value.replace("$${", "${").replace("%%{", "%{")
            pieces.append(Text(value.lstrip(SPACE) if trims else value, at, stop))
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
                raise parser.error(UNTERMINATED_TEMPLATE, "its marker is inside it.", start, parser.end)
            raise parser.error(INVALID_CHARACTER, "a carriage return must end its line.", at, at + 1)
    parser.free = free
    parser.end = stop - len(found[2])  # the newline after the marker is a separate token
    end = at + len(text[at:stop].rstrip(SPACE))
    parser.advance()
    if introduction[2] == "-":
        remove_indentation(pieces)
    return build_template(parser, pieces, start, end)


def _parse_sequence(parser: Reader, pieces: list[Piece], opening: str, start: int, stop: int) -> bool:
    """Read `${...}` or `%{...}` up to its brace, and return whether the text after it loses its leading space."""
    if opening.endswith("~") and pieces:
        last = pieces[-1]
        if isinstance(last, Text):
            last.value = last.value.rstrip(SPACE)
    plain = match_interpolation(parser.text, stop) if opening[0] == "$" else None
    if plain is not None:
        pieces.append(reference(plain[1], plain[2], plain.start(1)))
        parser.end = plain.end()
        return False
    parser.depth += 1
    parser.free = True
    parser.end = stop
    parser.advance()
    if opening[0] == "$":
        pieces.append(parser.expression())
        if parser.kind is END:
            raise parser.error(UNCLOSED_INTERPOLATION, "no brace closes it.", start, stop)
        if parser.kind != "}" and parser.kind != "~}":
            raise parser.error(EXTRA_CHARACTERS, 'the closing brace is expected here; a literal "${" is written "$${".')
    else:
        directive = _parse_directive(parser, start)
        if parser.kind != "}" and parser.kind != "~}":
            title = f"Extra characters in {directive.keyword} marker"
            raise parser.error(EXTRA_CHARACTERS_IN_MARKER, "the closing brace is expected here.", title=title)
        directive.end = parser.end
        pieces.append(directive)
    parser.depth -= 1
    return parser.kind == "~}"


def _parse_directive(parser: Reader, start: int) -> Directive:
    keyword = parser.token()
    if parser.kind is not IDENT:
        raise parser.error(INVALID_DIRECTIVE, '"if", "for" or another keyword is expected after "%{".')
    if keyword not in ("if", "else", "endif", "for", "endfor"):
        raise parser.error(INVALID_TEMPLATE_KEYWORD, f'"{keyword}" is not one.')
    directive = Directive(keyword, start)
    parser.advance()
    if keyword == "if":
        directive.expression = parser.expression()
    elif keyword == "for":
        directive.value = _for_name(parser, "after 'for'")
        if parser.kind == ",":
            parser.advance()
            directive.key, directive.value = directive.value, _for_name(parser, "after the comma")
        if parser.kind is not IDENT or parser.token() != "in":
            raise parser.error(INVALID_FOR_DIRECTIVE, "'in' is expected after the names.")
        parser.advance()
        directive.expression = parser.expression()
    return directive


def _for_name(parser: Reader, where: str) -> str:
    if parser.kind is not IDENT:
        raise parser.error(INVALID_FOR_DIRECTIVE, f"a name is expected {where}.")
    name = parser.token()
    parser.advance()
    return name
