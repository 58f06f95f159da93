"""Terraform's numbers: binary floating point with a mantissa of 512 bits.

A number is an `int`, or a `Fraction` with a power of two as denominator. It is a `float` if Go computes in 64 bits
(`log`, `pow`), and for the infinities and minus zero. Each prints as Terraform prints it.
"""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

from iacrl.domains.terraform.cty.values import NumberTooLarge

Number = int | float | Fraction

ZERO: Number = 0

#: Bits of mantissa, as in cty.
PRECISION = 512
DOUBLE_PRECISION = 53

#: Numbers beyond 2 to this power are left unknown, so no text can make arithmetic slow.
MAX_BITS = 1 << 13

_MAX_DIGITS = 2000
#: Beyond this exponent of two Go's big.Float is infinite.
_INFINITE_EXPONENT = 1 << 31


def normal(number: Number) -> Number:
    """Round to `PRECISION` bits, half to even; whole results become `int`.

    Raises:
        NumberTooLarge: The magnitude is outside what is computed here.
    """
    if type(number) is int:
        bits = number.bit_length()
        if bits <= PRECISION:
            return number
        if bits > MAX_BITS:
            raise NumberTooLarge
        return _round_scaled(number, 1)
    if isinstance(number, Fraction):
        top, bottom = number.numerator, number.denominator
        if bottom == 1:
            return normal(top)
        if max(top.bit_length(), bottom.bit_length()) > MAX_BITS:
            raise NumberTooLarge
        if top.bit_length() <= PRECISION and bottom & (bottom - 1) == 0:
            return number
        return _round_scaled(top, bottom)
    return number


def _round_scaled(top: int, bottom: int) -> Number:
    """Round the quotient of two integers to `PRECISION` bits."""
    negative, top = top < 0, abs(top)
    shift = PRECISION - (top.bit_length() - bottom.bit_length())
    quotient, rest, divisor = _divide(top, bottom, shift)
    if quotient.bit_length() > PRECISION:
        shift -= 1
        quotient, rest, divisor = _divide(top, bottom, shift)
    if 2 * rest > divisor or (2 * rest == divisor and quotient & 1):
        quotient += 1
    if negative:
        quotient = -quotient
    if shift <= 0:
        return quotient << -shift
    result = Fraction(quotient, 1 << shift)
    return result.numerator if result.denominator == 1 else result


def _divide(top: int, bottom: int, shift: int) -> tuple[int, int, int]:
    if shift >= 0:
        top <<= shift
    else:
        bottom <<= -shift
    quotient, rest = divmod(top, bottom)
    return quotient, rest, bottom


def from_decimal(number: Decimal) -> Number:
    """Return the nearest number to a decimal literal.

    Raises:
        NumberTooLarge: The magnitude is outside what is computed here.
    """
    if number.is_zero():
        return 0
    if not number.is_finite():
        return math.inf if number > 0 else -math.inf
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or len(digits) > _MAX_DIGITS or abs(exponent) > _MAX_DIGITS:
        if number.adjusted() * math.log2(10) > _INFINITE_EXPONENT:
            return -math.inf if sign else math.inf
        raise NumberTooLarge
    return normal(Fraction(number))


def add(left: Number, right: Number) -> Number:
    """Return the sum.

    Raises:
        ZeroDivisionError: The operands are infinities of opposite sign, which have no sum.
    """
    if type(left) is int and type(right) is int:
        return normal(left + right)
    if _infinite(left) or _infinite(right):
        if _infinite(left) and _infinite(right) and left != right:
            raise ZeroDivisionError
        return left if _infinite(left) else right
    return normal(Fraction(left) + Fraction(right))


def multiply(left: Number, right: Number) -> Number:
    """Return the product.

    Raises:
        ZeroDivisionError: Zero times infinity has no value.
    """
    if type(left) is int and type(right) is int:
        return normal(left * right)
    if _infinite(left) or _infinite(right):
        if left == 0 or right == 0:
            raise ZeroDivisionError
        return _signed_infinity(left, right)
    return normal(Fraction(left) * Fraction(right))


def divide(left: Number, right: Number) -> Number:
    """Return the quotient. A number divided by zero is infinite, as in Go.

    Raises:
        ZeroDivisionError: Zero over zero, or infinity over infinity.
    """
    if _infinite(left) or right == 0:
        if _infinite(right) or left == 0:
            raise ZeroDivisionError
        return _signed_infinity(left, right)
    if _infinite(right):
        return 0
    return normal(Fraction(left) / Fraction(right))


def modulo(left: Number, right: Number) -> Number:
    """Return the remainder of truncating division. Any number modulo zero is that number, as in cty.

    Raises:
        ZeroDivisionError: The left side is infinite.
    """
    if right == 0 or _infinite(right):
        return left
    if _infinite(left):
        raise ZeroDivisionError
    quotient = Fraction(left) / Fraction(right)
    return normal(Fraction(left) - Fraction(right) * int(quotient))


def negate(number: Number) -> Number:
    """Return the number with its sign changed. Minus zero prints as `-0`."""
    return -0.0 if number == 0 and type(number) is int else -number


def _infinite(number: Number) -> bool:
    return type(number) is float and math.isinf(number)


def _signed_infinity(left: Number, right: Number) -> float:
    negative = (left < 0) != (right < 0 or (type(right) is float and math.copysign(1, right) < 0))
    return -math.inf if negative else math.inf


def parse_number(text: str) -> Number | None:
    """Read a number from a string as Terraform does; return None if it is not one.

    Go's big.Float also reads `1.`, `.5`, `+1`, `Inf`, and `p` for an exponent of two.

    Raises:
        NumberTooLarge: The magnitude is outside what is computed here.
    """
    body = text[1:] if text[:1] in ("+", "-") else text
    if body in ("Inf", "inf"):
        return -math.inf if text[0] == "-" else math.inf
    if not body.isascii() or "_" in body or (not body[:1].isdigit() and body[:1] != "."):
        return None
    mantissa, mark, exponent = body.lower().partition("p")
    if mark:
        if "e" in mantissa or not exponent[exponent[:1] in ("+", "-") :].isdigit():
            return None
        if len(exponent) > 5:
            raise NumberTooLarge
    try:
        number = Decimal(mantissa)
    except ArithmeticError:
        return None
    value = from_decimal(number)
    if mark:
        value = normal(Fraction(value) * Fraction(2) ** int(exponent))
    if text[0] == "-":
        value = negate(value)
    return value


def format_number(number: Number) -> str:
    """Write a number as Terraform does: with the fewest digits that read back as the same number."""
    if type(number) is int:
        if number.bit_length() <= PRECISION:
            return str(number)
        return _shortest(number, 1)
    if isinstance(number, float):
        if math.isinf(number):
            return "+Inf" if number > 0 else "-Inf"
        if number == 0:
            return "-0" if math.copysign(1, number) < 0 else "0"
        return _shortest(*number.as_integer_ratio(), DOUBLE_PRECISION)
    return _shortest(number.numerator, number.denominator)


def same_number(left: Number, right: Number) -> bool:
    """Return whether two numbers are equal to Terraform: whether they are written alike."""
    if left == right or (isinstance(left, float) == isinstance(right, float)):
        return left == right
    return format_number(left) == format_number(right)


def _shortest(top: int, bottom: int, precision: int = PRECISION) -> str:
    """Return the shortest decimal that rounds to `top / bottom` at so many bits, without an exponent."""
    sign, top = ("-", -top) if top < 0 else ("", top)
    # The unit in the last place of the mantissa is two to this power. Numbers within half a unit round to this one.
    unit = top.bit_length() - bottom.bit_length() - precision
    above = unit + precision
    if top << max(-above, 0) >= bottom << max(above, 0):
        unit += 1
    even = (top << max(-unit, 0)) // (bottom << max(unit, 0)) % 2 == 0
    # From the shortest possible, with the digits of the whole part, to more digits than the unit needs.
    fewest = -len(str(top // bottom))
    most = max(fewest + 1, math.ceil(-unit * math.log10(2)) + 1)
    while fewest < most:
        middle = (fewest + most) // 2
        if _rounded_at(top, bottom, unit, middle, even) is None:
            fewest = middle + 1
        else:
            most = middle
    digits = _rounded_at(top, bottom, unit, fewest, even)
    if digits is None:
        raise NumberTooLarge
    if fewest <= 0:
        return sign + str(digits * 10**-fewest)
    text = str(digits).rjust(fewest + 1, "0")
    return f"{sign}{text[:-fewest]}.{text[-fewest:]}"


def _rounded_at(top: int, bottom: int, unit: int, places: int, even: bool) -> int | None:
    """Round to `places` decimal places; None if the result is off by more than half of two to the power `unit`.

    Exactly half of it is too much too, unless the mantissa is even.
    """
    top *= 10 ** max(places, 0)
    divisor = bottom * 10 ** max(-places, 0)
    digits, rest = divmod(top, divisor)
    if 2 * rest > divisor or (2 * rest == divisor and digits & 1):
        digits += 1
        rest -= divisor
    distance, limit = 2 * abs(rest), bottom * 10 ** max(places, 0)
    return digits if distance << max(-unit, 0) < (limit << max(unit, 0)) + even else None
