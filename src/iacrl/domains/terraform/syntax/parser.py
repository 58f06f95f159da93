"""Parses a text to its syntax tree and syntax errors.

The verdict is that of `terraform fmt`, except for the limits on size and nesting (TF190, TF191), which Terraform does
not have. The text is a `str`. `iacrl.text.from_bytes` lets bytes in that are not UTF-8; they are refused everywhere
except in comments. `\\r` is part of a newline before `\\n`, and an error anywhere else.
"""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from iacrl.domains.terraform.syntax import nodes as n
from iacrl.domains.terraform.syntax import syntax_rules as rules
from iacrl.domains.terraform.syntax.escapes import decode_quoted
from iacrl.domains.terraform.syntax.expression_parser import ExpressionParser
from iacrl.domains.terraform.syntax.lexer import END, IDENT, MAX_DEPTH, NEWLINE, STRING, HclSyntaxError
from iacrl.domains.terraform.syntax.source import SourceText
from iacrl.domains.terraform.syntax.templates import parse_quoted
from iacrl.domains.terraform.syntax.whole_lines import match_assignment, match_line, plain_labels, plain_value
from iacrl.domains.verdict import Diagnostic

#: Characters. The largest modules that people write are a tenth of this.
MAX_SIZE = 4_000_000
#: The tokens that make nodes of a tree: brackets, separators and operators. Code has 60 of them in a thousand
#: characters, so megabytes of it stay below the limit. A text packed with them to cost time or memory does not.
MAX_MARKS = 150_000
_MARKS = b"{[(,=?:$%+-*/<>!&|."
#: The most errors in one text; with more it is not a configuration at all.
MAX_ERRORS = 20

_find_next_block = re.compile(
    r"^([ \t]*)(?:resource|data|variable|output|locals|module|provider|terraform|moved|import|removed|check|ephemeral)"
    r"\b[^\n={]*\{",
    re.MULTILINE,
).finditer


class ParseResult(NamedTuple):
    """What `parse` returns.

    Attributes:
        body: The tree, without blocks that contain an error.
        source: Turns the offsets of nodes into ranges.
    """

    body: n.Body
    diagnostics: tuple[Diagnostic, ...]
    source: SourceText


def parse(text: str, file: str | None = None) -> ParseResult:
    """Read a text in HashiCorp's native syntax.

    Returns:
        The tree, the errors and the source. It never raises, whatever the text.
    """
    source = SourceText(text, file)
    if len(text) > MAX_MARKS and (too_much := _too_much(text)):
        problem = HclSyntaxError(rules.TEXT_TOO_LARGE, f"more than {too_much}.", 0, 1)
        return ParseResult(n.Body(0, len(text), {}, []), (_diagnostic(problem, source),), source)
    parser = _Parser(text)
    body = parser.file()
    return ParseResult(body, tuple(_diagnostic(problem, source) for problem in parser.problems), source)


def _too_much(text: str) -> str:
    """Say what a text has too much of; nothing if it can be read."""
    if len(text) > MAX_SIZE:
        return f"{MAX_SIZE} characters"
    written = text.encode("utf-8", "replace")
    marks = len(written) - len(written.translate(None, _MARKS))
    return f"{MAX_MARKS} brackets, separators and operators" if marks > MAX_MARKS else ""


def _diagnostic(problem: HclSyntaxError, source: SourceText) -> Diagnostic:
    rule = problem.rule
    return Diagnostic(rule.code, rule.severity, problem.message, rule.layer, source.range(problem.start, problem.end))


def _unclosed(opening: int) -> HclSyntaxError:
    return HclSyntaxError(rules.UNCLOSED_BLOCK, 'no "}" closes this block.', opening, opening + 1)


class _Parser(ExpressionParser):
    """Reads bodies and blocks."""

    __slots__ = ("item", "problems")

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.problems: list[HclSyntaxError] = []
        self.item = 0  # the start of the current top-level item

    def file(self) -> n.Body:
        """Read the whole text, continuing at the next top-level block after each error."""
        body = n.Body(0, len(self.text), {}, [])
        self.end = 1 if self.text.startswith("\ufeff") else 0
        while True:
            try:
                self._items(body, END)
                break
            except HclSyntaxError as problem:
                if not self._recover(problem):
                    break
        return body

    def _recover(self, problem: HclSyntaxError) -> bool:
        """Record the error, and go to the next line that begins a block of Terraform's.

        That is a line indented no more than the item that failed. If there is one before the error, the item was not
        closed. Then that is the error, and the other one is found again if it is real.
        """
        indentation = self.item - self.text.rfind("\n", 0, self.item) - 1
        following = None
        for found in _find_next_block(self.text, self.item + 1):
            if len(found[1]) <= indentation:
                following = found.start()
                break
        if following is not None and following < problem.start and problem.start > self.item:
            opening = self.text.index("{", self.item)
            problem = _unclosed(opening)
        self.problems.append(problem)
        if following is None or len(self.problems) >= MAX_ERRORS:
            return False
        self.end = following
        self.depth = 0
        self.free = self.measure = False
        return True

    def _items(self, body: n.Body, closing: str) -> None:
        """Read arguments and blocks into `body`, from the start of a line through `closing` and its newline."""
        text, top, attributes = self.text, closing is END, body.attributes
        while True:
            found = None if self.broken else match_line(text, self.end)
            while found is not None:
                name = found[1]
                if name is None:
                    if top:
                        break
                    self.end = found.end()
                    body.end = found.end(9)
                    return
                start, name_end = found.span(1)
                if top:
                    self.item = start
                self.end = found.end()
                if found[8] is None:
                    value = plain_value(found, 2)
                    attribute = n.Attribute(start, value.end, name, value, name_end)
                    if name in attributes:
                        self._add(body, attribute)
                    else:
                        attributes[name] = attribute
                else:
                    self._finish_block(body, name, plain_labels(found), start, name_end, found.start(8))
                found = match_line(text, self.end)
            found = None if self.broken else match_assignment(text, self.end)
            if found is not None:
                start, self.end = found.start(1), found.end()
                if top:
                    self.item = start
                self._set(body, found[1], start, found.end(1))
                continue
            self.advance()
            if self.kind is NEWLINE:
                continue
            start = self.start
            if top:
                self.item = start
            if self.kind == closing:
                if not top:
                    self._close(body)
                return
            if self.kind is not IDENT:
                self._refuse_item(body)
            name, name_end = self.token(), self.end
            self.advance()
            kind = self.kind
            if kind == "=":
                self._set(body, name, start, name_end)
            elif kind == "{" or kind is STRING or kind is IDENT or kind == '"':
                self._block(body, name, start, name_end)
            else:
                self._refuse_name(start, name_end)

    def _set(self, body: n.Body, name: str, start: int, name_end: int) -> None:
        """Read the rest of an argument after its equals sign."""
        self.advance()
        value = self.root_expression()
        if self.kind == ",":
            raise self.error(rules.UNEXPECTED_COMMA, "arguments are separated by newlines.")
        if self.kind is not NEWLINE and self.kind is not END:
            raise self.error(rules.MISSING_NEWLINE_AFTER_ARGUMENT, "an argument must end with a newline.")
        self._add(body, n.Attribute(start, value.end, name, value, name_end))

    def _add(self, body: n.Body, attribute: n.Attribute) -> None:
        name = attribute.name
        if name not in body.attributes:
            body.attributes[name] = attribute
        elif len(self.problems) < MAX_ERRORS:
            detail = f'the argument "{name}" is already set in this block.'
            self.problems.append(HclSyntaxError(rules.ATTRIBUTE_REDEFINED, detail, attribute.start, attribute.name_end))

    def _block(self, outer: n.Body, type: str, start: int, type_end: int) -> None:
        labels = []
        while self.kind != "{":
            labels.append(self._label())
        opening, line = self.start, self.end
        self.advance()
        if self.kind is NEWLINE or self.kind == "}" or self.kind is END:
            self.end = self.end if self.kind is NEWLINE else line
            self._finish_block(outer, type, tuple(labels), start, type_end, opening)
            return
        body = n.Body(opening, opening, {}, [])
        self._single_argument(body)
        self._close(body)
        header_end = labels[-1].end if labels else type_end
        outer.blocks.append(n.Block(start, body.end, type, tuple(labels), body, type_end, header_end))

    def _finish_block(
        self, outer: n.Body, type: str, labels: tuple[n.Label, ...], start: int, type_end: int, opening: int
    ) -> None:
        """Read the lines of a block after its header."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.too_deep()
        body = n.Body(opening, opening, {}, [])
        self._items(body, "}")
        self.depth -= 1
        header_end = labels[-1].end if labels else type_end
        outer.blocks.append(n.Block(start, body.end, type, labels, body, type_end, header_end))

    def _close(self, body: n.Body) -> None:
        """Leave a block at its closing brace; the newline after it belongs to it."""
        body.end = self.end
        self.advance()
        if self.kind is not NEWLINE and self.kind is not END:
            raise self.error(rules.MISSING_NEWLINE_AFTER_BLOCK, "a block must end with a newline.")

    def _label(self) -> n.Label:
        start, end = self.start, self.end
        if self.kind is IDENT:
            value = self.token()
            self.advance()
            return n.Label(start, end, value, False)
        if self.kind is STRING:
            value = decode_quoted(self, start + 1, end - 1)
            self.advance()
            return n.Label(start, end, value, True)
        if self.kind == '"':
            template = parse_quoted(self)
            if isinstance(template, n.Literal):
                return n.Label(start, template.end, str(template.value), True)
            raise self.error(
                rules.INVALID_STRING_LITERAL, "a label cannot hold a template sequence.", start, template.end
            )
        if self.kind == "=":
            raise self.error(rules.INVALID_BLOCK_DEFINITION, '"=" sets an argument and must not be used for a block.')
        if self.kind is NEWLINE:
            raise self.error(rules.INVALID_BLOCK_DEFINITION, '"{" is expected on the same line as the header.')
        raise self.error(rules.INVALID_BLOCK_DEFINITION, 'a label in quotes or "{" is expected here.')

    def _single_argument(self, body: n.Body) -> None:
        """Read the one argument of a block on one line."""
        if self.kind is not IDENT:
            self._refuse_item(body)
        start, name_end = self.start, self.end
        name = self.token()
        self.advance()
        if self.kind is IDENT or self.kind is STRING or self.kind == "{" or self.kind == '"':
            raise self.error(rules.ARGUMENT_REQUIRED, "a block on one line holds one argument and no block.", start)
        if self.kind != "=":
            self._refuse_name(start, name_end)
        self.advance()
        value = self.root_expression()
        body.attributes[name] = n.Attribute(start, value.end, name, value, name_end)
        if self.kind is END:
            self._refuse_item(body)
        if self.kind != "}":
            raise self.error(rules.INVALID_ONE_LINE_BLOCK, "a block on one line holds one argument and ends there.")

    def _refuse_name(self, start: int, end: int) -> NoReturn:
        raise self.error(rules.ARGUMENT_OR_BLOCK_REQUIRED, '"=" or a block is expected after this.', start, end)

    def _refuse_item(self, body: n.Body) -> NoReturn:
        if self.kind is STRING or self.kind == '"':
            raise self.error(rules.INVALID_ARGUMENT_NAME, "the names of arguments are not quoted.")
        if self.kind is END:
            raise _unclosed(body.start)
        raise self.error(rules.ARGUMENT_OR_BLOCK_REQUIRED, "neither can begin here.")
