"""Expressions: from tokens to nodes, by recursive descent and operator precedence.

The grammar, and what is refused where, follow the parser of hashicorp/hcl (hclsyntax/parser.go).
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import cast

from iacrl.validators.terraform import nodes as n
from iacrl.validators.terraform.lexer import (
    END,
    HEREDOC,
    IDENT,
    MAX_DEPTH,
    NEWLINE,
    NUMBER,
    STRING,
    Cursor,
    HclSyntaxError,
    compose,
)
from iacrl.validators.terraform.plain import match_element, match_item, plain_value, reference
from iacrl.validators.terraform.templates import decode_quoted, parse_heredoc, parse_quoted

_PRECEDENCE = {
    "||": 1,
    "&&": 2,
    "==": 3,
    "!=": 3,
    "<": 4,
    ">": 4,
    "<=": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "%": 6,
}
# The attributes after a name, when no space or letter beyond ASCII comes between.
_match_attributes = re.compile(r"(?:\.[A-Za-z_][A-Za-z0-9_-]*+)*+(?![^\x00-\x7f])").match
_match_number = re.compile(r"([0-9]+)(?:\.([0-9]*))?(?:[eE]([+-]?)0*([0-9]*))?").fullmatch

#: A chain of operators or steps longer than this is measured, so that no tree becomes too high.
_LONG_CHAIN = 8
_DEEP = 16


class ExpressionParser(Cursor):
    """Reads expressions. Each method begins at the first token of what it reads and ends after its last one."""

    __slots__ = ("measure",)

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.measure = False  # whether the expression being read may be higher than MAX_HEIGHT

    def root_expression(self) -> n.Expression:
        """Read the value of an argument."""
        value = self.expression()
        if self.measure:
            self.measure = False
            if _is_too_high(value):
                raise self.too_high(value.start, value.end)
        return value

    def expression(self) -> n.Expression:
        """Read an expression of any kind."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.too_deep()
        result = self.term()
        if self.kind in _PRECEDENCE:
            result = self._binary(result, 1)
        if self.kind == "?":
            self.advance()
            then = self.expression()
            if self.kind != ":":
                raise self.error(
                    "TF133", "Missing false expression in conditional: a colon and the other result are expected here."
                )
            self.advance()
            otherwise = self.expression()
            result = n.Conditional(result, then, otherwise, result.start, otherwise.end)
        if self.depth > _DEEP:
            self.measure = True
        self.depth -= 1
        return result

    def _binary(self, left: n.Expression, minimum: int) -> n.Expression:
        length = 0
        while True:
            operator = self.kind
            level = _PRECEDENCE.get(operator, 0)
            if level < minimum:
                return left
            self.advance()
            right = self.term()
            if _PRECEDENCE.get(self.kind, 0) > level:
                right = self._binary(right, level + 1)
            left = n.Binary(cast(n.BinaryOperator, operator), left, right, left.start, right.end)
            length += 1
            self._count_chain(length)

    def _count_chain(self, length: int) -> None:
        """Measure the expression at its end where a chain of operations in it is long; refuse one that never ends."""
        if length > _LONG_CHAIN:
            self.measure = True
            if length > n.MAX_HEIGHT:
                raise self.too_high(self.start, self.end)

    def too_high(self, start: int, end: int) -> HclSyntaxError:
        """Return the error for an expression higher than MAX_HEIGHT."""
        message = f"Nesting too deep: more than {n.MAX_HEIGHT} operations stand inside each other."
        return self.error("TF190", message, start, end)

    def term(self) -> n.Expression:
        """Read an operand: a literal, reference, call, bracket or negation, with the steps that follow it."""
        kind = self.kind
        node: n.Expression
        if kind is IDENT:
            node = self._name()
        elif kind is STRING:
            start, end = self.start, self.end
            value = decode_quoted(self, start + 1, end - 1)
            node = n.Literal(value if value.isascii() else compose(value), start, end)
            self.advance()
        elif kind is NUMBER:
            node = n.Literal(self._number(), self.start, self.end)
            self.advance()
        elif kind == "[":
            node = self._tuple()
        elif kind == "{":
            node = self._object()
        elif kind == '"':
            node = parse_quoted(self)
        elif kind is HEREDOC:
            node = parse_heredoc(self)
        elif kind == "(":
            node = self._parentheses()
        elif kind == "-" or kind == "!":
            return self._unary()
        elif kind is END:
            raise self.error("TF131", "Missing expression: the text ends where an expression is expected.")
        else:
            raise self.error("TF130", f"Invalid expression: an expression cannot begin with {self.describe()}.")
        if self.kind == "." or self.kind == "[":
            return self._steps(node)
        return node

    def describe(self) -> str:
        """Return the current token as a message shows it."""
        if self.kind is NEWLINE:
            return "a newline"
        if self.kind is END:
            return "the end of the file"
        return f'"{self.token()[:40]}"'

    def _number(self) -> int | Decimal:
        token = self.token()
        if len(token) < 300 and token.isdigit():
            return int(token)
        try:
            return parse_number(token)
        except ValueError:
            raise self.error("TF106", f'Invalid number literal: "{token[:40]}" is not a number.') from None

    def _name(self) -> n.Expression:
        text = self.text
        start, end = self.start, self.end
        name = text[start:end]
        found = _match_attributes(text, end)
        dotted = found[0] if found is not None else ""
        if dotted:
            self.end = end + len(dotted)
            self.advance()
            return reference(name, dotted, start)
        self.advance()
        if self.kind == "(" or self.kind == "::":
            return self._call(name, start, end)
        return reference(name, "", start)

    def _unary(self) -> n.Expression:
        operators = []
        while self.kind == "-" or self.kind == "!":
            operators.append((cast(n.UnaryOperator, self.kind), self.start))
            self._count_chain(len(operators))
            self.advance()
        node = self.term()
        for operator, start in reversed(operators):
            node = n.Unary(operator, node, start, node.end)
        return node

    def _parentheses(self) -> n.Expression:
        start, free = self.start, self.free
        self.free = True
        self.advance()
        inner = self.expression()
        if self.kind != ")":
            raise self.error("TF132", 'Unbalanced parentheses: ")" is expected here.')
        self.free = free
        end = self.end
        self.advance()
        return n.Parens(inner, start, end)

    def _call(self, name: str, start: int, name_end: int) -> n.Expression:
        while self.kind == "::":
            self.advance()
            if self.kind is not IDENT:
                raise self.error("TF140", 'Missing function name: "::" must be followed by the name of a function.')
            name += "::" + self.token()
            name_end = self.end
            self.advance()
        if self.kind != "(":
            raise self.error("TF141", f'Missing open parenthesis: "(" is expected after the function name "{name}".')
        opening, free = self.end, self.free
        self.free = True
        arguments: list[n.Expression] = []
        expands = False
        self._plain_elements(arguments)
        while self.kind != ")":
            arguments.append(self.expression())
            if self.kind == ",":
                self.advance()
                continue
            if self.kind == "...":
                expands = True
                self.advance()
                if self.kind != ")":
                    raise self.error(
                        "TF144", 'Missing closing parenthesis: ")" must follow an expanded argument ("...").'
                    )
            elif self.kind is END:
                raise self.error(
                    "TF143", "Unterminated function call: its parenthesis is never closed.", start, opening
                )
            elif self.kind != ")":
                raise self.error("TF142", "Missing argument separator: a comma is expected between two arguments.")
        self.free = free
        end = self.end
        self.advance()
        return n.FunctionCall(name, tuple(arguments), expands, start, name_end, end)

    def _tuple(self) -> n.Expression:
        start, free = self.start, self.free
        self.free = True
        items: list[n.Expression] = []
        self._plain_elements(items)
        if self.kind is IDENT and not items and self.token() == "for":
            return self._for(start, free, "]")
        while self.kind != "]":
            items.append(self.expression())
            if self.kind == ",":
                self.advance()
            elif self.kind is END:
                raise self.error(
                    "TF146", 'Unterminated tuple constructor expression: no "]" closes it.', start, start + 1
                )
            elif self.kind != "]":
                raise self.error("TF145", "Missing item separator: a comma is expected between two elements.")
        self.free = free
        end = self.end
        self.advance()
        return n.Tuple(tuple(items), start, end)

    def _plain_elements(self, elements: list[n.Expression]) -> None:
        """Read as many plain elements as there are, with the commas after them, and one token more."""
        at = self.end
        found = None if self.broken else match_element(self.text, at)
        while found is not None and (elements or found[3] != "for"):
            elements.append(plain_value(found, 1))
            at = found.start(5)
            if found[5] != ",":
                break
            at += 1
            found = match_element(self.text, at)
        self.end = at
        self.advance()

    def _object(self) -> n.Expression:
        start, free = self.start, self.free
        self.free = False
        self.advance()
        items: list[n.ObjectItem] = []
        if self.kind is NEWLINE:
            self._plain_items(items)
        if self.kind is IDENT and not items and self.token() == "for":
            self.free = True
            return self._for(start, free, "}")
        while self.kind != "}":
            key = self.expression()
            if type(key) is n.Traversal and not key.steps:
                key = n.Literal(key.root, key.start, key.end)
            elif type(key) is n.Literal and (key.value is None or isinstance(key.value, bool)):
                key = n.Literal(self.text[key.start : key.end], key.start, key.end)  # `true` is a name here
            if self.kind != "=" and self.kind != ":":
                self._refuse_separator(start)
            self.advance()
            items.append(n.ObjectItem(key, self.expression()))
            if self.kind == "," or self.kind is NEWLINE:
                if self.kind == ",":
                    self.advance()
                self._plain_items(items)
            elif self.kind is END:
                self._refuse_end_of_object(start)
            elif self.kind != "}":
                raise self.error(
                    "TF149", "Missing attribute separator: a newline or comma is expected before the next one."
                )
        self.free = free
        end = self.end
        self.advance()
        return n.Object(tuple(items), start, end)

    def _plain_items(self, items: list[n.ObjectItem]) -> None:
        """Read as many plain lines as there are after a newline, and one token more that is no newline."""
        while self.kind is NEWLINE:
            found = None if self.broken else match_item(self.text, self.end)
            while found is not None:
                name = found[1]
                if name is None:
                    start, end = found.span(2)
                    key = n.Literal(found[2] if found[2].isascii() else compose(found[2]), start - 1, end + 1)
                elif name == "for" and not items:
                    break
                else:
                    key = n.Literal(name, *found.span(1))
                items.append(n.ObjectItem(key, plain_value(found, 3)))
                self.end = found.end()
                found = match_item(self.text, self.end)
            self.advance()

    def _refuse_separator(self, opening: int) -> None:
        if self.kind is END:
            self._refuse_end_of_object(opening)
        if self.kind is NEWLINE or self.kind == ",":
            raise self.error("TF147", 'Missing attribute value: "=" and a value are expected here.')
        hint = " A name with spaces or dots is written in quotes." if self.kind is IDENT else ""
        raise self.error("TF148", f'Missing key/value separator: "=" is expected here.{hint}')

    def _refuse_end_of_object(self, start: int) -> None:
        raise self.error("TF150", 'Unterminated object constructor expression: no "}" closes it.', start, start + 1)

    def _for(self, start: int, free: bool, closing: str) -> n.Expression:
        self.advance()
        key = None
        value = self._for_name("after 'for'")
        if self.kind == ",":
            self.advance()
            key, value = value, self._for_name("after the comma")
        if self.kind is not IDENT or self.token() != "in":
            self._refuse_for("'in' is expected after the names.")
        self.advance()
        collection = self.expression()
        if self.kind != ":":
            self._refuse_for("a colon is expected after the collection.")
        self.advance()
        result_key = None
        result = self.expression()
        if self.kind == "=>":
            self.advance()
            result_key, result = result, self.expression()
            if closing == "]":
                self._refuse_for("there is no key in a tuple.", result_key.start, result_key.end)
        elif closing == "}":
            self._refuse_for("an object needs a key, as in k => v.", result.start, result.end)
        groups = self.kind == "..."
        if groups:
            if closing == "]":
                self._refuse_for('grouping with "..." is only possible in an object.')
            self.advance()
        condition = None
        if self.kind is IDENT and self.token() == "if":
            self.advance()
            condition = self.expression()
        if self.kind != closing:
            self._refuse_for(f'"{closing}" is expected at its end.')
        self.free = free
        end = self.end
        self.advance()
        return n.For(key, value, collection, result_key, result, condition, groups, start, end)

    def _for_name(self, where: str) -> str:
        if self.kind is not IDENT:
            self._refuse_for(f"a name is expected {where}.")
        name = self.token()
        self.advance()
        return name

    def _refuse_for(self, why: str, start: int | None = None, end: int | None = None) -> None:
        raise self.error("TF151", f"Invalid 'for' expression: {why}", start, end)

    def _steps(self, node: n.Expression) -> n.Expression:
        """Read `.name`, `.0`, `[key]`, `.*` and `[*]` as long as there are any."""
        steps: list[n.Step] = []
        length = 0
        while True:
            self._count_chain(length)
            start = self.start
            if self.kind == ".":
                self.advance()
                if self.kind == "*":
                    node, steps = self._attribute_splat(_join(node, steps), start), []
                    length += 1
                else:
                    steps.append(self._dot_step(start))
            elif self.kind == "[":
                self.advance()
                if self.kind == "*":
                    return self._full_splat(_join(node, steps), start)
                key = self._index_key()
                end = self.end
                self.advance()
                if type(key) is n.Literal and key.value is not None and not isinstance(key.value, bool):
                    steps.append(n.GetIndex(key.value, start, end))
                else:
                    source = _join(node, steps)
                    node, steps = n.Index(source, key, source.start, end), []
                    length += 1
            else:
                return _join(node, steps)

    def _dot_step(self, start: int) -> n.Step:
        end = self.end
        if self.kind is IDENT:
            name = self.token()
            self.advance()
            return n.GetAttr(name, start, end)
        if self.kind is NUMBER:
            if "." in self.token():
                first, _, second = self.token().partition(".")
                raise self.error("TF135", f"Invalid legacy index syntax: write [{first}][{second}].")
            key = self._number()
            self.advance()
            return n.GetIndex(key, start, end)
        raise self.error("TF134", "Invalid attribute name: a name is expected after the dot.")

    def _index_key(self) -> n.Expression:
        free = self.free
        self.free = True
        if self.kind is NEWLINE:
            self.advance()
        key = self.expression()
        if self.kind != "]":
            raise self.error("TF137", 'Missing close bracket on index: "]" is expected here.')
        self.free = free
        return key

    def _full_splat(self, source: n.Expression, start: int) -> n.Expression:
        self.advance()
        if self.kind != "]":
            raise self.error("TF138", 'Missing close bracket on splat index: "]" is expected after the star.')
        each: n.Expression = n.SplatItem(start, self.end)
        self.advance()
        if self.kind == "." or self.kind == "[":
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise self.too_deep()
            self.measure = True
            each = self._steps(each)
            self.depth -= 1
        return n.Splat(source, each, True, source.start, each.end)

    def _attribute_splat(self, source: n.Expression, start: int) -> n.Expression:
        item = n.SplatItem(start, self.end)
        self.advance()
        steps: list[n.Step] = []
        while self.kind == ".":
            dot = self.start
            self.advance()
            if self.kind == "*":
                raise self.error("TF136", "Nested splat expression not allowed: write [*] instead of .* here.")
            steps.append(self._dot_step(dot))
        each = _join(item, steps)
        return n.Splat(source, each, False, source.start, each.end)


def parse_number(text: str) -> Decimal:
    """Return the number that these digits, points and exponents stand for.

    Its exponent may have nine digits: compare it, but do not convert it to `int` unseen.

    Raises:
        ValueError: They are no number, or one with a binary exponent beyond 32 bits, which Terraform cannot hold.
    """
    found = _match_number(text)
    if found is None:
        raise ValueError(text)
    whole, fraction, sign, exponent = (part or "" for part in found.groups())
    if len(exponent) > 18:
        raise ValueError(text)
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return Decimal(0)
    if abs(int(sign + (exponent or "0")) - len(fraction) + len(digits) * math.log2(10)) >= 2**31:
        raise ValueError(text)
    return Decimal(text)


def _join(source: n.Expression, steps: list[n.Step]) -> n.Expression:
    if not steps:
        return source
    end = steps[-1].end
    if type(source) is n.Traversal:
        return n.Traversal(source.root, (*source.steps, *steps), source.start, end)
    if type(source) is n.RelativeTraversal:
        return n.RelativeTraversal(source.source, (*source.steps, *steps), source.start, end)
    return n.RelativeTraversal(source, tuple(steps), source.start, end)


def _is_too_high(root: n.Expression) -> bool:
    level = [root]
    for _ in range(n.MAX_HEIGHT):
        level = [child for node in level for child in node.children()]
        if not level:
            return False
    return True
