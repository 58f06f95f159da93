"""Expressions: from tokens to nodes, by recursive descent and operator precedence.

The grammar and the errors follow the parser of hashicorp/hcl (hclsyntax/parser.go).
"""

from __future__ import annotations

import re
from typing import cast

from iacrl.domains.terraform.rules import HCL_SPEC, syntax_rule
from iacrl.domains.terraform.syntax import nodes as n
from iacrl.domains.terraform.syntax.brackets import parse_call, parse_object, parse_parentheses, parse_tuple
from iacrl.domains.terraform.syntax.escapes import decode_quoted
from iacrl.domains.terraform.syntax.expression_reader import Reader
from iacrl.domains.terraform.syntax.lexer import (
    END,
    HEREDOC,
    IDENT,
    MAX_DEPTH,
    NUMBER,
    STRING,
    compose,
)
from iacrl.domains.terraform.syntax.steps import parse_steps
from iacrl.domains.terraform.syntax.templates import parse_heredoc, parse_quoted
from iacrl.domains.terraform.syntax.whole_lines import reference

INVALID_EXPRESSION = syntax_rule("TF130", "Invalid expression", HCL_SPEC, "No expression begins with this token.")
MISSING_EXPRESSION = syntax_rule("TF131", "Missing expression", HCL_SPEC, "The text ends where a value is expected.")
MISSING_FALSE_EXPRESSION = syntax_rule(
    "TF133",
    "Missing false expression in conditional",
    "expressions/conditionals",
    "A conditional has two results: condition ? value : other.",
)

_LEVELS = ("||", "&&", "== !=", "< > <= >=", "+ -", "* / %")
_PRECEDENCE = {operator: level for level, alike in enumerate(_LEVELS, start=1) for operator in alike.split()}
# The attributes after a name, without spaces or non-ASCII letters between them.
_match_attributes = re.compile(r"(?:\.[A-Za-z_][A-Za-z0-9_-]*+)*+(?![^\x00-\x7f])").match
_DEEP = 16


class ExpressionParser(Reader):
    """Reads expressions."""

    __slots__ = ()

    def root_expression(self) -> n.ValueNode:
        """Read the value of an argument."""
        value = self.expression()
        if self.measure:
            self.measure = False
            if _is_too_high(value):
                raise self.too_high(value.start, value.end)
        return value

    def expression(self) -> n.ValueNode:
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
                raise self.error(MISSING_FALSE_EXPRESSION, "a colon and the other result are expected here.")
            self.advance()
            otherwise = self.expression()
            result = n.Conditional(result.start, otherwise.end, result, then, otherwise)
        if self.depth > _DEEP:
            self.measure = True
        self.depth -= 1
        return result

    def _binary(self, left: n.ValueNode, minimum: int) -> n.ValueNode:
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
            left = n.Binary(left.start, right.end, cast(n.BinaryOperator, operator), left, right)
            length += 1
            self.count_chain(length)

    def term(self) -> n.ValueNode:
        """Read an operand: a literal, reference, call, bracket or negation, with the steps that follow it."""
        kind = self.kind
        node: n.ValueNode
        if kind is IDENT:
            node = self._name()
        elif kind is STRING:
            start, end = self.start, self.end
            value = decode_quoted(self, start + 1, end - 1)
            node = n.Literal(start, end, value if value.isascii() else compose(value))
            self.advance()
        elif kind is NUMBER:
            node = n.Literal(self.start, self.end, self.number())
            self.advance()
        elif kind == "[":
            node = parse_tuple(self)
        elif kind == "{":
            node = parse_object(self)
        elif kind == '"':
            node = parse_quoted(self)
        elif kind is HEREDOC:
            node = parse_heredoc(self)
        elif kind == "(":
            node = parse_parentheses(self)
        elif kind == "-" or kind == "!":
            return self._unary()
        elif kind is END:
            raise self.error(MISSING_EXPRESSION, "the text ends where an expression is expected.")
        else:
            raise self.error(INVALID_EXPRESSION, f"an expression cannot begin with {self.describe()}.")
        if self.kind == "." or self.kind == "[":
            return parse_steps(self, node)
        return node

    def _name(self) -> n.ValueNode:
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
            return parse_call(self, name, start, end)
        return reference(name, "", start)

    def _unary(self) -> n.ValueNode:
        operators = []
        while self.kind == "-" or self.kind == "!":
            operators.append((cast(n.UnaryOperator, self.kind), self.start))
            self.count_chain(len(operators))
            self.advance()
        node = self.term()
        for operator, start in reversed(operators):
            node = n.Unary(start, node.end, operator, node)
        return node


def _is_too_high(root: n.ValueNode) -> bool:
    level = [root]
    for _ in range(n.MAX_HEIGHT):
        level = [child for node in level for child in node.children()]
        if not level:
            return False
    return True
