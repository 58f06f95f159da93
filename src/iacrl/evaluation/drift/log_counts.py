"""Counting the answers of a log by domain and period. Memory grows with the periods, not with the rows."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from iacrl.domains.base import Domain
from iacrl.domains.extract import extract
from iacrl.domains.registry import all_domains, find_domain
from iacrl.errors import UserError
from iacrl.files import parse_rows
from iacrl.sources.bulk import Batch, judge_rows
from iacrl.sources.judged import Judges

#: Lengths of a period.
Every = Literal["hour", "day", "week"]
SECONDS: Final[dict[Every, int]] = {"hour": 3600, "day": 86_400, "week": 604_800}

#: The first Monday after the epoch, from which weeks are counted.
_MONDAY = 4 * 86_400
#: A larger number of seconds is one of milliseconds: it would be after the year 5000.
_LATEST = 1e11
#: In the year 5: the calendar begins with the year 1.
_EARLIEST = -6.2e10
_MOST_PERIODS = 20_000
_NAMED = 3
#: Of readable and unreadable rows. More unreadable ones are another format, not a damaged line here and there.
_MOST_UNREADABLE = 0.01
_TAG = re.compile(r"^ {0,3}(?:`{3,}|~{3,})[ \t]*(\w+)", re.MULTILINE)


@dataclass(slots=True)
class Counts:
    """The answers of one domain in one period: how many, how many valid, and how many with each code."""

    rows: int = 0
    valid: int = 0
    codes: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class LogCounts:
    """The answers of a log, or of a part of it.

    Attributes:
        judged: Domain and number of the period to what was found.
        unclaimed: Number of the period to the answers that no domain, or more than one, claims.
        unreadable: How many lines are not rows of a log.
        faults: The first few of them, in words.
    """

    judged: dict[tuple[str, int], Counts] = field(default_factory=dict)
    unclaimed: Counter[int] = field(default_factory=Counter)
    unreadable: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many answers were counted."""
        return sum(found.rows for found in self.judged.values()) + self.unclaimed.total()

    def periods(self) -> list[int]:
        """Return the numbers of the periods with an answer, in order."""
        return sorted({period for _, period in self.judged} | set(self.unclaimed))

    def add(self, other: LogCounts) -> None:
        """Add the counts of another part of the log."""
        for key, found in other.judged.items():
            mine = self.judged.setdefault(key, Counts())
            mine.rows += found.rows
            mine.valid += found.valid
            mine.codes.update(found.codes)
        self.unclaimed.update(other.unclaimed)
        self.unreadable += other.unreadable
        self.faults = [*self.faults, *other.faults][:_NAMED]


@dataclass(frozen=True)
class LogJudge:
    """How the rows of a log are judged.

    Attributes:
        judges: The judges, by domain.
        every: The length of a period.
        domain: The domain of rows that name none; None: the one that claims the answer.
    """

    judges: Judges
    every: Every
    domain: str | None = None

    def judge_batch(self, batch: Batch, path: Path) -> LogCounts:
        """Judge and count lines of a log."""
        counts = LogCounts()
        for number, line in batch:
            try:
                for _, row in parse_rows([line], path, first=number):
                    self._count(row, counts)
            except UserError as error:
                place = f"{path}:{number}: "
                counts.add(LogCounts(unreadable=1, faults=[place + str(error).removeprefix(place)]))
        return counts

    def _count(self, row: dict[str, Any], counts: LogCounts) -> None:
        completion = row.get("completion")
        if not isinstance(completion, str):
            raise UserError('a row is {"completion": TEXT, "time": ...}, with "domain" or without.')
        period = period_of(row.get("time"), self.every)
        named = row.get("domain") or self.domain
        domain = claiming(completion) if named is None else find_domain(str(named)).name
        if domain is None:
            counts.unclaimed[period] += 1
            return
        verdict = self.judges[domain](extract(completion, domain))
        found = counts.judged.setdefault((domain, period), Counts())
        found.rows += 1
        found.valid += verdict.valid
        found.codes.update({one.code for one in verdict.diagnostics})


def count_log(path: Path, judge: LogJudge, jobs: int) -> LogCounts:
    """Return the counts of a log, whose rows may be in any order.

    Raises:
        UserError: The file cannot be read, holds no rows, is not a log, or has too many periods.
    """
    counts = LogCounts()
    for part in judge_rows(path, judge, jobs):
        counts.add(part)
        if len(counts.periods()) > _MOST_PERIODS:
            raise UserError(f"{path}: more than {_MOST_PERIODS:,} periods; choose a longer one with --every.")
    if counts.unreadable > _MOST_UNREADABLE * (counts.rows + counts.unreadable):
        told = "\n".join(f"  {fault}" for fault in counts.faults)
        raise UserError(f"{path}: {counts.unreadable:,} lines are not rows of a log, more than 1 %:\n{told}")
    return counts


def claiming(completion: str) -> str | None:
    """Return the one domain that claims an answer by its content, or by the tag of a block; None if it is not one."""
    tags = {tag.lower() for tag in _TAG.findall(completion)}
    names = [domain.name for domain in all_domains() if _claims(domain, completion, tags)]
    return names[0] if len(names) == 1 else None


def _claims(domain: Domain, completion: str, tags: set[str]) -> bool:
    if domain.claims is None:
        return not tags.isdisjoint(domain.languages)
    path = Path("/answer").with_suffix(domain.suffixes[0] if domain.suffixes else "")
    return domain.claims(path, extract(completion, domain.name)) is None


def period_of(time: object, every: Every) -> int:
    """Return the number of the period of a time.

    Args:
        time: Seconds since 1970, or ISO 8601; without a zone it is UTC.

    Raises:
        UserError: It is neither.
    """
    if isinstance(time, str):
        try:
            moment = datetime.fromisoformat(time)
            seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            raise UserError(f"`time`: {time[:40]!r} is not ISO 8601, such as 2026-11-29T17:05:00Z.") from None
    elif isinstance(time, int | float) and not isinstance(time, bool) and math.isfinite(time):
        seconds = time
    else:
        raise UserError("`time` is missing: seconds since 1970, or ISO 8601.")
    if not _EARLIEST < seconds < _LATEST:
        raise UserError("`time`: too far from now for seconds since 1970; divide milliseconds by 1000.")
    return math.floor((seconds - (_MONDAY if every == "week" else 0)) / SECONDS[every])


def start_of(period: int, every: Every) -> str:
    """Return when a period starts, in UTC: a date, or a date with the hour."""
    seconds = period * SECONDS[every] + (_MONDAY if every == "week" else 0)
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%d %H:00" if every == "hour" else "%Y-%m-%d")
