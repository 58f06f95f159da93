"""Functions on numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.cty.numeric import MAX_BITS, Number, negate, normal
from iacrl.domains.terraform.cty.types import NUMBER
from iacrl.domains.terraform.cty.values import UNKNOWN, NumberTooLarge, Value
from iacrl.domains.terraform.expressions.functions.arguments import CallError, Implementation, integer

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MAX_DIGITS = 4000
#: By how many units in the last place a logarithm of Go's may differ.
_LAST_DIGITS = 4


def _abs(value: Value) -> Value:
    data = value.data
    return values.number(negate(data) if data < 0 else data)


def _rounding(rounded: Callable[[Number], int]) -> Implementation:
    def apply(value: Value) -> Value:
        data = value.data
        return value if data in (math.inf, -math.inf) else values.number(rounded(data))

    return apply


def _double(value: Value) -> float:
    try:
        return float(value.data)
    except OverflowError:
        return math.inf if value.data > 0 else -math.inf


def _from_double(result: float, name: str) -> Value:
    if math.isnan(result):
        raise CallError(f"{name} has no value for these numbers")
    return values.number(result)


def _log(*arguments: Value) -> Value:
    top, bottom = map(_natural_log, map(_double, arguments))
    if bottom == 0:
        # As in Go, where a division by zero is infinite and zero over zero is not a number.
        return _from_double(math.nan if top == 0 or math.isnan(top) else math.copysign(math.inf, top), "log")
    result = top / bottom
    near = math.isfinite(result) and result != 0 and abs(result - round(result)) <= _LAST_DIGITS * math.ulp(result)
    if near and not _is_sure(_double(arguments[1])):  # whether `ceil` gives one more depends on the last digit
        return values.unknown(NUMBER, not_null=True)
    return _from_double(result, "log")


def _is_sure(base: float) -> bool:
    """Return whether Go gets the same for the powers of a base. For others it is off, but not always."""
    return base == 10 or math.frexp(base)[0] == 0.5


def _natural_log(number: float) -> float:
    if number == 0:
        return -math.inf
    return math.nan if number < 0 else math.log(number)


def _pow(*arguments: Value) -> Value:
    base, power = map(_double, arguments)
    try:
        result = math.pow(base, power)
    except OverflowError:
        negative = base < 0 and power.is_integer() and power % 2 == 1
        return values.number(-math.inf if negative else math.inf)
    except ValueError:
        return _from_double(math.inf if base == 0 else math.nan, "pow")
    if math.isfinite(result) and result != 0:
        if power in (0.5, -0.5):
            result = math.sqrt(base) if power > 0 else 1 / math.sqrt(base)
        elif power.is_integer():
            result = _multiplied(base, int(power))
        else:  # the last digits depend on the machine that Terraform runs on
            return values.unknown(NUMBER, not_null=True)
    return _from_double(result, "pow")


def _multiplied(base: float, power: int) -> float:
    """Return a power by repeated squaring, which rounds at every step as Go does."""
    result, square = 1.0, math.frexp(base)
    exponent, rest = 0, abs(power)
    while rest:
        mantissa, scale = square
        if rest & 1:
            result, exponent = result * mantissa, exponent + scale
        mantissa, more = math.frexp(mantissa * mantissa)
        square, rest = (mantissa, 2 * scale + more), rest >> 1
    return math.ldexp(1 / result, -exponent) if power < 0 else math.ldexp(result, exponent)


def _signum(value: Value) -> Value:
    number = integer(value)
    return values.number((number > 0) - (number < 0))


def _extreme(choose: Callable[..., Number]) -> Implementation:
    def apply(*arguments: Value) -> Value:
        if not arguments:
            raise CallError("must pass at least one number")
        return values.number(choose(value.data for value in arguments))

    return apply


def _parseint(text: Value, base_value: Value) -> Value:
    if text.type.kind != "string":
        raise CallError(f"first argument must be a string, not {text.type.friendly()}", 0)
    if text.data is UNKNOWN or not base_value.known:
        return values.unknown(NUMBER, not_null=True)
    base = integer(base_value, 1)
    if not 2 <= base <= 62:
        raise CallError("base must be a whole number between 2 and 62 inclusive", 1)
    negative = text.data.startswith("-")
    digits = text.data[1:] if text.data[:1] in ("+", "-") else text.data
    found = [_DIGITS.find(digit if base > 36 else digit.lower()) for digit in digits[:_MAX_DIGITS]]
    if not found or any(not 0 <= digit < base for digit in found):
        raise CallError(f'cannot parse "{text.data}" as a base {base} integer', 0)
    if len(digits) > _MAX_DIGITS or len(digits) * base.bit_length() > MAX_BITS:
        raise NumberTooLarge
    number = 0
    for digit in found:
        number = number * base + digit
    return values.number(normal(-number if negative else number))


_ceil = _rounding(math.ceil)
_floor = _rounding(math.floor)
_max = _extreme(max)
_min = _extreme(min)
