"""The parts of times and durations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, Final
from zoneinfo import ZoneInfo

from iacrl.domains.kubernetes.cel.nodes import CelError
from iacrl.domains.kubernetes.cel.times import Duration


def _minute_offset(zone: str) -> timezone | ZoneInfo:
    sign = -1 if zone.startswith("-") else 1
    hours, colon, minutes = zone.lstrip("+-").partition(":")
    if colon and hours.isdigit() and minutes.isdigit():
        return timezone(sign * timedelta(hours=int(hours), minutes=int(minutes)))
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise CelError(f"unknown time zone {zone}") from None


def _moment(part: Callable[[datetime], int], span: int = 0) -> Callable[..., int]:
    def of(value: Any, zone: str = "UTC") -> int:
        if isinstance(value, Duration):
            return int(abs(value) // span) * (-1 if value < 0 else 1) if span else 0
        return part(value.astimezone(_minute_offset(zone)))

    return of


#: By name; a method takes what it is called on first.
TIMES: Final[dict[str, Callable[..., Any]]] = {
    "getDate": _moment(lambda each: each.day),
    "getDayOfMonth": _moment(lambda each: each.day - 1),
    "getDayOfWeek": _moment(lambda each: (each.weekday() + 1) % 7),
    "getDayOfYear": _moment(lambda each: each.timetuple().tm_yday - 1),
    "getFullYear": _moment(lambda each: each.year),
    "getHours": _moment(lambda each: each.hour, 3600 * 10**9),
    "getMilliseconds": _moment(lambda each: each.microsecond // 1000, 10**6),
    "getMinutes": _moment(lambda each: each.minute, 60 * 10**9),
    "getMonth": _moment(lambda each: each.month - 1),
    "getSeconds": _moment(lambda each: each.second, 10**9),
}
