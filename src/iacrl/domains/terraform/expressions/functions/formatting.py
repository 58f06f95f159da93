"""`format` and `formatlist`: Terraform's variant of Go's `Printf`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.normal_text import clusters
from iacrl.domains.terraform.cty.numeric import Number, format_number
from iacrl.domains.terraform.cty.types import BOOL, NUMBER, STRING, Type
from iacrl.domains.terraform.cty.values import Value, whole
from iacrl.domains.terraform.expressions.functions.arguments import CallError
from iacrl.domains.terraform.expressions.functions.encodings import to_json

_VERB: Final = re.compile(
    r"%(?P<flags>[ 0#+-]*)(?P<width>[1-9][0-9]*)?(?:\.(?P<precision>[0-9]+))?(?:\[(?P<position>[0-9]+)\])?"
    r"(?P<verb>[a-zA-Z%])"
)
_BASES: Final = {"b": "b", "o": "o", "d": "d", "x": "x", "X": "X"}
_PREFIXES: Final = {"b": "0b", "o": "0", "d": "", "x": "0x", "X": "0X"}
#: Wider fields and more digits are not worth computing: a list can have a thousand of each.
_MAX_WIDTH: Final = 10_000
_MAX_PRECISION: Final = 300


class _TooLong(Exception):  # noqa: N818 - not an error of the user: the result is left unknown
    """The result is too long to compute, or is one of Go's notes about a bad verb."""


class _Spec:
    """One verb of a format string."""

    __slots__ = ("flags", "offset", "precision", "raw", "verb", "width")

    def __init__(self, found: re.Match[str], offset: int) -> None:
        self.raw = found[0]
        self.offset = offset
        self.flags = found["flags"]
        self.verb = found["verb"]
        self.width = int(found["width"][:8]) if found["width"] else 0
        self.precision = int(found["precision"][:8]) if found["precision"] else None
        if self.width > _MAX_WIDTH or (self.precision or 0) > _MAX_PRECISION:
            raise _TooLong

    def error(self, problem: str) -> CallError:
        return CallError(f'unsupported value for "{self.raw}" at {self.offset}: {problem}')

    def pad(self, text: str) -> str:
        """Fill up to the width, as cty does for strings."""
        missing = self.width - len(clusters(text))
        if missing <= 0:
            return text
        filler = ("0" if "0" in self.flags else " ") * missing
        return text + filler if "-" in self.flags else filler + text

    def pad_number(self, sign: str, digits: str) -> str:
        """Fill up to the width, as Go does for numbers: zeros go after the sign."""
        missing = self.width - len(sign) - len(digits)
        if missing > 0:
            if "-" in self.flags:
                return sign + digits + " " * missing
            if "0" in self.flags:
                return sign + "0" * missing + digits
            return " " * missing + sign + digits
        return sign + digits


def _format(*arguments: Value) -> Value:
    pattern, given = arguments[0], arguments[1:]
    if not pattern.known or not all(value.wholly_known for value in given):
        return values.unknown(STRING, not_null=True)
    try:
        return values.string(_expand(pattern.data, given))
    except _TooLong:
        return values.unknown(STRING, not_null=True)


def _expand(pattern: str, given: Sequence[Value]) -> str:
    written: list[str] = []
    at, following, highest, length = 0, 0, 0, 0
    while at < len(pattern):
        percent = pattern.find("%", at)
        if percent < 0:
            written.append(pattern[at:])
            break
        written.append(pattern[at:percent])
        found = _VERB.match(pattern, percent)
        offset = len(pattern[:percent].encode())
        if found is None:
            raise CallError(_unreadable(pattern, percent))
        at = found.end()
        if found["verb"] == "%":
            written.append("%")
            continue
        position = int(found["position"][:8]) if found["position"] else following + 1
        if position < 1 or position > len(given):
            need = f"need index {position} but have {len(given)} total"
            raise CallError(f'not enough arguments for "{found[0]}" at {offset}: {need}')
        following, highest = position, max(highest, position)
        written.append(_write(_Spec(found, offset), given[position - 1]))
        length += len(written[-1])
        if length > values.MAX_TEXT:
            raise _TooLong
    if highest < len(given):
        used = f"only {highest} used by format string" if highest else "no verbs in format string"
        raise CallError(f"too many arguments; {used}", highest + 1)
    return "".join(written)


def _unreadable(pattern: str, percent: int) -> str:
    at = percent + 1
    while at < len(pattern) and pattern[at] in " 0#+-.123456789[]":
        at += 1
    if at == len(pattern):
        return f"invalid format string starting at offset {percent + 1}"
    return f"unrecognized format character '{pattern[at]}' at offset {at}"


def _write(spec: _Spec, value: Value) -> str:
    verb = spec.verb
    if value.null and verb != "v":
        raise spec.error("null value cannot be formatted")
    if verb == "v":
        return _write_any(spec, value)
    if verb == "t":
        return "true" if _converted(spec, value, BOOL).data else "false"
    if verb in _BASES:
        number = whole(_converted(spec, value, NUMBER).data)
        if number is None:
            raise spec.error("an integer is required")
        return _write_integer(spec, number)
    if verb in ("e", "E", "f", "g", "G"):
        return _write_float(spec, _converted(spec, value, NUMBER).data)
    if verb in ("s", "q"):
        text = _converted(spec, value, STRING).data
        if spec.precision:
            text = "".join(clusters(text)[: spec.precision])
        return spec.pad(to_json(values.string(text)) if verb == "q" else text)
    raise CallError(f"unsupported format verb '{verb}' in \"{spec.raw}\" at offset {spec.offset}")


def _converted(spec: _Spec, value: Value, want: Type) -> Value:
    try:
        return convert(value, want)
    except ConversionError as error:
        raise spec.error(error.message) from None


def _write_any(spec: _Spec, value: Value) -> str:
    if "#" not in spec.flags and not value.null:
        if value.type is STRING:
            return spec.pad(value.data)
        if value.type is NUMBER:
            return spec.pad(_general(value.data, None, "e"))
    return spec.pad(to_json(value))


def _sign(spec: _Spec, negative: bool) -> str:
    if negative:
        return "-"
    return "+" if "+" in spec.flags else " " if " " in spec.flags else ""


def _write_integer(spec: _Spec, number: int) -> str:
    digits = format(abs(number), _BASES[spec.verb])
    if spec.precision is not None:
        digits = digits.rjust(spec.precision, "0")
    prefix = _PREFIXES[spec.verb] if "#" in spec.flags else ""
    return spec.pad_number(_sign(spec, number < 0) + prefix, digits)


def _write_float(spec: _Spec, number: Number) -> str:
    text = format_number(number)
    if "Inf" in text:
        return spec.pad_number(_sign(spec, text[0] == "-"), "Inf")
    negative = text.startswith("-")
    magnitude = _magnitude(number)
    if spec.verb == "f":
        digits = _fixed(magnitude, 6 if spec.precision is None else spec.precision)
    elif spec.verb in ("e", "E"):
        digits = _scientific(magnitude, 6 if spec.precision is None else spec.precision, spec.verb)
    else:
        digits = _general(magnitude, spec.precision, "e" if spec.verb == "g" else "E")
    return spec.pad_number(_sign(spec, negative), digits)


def _magnitude(number: Number) -> Number:
    return -number if number < 0 else number


def _fixed(number: Number, places: int) -> str:
    digits = str(round(Fraction(number) * 10**places)).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def _scientific(number: Number, places: int, mark: str) -> str:
    digits, exponent = _digits(number, places + 1)
    return _with_exponent(digits.ljust(places + 1, "0"), exponent, mark)


def _with_exponent(digits: str, exponent: int, mark: str) -> str:
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}{mark}{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _general(number: Number, precision: int | None, mark: str) -> str:
    """`%g`: with an exponent if that is shorter; the fewest digits unless a precision is given."""
    text = format_number(number)
    if "Inf" in text:
        return text
    if number == 0:
        return text
    digits, exponent = _digits(number, None if precision is None else max(precision, 1))
    digits = digits.rstrip("0") or "0"
    limit = 6 if precision is None else max(precision, 1)
    if precision is not None and limit > len(digits) and len(digits) >= exponent + 1:
        limit = len(digits)
    sign = "-" if number < 0 else ""
    if exponent < -4 or exponent >= limit:
        return sign + _with_exponent(digits, exponent, mark)
    point = exponent + 1
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    padded = digits.ljust(point, "0")
    return sign + padded[:point] + (f".{padded[point:]}" if len(padded) > point else "")


def _digits(number: Number, count: int | None) -> tuple[str, int]:
    """The significant digits, `count` of them or the fewest that are exact, and the exponent of the first."""
    text = format_number(_magnitude(number))
    _, found, exponent = Decimal(text).as_tuple()
    assert isinstance(exponent, int)
    shown = "".join(map(str, found)).lstrip("0") or "0"
    first = len(shown) + exponent - 1
    if count is None or number == 0:
        return shown, first if number else 0
    rounded = str(round(Fraction(_magnitude(number)) / Fraction(10) ** (first - count + 1)))
    return rounded[:count], first + len(rounded) - count


def _formatlist(*arguments: Value) -> Value:
    pattern, given = arguments[0], arguments[1:]
    if not pattern.known:
        return values.unknown(types.LIST_OF_STRING, not_null=True)
    length = chooser = None
    ready = True
    columns: list[Sequence[Value] | Value] = []
    for position, value in enumerate(given):
        if not value.type.is_sequence or value.null:
            columns.append(value)
            continue
        count = len(value.type.elements) if value.type.kind == "tuple" else None
        if value.known and not (value.type.kind == "set" and not value.wholly_known):
            count = len(value.data)
            columns.append(value.data)
        else:
            ready = False
        if count is None:
            continue
        if length is None:
            length, chooser = count, position
        elif count != length:
            raise CallError(
                f"argument {position + 1} has length {count}, which is inconsistent with argument {(chooser or 0) + 1} "
                f"of length {length}",
                position + 1,
            )
    if not ready:
        return values.unknown(types.LIST_OF_STRING, not_null=True)
    rows: list[Value] = []
    written = 0
    for row in range(1 if length is None else length):
        rows.append(_row(pattern.data, columns, row, given))
        written += len(rows[-1].data) if rows[-1].known else 0
        if written > values.MAX_TEXT:
            return values.unknown(types.LIST_OF_STRING, not_null=True)
    return values.list_value(STRING, rows)


def _row(pattern: str, columns: list[Sequence[Value] | Value], row: int, given: Sequence[Value]) -> Value:
    chosen = [column if isinstance(column, Value) else column[row] for column in columns]
    if not all(value.wholly_known for value in chosen):
        return values.unknown(STRING, not_null=True)
    try:
        return values.string(_expand(pattern, chosen))
    except _TooLong:
        return values.unknown(STRING, not_null=True)
    except CallError as error:
        if not given:
            raise
        raise CallError(f"error on format iteration {row}: {error.message}") from None
