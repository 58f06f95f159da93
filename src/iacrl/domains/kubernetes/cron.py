"""Cron schedules, as the CronJob controller reads them (robfig/cron's standard parser).

Source: https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_MONTHS: Final[dict[str, int]] = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11,
    "dec": 12,
}  # fmt: skip
_DAYS: Final[dict[str, int]] = {"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}

#: Name, minimum, maximum and words of the five fields.
_FIELDS: Final[tuple[tuple[str, int, int, dict[str, int]], ...]] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 6, _DAYS),
)
_NICKNAMES: Final = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})
_DURATION = re.compile(r"(?:(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:ns|us|µs|ms|s|m|h))+")


@lru_cache(maxsize=1024)
def schedule_problem(schedule: str) -> str | None:
    """Return what is wrong with a schedule, or None.

    >>> schedule_problem("*/15 9-17 * * mon-fri")
    >>> schedule_problem("61 * * * *")
    "the minute '61' is not from 0 to 59"
    """
    text = schedule.strip()
    if not text:
        return "it is empty"
    if text.startswith("@"):
        return _nickname_problem(text)
    parts = text.split()
    if len(parts) != len(_FIELDS):
        return f"it has {len(parts)} fields; write five: minute, hour, day of month, month, day of week"
    for part, field in zip(parts, _FIELDS, strict=True):
        for piece in part.split(","):
            if (problem := _piece_problem(piece, *field)) is not None:
                return problem
    return None


def _nickname_problem(text: str) -> str | None:
    if text.startswith("@every "):
        rest = text.removeprefix("@every ").lstrip("+-")
        return None if _DURATION.fullmatch(rest) else f"{rest!r} is not a duration such as 1h30m"
    return None if text in _NICKNAMES else f"{text!r} is none of {', '.join(sorted(_NICKNAMES))}"


def _piece_problem(piece: str, name: str, low: int, high: int, words: dict[str, int]) -> str | None:
    span, slash, step = piece.partition("/")
    if slash and not (step.isascii() and step.isdigit() and int(step[:9]) > 0):
        return f"the step {step!r} of the {name} is not a positive number"
    if span in {"*", "?"}:
        return None
    first, dash, last = span.partition("-")
    begin, end = _number(first, words), _number(last, words) if dash else None
    if begin is None or (dash and end is None):
        return f"the {name} {span!r} is not a number, a range or '*'"
    if not low <= begin <= high or (end is not None and not low <= end <= high):
        return f"the {name} {span!r} is not from {low} to {high}"
    if end is not None and begin > end:
        return f"the {name} {span!r} begins after its end"
    return None


def _number(text: str, words: dict[str, int]) -> int | None:
    if text.lower() in words:
        return words[text.lower()]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
