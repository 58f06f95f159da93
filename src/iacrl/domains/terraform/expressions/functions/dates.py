"""Functions on timestamps (RFC 3339) and durations."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final, NamedTuple

from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.cty.types import STRING
from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.expressions.functions.arguments import CallError

#: The parts of a timestamp in order: the pattern of each, and Terraform's name for it.
_PARTS: Final = (
    (r"\d{4}", "year"),
    ("-", ""),
    (r"\d\d", "month"),
    ("-", ""),
    (r"\d\d", "day of month"),
    ("T", "T"),
    (r"\d\d?", "hour"),
    (":", ""),
    (r"\d\d", "minute"),
    (":", ""),
    (r"\d\d(?:[.,]\d+)?", "second"),
    (r"Z|[+-]\d\d:\d\d", "UTC offset"),
)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = "January February March April May June July August September October November December"
#: Nanoseconds.
_UNITS: Final = {
    "ns": 1,
    "us": 10**3,
    "\u00b5s": 10**3,
    "\u03bcs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_DURATION: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)([^\d.]*)")
_MAX_DURATION: Final = 1 << 63


class _Time(NamedTuple):
    """A moment: its local date and time in whole seconds, its nanoseconds, and its offset from UTC in minutes."""

    local: datetime
    nanoseconds: int
    offset: int


def _parse(text: str, argument: int | None) -> _Time:
    fields: dict[str, str] = {}
    at = 0
    for pattern, name in _PARTS:
        found = re.compile(pattern, re.ASCII).match(text, at)
        if found is None:
            raise CallError(f"not a valid RFC3339 timestamp: {_expected(pattern, name, text[at:])}", argument)
        fields[name] = found[0]
        at = found.end()
    if at < len(text):
        raise CallError(f'not a valid RFC3339 timestamp: extra text: "{text[at:]}"', argument)
    seconds, _, fraction = fields["second"].replace(",", ".").partition(".")
    zone = fields["UTC offset"]
    offset = 0 if zone == "Z" else int(zone[1:3]) * 60 + int(zone[4:])
    try:
        if zone != "Z" and (int(zone[1:3]) > 24 or int(zone[4:]) > 60):
            raise ValueError("UTC offset out of range")
        local = datetime(
            max(int(fields["year"]), 1),
            int(fields["month"]),
            int(fields["day of month"]),
            int(fields["hour"]),
            int(fields["minute"]),
            int(seconds),
        )
    except ValueError as error:
        raise CallError(f"not a valid RFC3339 timestamp: {_out_of_range(error, fields)}", argument) from None
    return _Time(local, int(fraction[:9].ljust(9, "0") or 0), -offset if zone[0] == "-" else offset)


def _expected(pattern: str, name: str, rest: str) -> str:
    if not name:
        return (
            f'found "{rest}" where "{pattern}" is expected' if rest else f'end of string where "{pattern}" is expected'
        )
    if name == "T":
        return "missing required time introducer 'T'"
    return f'cannot use "{rest}" as {name}' if rest else f"end of string before {name}"


def _out_of_range(error: ValueError, fields: dict[str, str]) -> str:
    problem = str(error)
    for name in ("month", "day", "hour", "minute", "second"):
        if problem.startswith((f"{name} must", f"{name} is")):
            return f"{name} out of range"
    return problem


def _to_text(local: datetime, offset: int) -> str:
    return local.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + _zone(offset, "Z", ":")


def _zone(offset: int, utc: str, colon: str) -> str:
    if offset == 0 and utc:
        return utc
    hours, minutes = divmod(abs(offset), 60)
    return f"{'-' if offset < 0 else '+'}{hours:02d}{colon}{minutes:02d}"


def _formatdate(*arguments: Value) -> Value:
    pattern, moment = arguments[0].data, _parse(arguments[1].data, 1)
    written: list[str] = []
    at = 0
    while at < len(pattern):
        letter = pattern[at]
        if letter == "'":
            text, at = _quoted(pattern, at)
            written.append(text)
        elif letter.isascii() and letter.isalpha():
            verb = letter * (len(pattern) - at - len(pattern[at:].lstrip(letter)))
            written.append(_date_part(verb, moment))
            at += len(verb)
        else:
            written.append(letter)
            at += 1
    return values.string("".join(written))


def _quoted(pattern: str, at: int) -> tuple[str, int]:
    """The literal text that begins at `at`, and its end."""
    if pattern.startswith("''", at):
        return "'", at + 2
    end = at + 1
    while True:
        end = pattern.find("'", end)
        if end < 0:
            raise CallError("unterminated literal '", 0)
        if not pattern.startswith("''", end):
            return pattern[at + 1 : end].replace("''", "'"), end + 1
        end += 2


def _date_part(verb: str, moment: _Time) -> str:
    local = moment.local
    month, day = _MONTHS.split()[local.month - 1], _DAYS[local.weekday()]
    forms: dict[str, tuple[dict[int, str], str]] = {
        "Y": ({2: f"{local.year % 100:02d}", 4: f"{local.year:04d}"}, 'year must either be "YY" or "YYYY"'),
        "M": (
            {1: str(local.month), 2: f"{local.month:02d}", 3: month[:3], 4: month},
            'month must be "M", "MM", "MMM", or "MMMM"',
        ),
        "D": (_one_or_two(local.day), 'day of month must either be "D" or "DD"'),
        "E": ({3: day[:3], 4: day}, 'day of week must either be "EEE" or "EEEE"'),
        "h": (_one_or_two(local.hour), '24-hour must either be "h" or "hh"'),
        "H": (_one_or_two(local.hour % 12 or 12), '12-hour must either be "H" or "HH"'),
        "A": ({2: "PM" if local.hour >= 12 else "AM"}, 'must be "AA"'),
        "a": ({2: "pm" if local.hour >= 12 else "am"}, 'must be "aa"'),
        "m": (_one_or_two(local.minute), 'minute must either be "m" or "mm"'),
        "s": (_one_or_two(local.second), 'second must either be "s" or "ss"'),
        "Z": (
            {
                1: _zone(moment.offset, "Z", ":"),
                3: _zone(moment.offset, "UTC", ""),
                4: _zone(moment.offset, "", ""),
                5: _zone(moment.offset, "", ":"),
            },
            "timezone must be Z, ZZZZ, or ZZZZZ",
        ),
    }
    if verb[0] not in forms:
        raise CallError(f'invalid date format verb "{verb}"', 0)
    by_length, problem = forms[verb[0]]
    if len(verb) not in by_length:
        raise CallError(f'invalid date format verb "{verb}": {problem}', 0)
    return by_length[len(verb)]


def _one_or_two(number: int) -> dict[int, str]:
    return {1: str(number), 2: f"{number:02d}"}


def _parse_duration(text: str) -> int:
    """Return a duration in nanoseconds, by the rules of Go's `time.ParseDuration`."""
    body = text[1:] if text[:1] in ("+", "-") else text
    if body == "0":
        return 0
    invalid = f'time: invalid duration "{text}"'
    if not body or (not body.isascii() and not set(body) & {"\u00b5", "\u03bc"}):
        raise CallError(invalid)
    total, at = Fraction(0), 0
    while at < len(body):
        found = _DURATION.match(body, at)
        if found is None:
            raise CallError(invalid)
        amount, unit = found.groups()
        if not unit:
            raise CallError(f'time: missing unit in duration "{text}"')
        if unit not in _UNITS:
            raise CallError(f'time: unknown unit "{unit}" in duration "{text}"')
        if len(amount) > 40:
            raise CallError(invalid)
        total += int(Fraction("0" + amount.rstrip(".")) * _UNITS[unit])
        at = found.end()
    if total >= _MAX_DURATION:
        raise CallError(invalid)
    return -int(total) if text[0] == "-" else int(total)


def _timeadd(start: Value, duration: Value) -> Value:
    moment = _parse(start.data, None)
    seconds = (moment.nanoseconds + _parse_duration(duration.data)) // 10**9
    try:
        return values.string(_to_text(moment.local + timedelta(seconds=seconds), moment.offset))
    except OverflowError:
        return values.unknown(STRING, not_null=True)


def _timecmp(*arguments: Value) -> Value:
    moments = []
    for position, value in enumerate(arguments):
        moment = _parse(value.data, position)
        # Not converted to UTC, which could leave Python's range of years.
        since = moment.local - datetime(2000, 1, 1)
        moments.append((since - timedelta(minutes=moment.offset), moment.nanoseconds))
    return values.number((moments[0] > moments[1]) - (moments[0] < moments[1]))
