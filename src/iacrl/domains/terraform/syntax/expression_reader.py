"""Shared by the readers of all kinds of expressions: nested expressions, numbers, and the limit on height."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iacrl.domains.terraform.rules import syntax_rule
from iacrl.domains.terraform.syntax import nodes as n
from iacrl.domains.terraform.syntax.lexer import END, NEWLINE, Cursor, HclSyntaxError
from iacrl.domains.terraform.syntax.syntax_rules import NESTING_TOO_DEEP

if TYPE_CHECKING:
    from decimal import Decimal

INVALID_NUMBER_LITERAL = syntax_rule(
    "TF106",
    "Invalid number literal",
    "expressions/types",
    "A number is digits, at most one point with digits after it, and at most one exponent that a number can hold.",
)

_NUMBER = r"([0-9]+)(?:\.([0-9]*))?(?:[eE]([+-]?)0*([0-9]*))?"
#: The logarithm of ten, to base two.
_BITS_OF_DIGIT = 3.321928094887362

#: A chain of operators or steps longer than this is measured, so no tree becomes too high.
_LONG_CHAIN = 8


class Reader(Cursor):
    """Reads expressions. Each method begins at the first token of what it reads and ends after its last one."""

    __slots__ = ("measure",)

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.measure = False  # whether the expression being read may be higher than MAX_HEIGHT

    def expression(self) -> n.ValueNode:
        """Read an expression of any kind."""
        raise NotImplementedError

    def count_chain(self, length: int) -> None:
        """Have the expression measured if a chain of operations is long; refuse an excessive chain."""
        if length > _LONG_CHAIN:
            self.measure = True
            if length > n.MAX_HEIGHT:
                raise self.too_high(self.start, self.end)

    def too_high(self, start: int, end: int) -> HclSyntaxError:
        """Return the error for an expression higher than MAX_HEIGHT."""
        detail = f"more than {n.MAX_HEIGHT} operations are nested."
        return self.error(NESTING_TOO_DEEP, detail, start, end)

    def describe(self) -> str:
        """Return the current token as a message shows it."""
        if self.kind is NEWLINE:
            return "a newline"
        if self.kind is END:
            return "the end of the file"
        return f'"{self.token()[:40]}"'

    def number(self) -> int | Decimal:
        """Return the value of the current token, a number."""
        token = self.token()
        if len(token) < 300 and token.isdigit():
            return int(token)
        try:
            return parse_number(token)
        except ValueError:
            raise self.error(INVALID_NUMBER_LITERAL, f'"{token[:40]}" is not a number.') from None


def parse_number(text: str) -> Decimal:
    """Return the number with these digits, points and exponents.

    Its exponent may have nine digits: compare it, but check its size before converting it to `int`.

    Raises:
        ValueError: This is not a number, or its binary exponent is beyond 32 bits, which Terraform cannot hold.
    """
    from decimal import Decimal

    found = re.fullmatch(_NUMBER, text)
    if found is None:
        raise ValueError(text)
    whole, fraction, sign, exponent = (part or "" for part in found.groups())
    if len(exponent) > 18:
        raise ValueError(text)
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return Decimal(0)
    if abs(int(sign + (exponent or "0")) - len(fraction) + len(digits) * _BITS_OF_DIGIT) >= 2**31:
        raise ValueError(text)
    return Decimal(text)
