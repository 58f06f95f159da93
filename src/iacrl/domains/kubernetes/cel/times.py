"""Durations and times, as Go reads and writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from iacrl.domains.kubernetes.cel.nodes import CelError

_UNITS: Final = {
    "ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9,
}  # fmt: skip
_DURATION = re.compile(r"[-+]?(?:0|(?:(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:ns|us|µs|μs|ms|s|m|h))+)")
_PART = re.compile(r"([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)")
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


#: Those that fit into 63 bits: Go ignores further digits behind a point, and refuses longer whole numbers.
_FRACTION_DIGITS: Final = 18
_WHOLE_DIGITS: Final = 19


class Duration(int):
    """A span of time in nanoseconds."""


def read_duration(text: str) -> Duration:
    """Return the duration that a text such as `1h30m` gives.

    Raises:
        CelError: It is not a duration.
    """
    if not _DURATION.fullmatch(text):
        raise CelError(f"{text!r} is not a duration")
    total = 0
    for whole, part, unit in _PART.findall(text):
        digits, behind = whole.lstrip("0"), part[:_FRACTION_DIGITS]
        if len(digits) > _WHOLE_DIGITS:
            raise CelError(f"{text!r} is too long a duration")
        total += int(digits or 0) * _UNITS[unit] + int(int(behind or 0) * (_UNITS[unit] / 10 ** len(behind)))
    if total >= 2**63:
        raise CelError(f"{text!r} is too long a duration")
    return Duration(-total if text.startswith("-") else total)


def read_timestamp(text: str) -> datetime:
    """Return the time that an RFC 3339 text gives.

    Raises:
        CelError: It is not a time.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise CelError(f"{text!r} is not a time")
    day, clock, part, zone = match.groups()
    try:
        found = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if zone in 'Zz' else zone}")
        return found.astimezone(UTC) + timedelta(microseconds=int((part or "0")[:6].ljust(6, "0")))
    except (ValueError, OverflowError):
        raise CelError(f"{text!r} is not a time") from None
