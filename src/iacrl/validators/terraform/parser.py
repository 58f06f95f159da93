"""Parsing: a text to its syntax tree and the syntax errors in it.

The verdict is that of `terraform fmt`, except for the limits on size and nesting (TF190, TF191), which Terraform does
not have. The text is a `str`. Bytes that are not UTF-8 come in by `bytes.decode("utf-8", "surrogateescape")`; they are
refused everywhere but in comments. `\\r` is part of a newline before `\\n` and an error anywhere else.
"""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from iacrl.validators.terraform import nodes as n
from iacrl.validators.terraform.expressions import ExpressionParser
from iacrl.validators.terraform.lexer import END, IDENT, NEWLINE, STRING, HclSyntaxError
from iacrl.validators.terraform.source import Source
from iacrl.validators.terraform.templates import decode_quoted, parse_quoted
from iacrl.validators.verdict import Diagnostic

#: Characters. The largest modules that people write are a tenth of this.
MAX_SIZE = 4_000_000
#: Errors in one text; after so many it is no configuration at all.
MAX_ERRORS = 50

_find_next_block = re.compile(
    r"^([ \t]*)(?:resource|data|variable|output|locals|module|provider|terraform|moved|import|removed|check|ephemeral)"
    r"\b[^\n={]*\{",
    re.MULTILINE,
).finditer


class ParseResult(NamedTuple):
    """What `parse` returns.

    Attributes:
        body: The tree; a block in which there is an error is left out.
        diagnostics: The errors, at most one for each top-level block.
        source: Turns the offsets of nodes into ranges.
    """

    body: n.Body
    diagnostics: tuple[Diagnostic, ...]
    source: Source


def parse(text: str, file: str | None = None) -> ParseResult:
    """Read a text in HashiCorp's native syntax.

    Args:
        text: The source.
        file: Its path in a module directory, for the ranges.

    Returns:
        The tree, the errors and the source. Nothing is raised, whatever the text.
    """
    source = Source(text, file)
    if len(text) > MAX_SIZE:
        problem = HclSyntaxError("TF191", f"Text too large: more than {MAX_SIZE} characters.", 0, 1)
        return ParseResult(n.Body({}, [], 0, len(text)), (_diagnostic(problem, source),), source)
    parser = _Parser(text)
    body = parser.file()
    return ParseResult(body, tuple(_diagnostic(problem, source) for problem in parser.problems), source)


def _diagnostic(problem: HclSyntaxError, source: Source) -> Diagnostic:
    return Diagnostic(problem.code, "error", problem.message, "syntax", source.range(problem.start, problem.end))


class _Parser(ExpressionParser):
    """Reads bodies and blocks."""

    __slots__ = ("item", "problems")

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.problems: list[HclSyntaxError] = []
        self.item = 0  # where the top-level item that is being read begins

    def file(self) -> n.Body:
        """Read the whole text, going on at the next top-level block after each error."""
        body = n.Body({}, [], 0, len(self.text))
        self.end = 1 if self.text.startswith("\ufeff") else 0
        while True:
            try:
                self.advance()
                self._items(body, END)
                break
            except HclSyntaxError as problem:
                self.problems.append(problem)
                if len(self.problems) == MAX_ERRORS or not self._recover(problem.start):
                    break
        return body

    def _recover(self, start: int) -> bool:
        """Go to the next line that begins a block of Terraform's, indented no more than the item that failed."""
        line = self.text.rfind("\n", 0, self.item) + 1
        for found in _find_next_block(self.text, max(start, self.item + 1)):
            if len(found[1]) <= self.item - line:
                self.end = found.start()
                self.depth = 0
                self.free = self.measure = False
                return True
        return False

    def _items(self, body: n.Body, closing: str) -> None:
        """Read arguments and blocks into `body` up to the token `closing`."""
        attributes, blocks = body.attributes, body.blocks
        while True:
            kind = self.kind
            if kind is NEWLINE:
                self.advance()
                continue
            if kind == closing:
                return
            start = self.start
            if closing is END:
                self.item = start
            if kind is not IDENT:
                self._refuse_item(body)
            name, name_end = self.token(), self.end
            self.advance()
            kind = self.kind
            if kind == "=":
                attribute = self._attribute(name, start, name_end)
                if self.kind is NEWLINE:
                    self.advance()
                elif self.kind == ",":
                    raise self.error("TF112", "Unexpected comma after argument: arguments are separated by newlines.")
                elif self.kind is not END:
                    raise self.error("TF111", "Missing newline after argument: an argument must end with a newline.")
                self._add(attributes, attribute)
            elif kind == "{" or kind is STRING or kind is IDENT or kind == '"':
                blocks.append(self._block(name, start, name_end))
            else:
                self._refuse_name(start, name_end)

    def _add(self, attributes: dict[str, n.Attribute], attribute: n.Attribute) -> None:
        name = attribute.name
        if name in attributes:
            message = f'Attribute redefined: the argument "{name}" is already set in this block.'
            self.problems.append(HclSyntaxError("TF113", message, attribute.start, attribute.name_end))
        else:
            attributes[name] = attribute

    def _attribute(self, name: str, start: int, name_end: int) -> n.Attribute:
        self.advance()
        value = self.root_expression()
        return n.Attribute(name, value, start, name_end, value.end)

    def _block(self, type: str, start: int, type_end: int) -> n.Block:
        labels = []
        header_end = type_end
        while self.kind != "{":
            label = self._label()
            header_end = label.end
            labels.append(label)
        opening = self.start
        body = n.Body({}, [], opening, opening)
        self.enter()
        self.advance()
        if self.kind is NEWLINE or self.kind == "}" or self.kind is END:
            self._items(body, "}")
        else:
            self._single_argument(body)
        self.depth -= 1
        body.end = end = self.end
        self.advance()
        if self.kind is NEWLINE:
            self.advance()
        elif self.kind is not END:
            raise self.error("TF118", "Missing newline after block definition: a block must end with a newline.")
        return n.Block(type, tuple(labels), body, start, type_end, header_end, end)

    def _label(self) -> n.Label:
        start, end = self.start, self.end
        if self.kind is IDENT:
            value = self.token()
            self.advance()
            return n.Label(value, False, start, end)
        if self.kind is STRING:
            value = decode_quoted(self, start + 1, end - 1)
            self.advance()
            return n.Label(value, True, start, end)
        if self.kind == '"':
            template = parse_quoted(self)
            if isinstance(template, n.Literal):
                return n.Label(str(template.value), True, start, template.end)
            raise self.error(
                "TF120", "Invalid string literal: a label cannot hold a template sequence.", start, template.end
            )
        if self.kind == "=":
            raise self.error(
                "TF115", 'Invalid block definition: "=" sets an argument and must not be used for a block.'
            )
        if self.kind is NEWLINE:
            raise self.error("TF115", 'Invalid block definition: "{" is expected on the same line as the header.')
        raise self.error("TF115", 'Invalid block definition: a label in quotes or "{" is expected here.')

    def _single_argument(self, body: n.Body) -> None:
        """Read the one argument of a block on one line."""
        if self.kind is not IDENT:
            self._refuse_item(body)
        start, name_end = self.start, self.end
        name = self.token()
        self.advance()
        if self.kind is IDENT or self.kind is STRING or self.kind == "{" or self.kind == '"':
            raise self.error(
                "TF117", "Argument definition required: a block on one line holds one argument and no block.", start
            )
        if self.kind != "=":
            self._refuse_name(start, name_end)
        body.attributes[name] = self._attribute(name, start, name_end)
        if self.kind is END:
            self._refuse_item(body)
        if self.kind != "}":
            raise self.error(
                "TF116",
                "Invalid single-argument block definition: a block on one line holds one argument and ends there.",
            )

    def _refuse_name(self, start: int, end: int) -> NoReturn:
        raise self.error(
            "TF110", 'Argument or block definition required: "=" or a block is expected after this.', start, end
        )

    def _refuse_item(self, body: n.Body) -> NoReturn:
        if self.kind is STRING or self.kind == '"':
            raise self.error("TF114", "Invalid argument name: the names of arguments are not quoted.")
        if self.kind is END:
            raise self.error(
                "TF119", 'Unclosed configuration block: no "}" closes this block.', body.start, body.start + 1
            )
        raise self.error("TF110", "Argument or block definition required: neither can begin here.")
