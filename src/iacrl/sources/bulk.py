"""Judging the rows of a long file: in order, in several processes, with memory that does not grow with the file."""

from __future__ import annotations

import json
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from iacrl.domains.registry import find_domain
from iacrl.domains.verdict import Verdict, layers_passed
from iacrl.errors import UserError
from iacrl.files import lines_of, open_text, parse_rows
from iacrl.scoring.runtime.processes import die_with_parent
from iacrl.sources.formats import verdict_row
from iacrl.sources.judged import Judged, Judges

#: A batch ends with the row that reaches one of these. A file of less than one batch needs no other processes.
_ROWS: Final = 400
_CHARACTERS: Final = 400_000
#: Waiting batches per process, so that no process is idle while the first batch is written.
_AHEAD: Final = 3

#: Lines with their numbers.
Batch = list[tuple[int, str]]


#: What judging one batch gives.
Found = TypeVar("Found")
Found_co = TypeVar("Found_co", covariant=True)


class BatchJudge(Protocol[Found_co]):
    """What judges batches of lines; processes get copies of it."""

    def judge_batch(self, batch: Batch, path: Path) -> Found_co:
        """Judge lines of a file; `path` is for messages."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a batch.

    Attributes:
        text: The rows of the verdicts.
        valid: Whether all are valid.
        error: What is wrong with the row after the last judged one; empty if all rows were judged.
    """

    text: str
    valid: bool
    error: str = ""


@dataclass(frozen=True)
class RowJudge:
    """How rows are judged.

    Attributes:
        judges: The judges, by domain.
        strict: Treat warnings as errors.
    """

    judges: Judges
    strict: bool = False

    def judge(self, row: dict[str, Any], place: str) -> tuple[dict[str, Any], bool]:
        """Return the row of a verdict, and whether it is valid.

        Args:
            row: `{"id", "domain", "text"}`.
            place: Its place, for messages.

        Raises:
            UserError: A key is missing or malformed, or there is no such domain.
        """
        missing = [name for name in ("id", "domain", "text") if name not in row]
        if missing:
            raise UserError(f'{place}: `{missing[0]}` is missing; a row is {{"id", "domain", "text"}}.')
        identity, domain, text = (row.get(name) for name in ("id", "domain", "text"))
        try:
            judge = self.judges[find_domain(str(domain)).name]
        except UserError as error:
            raise UserError(f"{place}: `domain`: {error}") from None
        if not isinstance(text, str):
            raise UserError(f"{place}: `text` is {type(text).__name__}; expected a string.")
        verdict = _strictly(judge(text)) if self.strict else judge(text)
        return {"id": identity, **verdict_row(Judged(str(identity), {None: text}, verdict))}, verdict.valid

    def judge_batch(self, batch: Batch, path: Path) -> Outcome:
        """Judge lines of a file, up to the first that is not a row."""
        written: list[str] = []
        all_valid = True
        try:
            for number, line in batch:
                for _, row in parse_rows([line], path, first=number):
                    judged, valid = self.judge(row, f"{path}:{number}")
                    written.append(f"{json.dumps(judged)}\n")
                    all_valid = all_valid and valid
        except UserError as error:
            return Outcome("".join(written), all_valid, str(error))
        return Outcome("".join(written), all_valid)


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def judge_rows(path: Path, rows: BatchJudge[Found], jobs: int) -> Iterator[Found]:
    """Judge the rows of a file, and yield the result of each batch, in order.

    Args:
        path: JSON lines.
        rows: How they are judged.
        jobs: How many processes judge.

    Raises:
        UserError: The file cannot be read or contains no rows, or a process died.
    """
    with open_text(path) as file:
        lines = _batches(lines_of(file, path))
        first, second = next(lines, None), next(lines, None)
        if first is None:
            raise UserError(f"{path}: holds no rows to judge.")
        if second is None or jobs == 1:
            for batch in chain([first], [second] if second else (), lines):
                yield rows.judge_batch(batch, path)
            return
        yield from _by_processes(chain([first, second], lines), path, rows, jobs)


def _by_processes(batches: Iterable[Batch], path: Path, rows: BatchJudge[Found], jobs: int) -> Iterator[Found]:
    # A fork shares what is already loaded.
    context = get_context("fork" if "fork" in get_all_start_methods() else None)
    executor = ProcessPoolExecutor(jobs, context, _start, (rows, path, os.getpid()))
    waiting: deque[Future[Found]] = deque()
    try:
        for batch in batches:
            waiting.append(executor.submit(_judge, batch))
            if len(waiting) > jobs * _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise UserError(
            f"{path}: a process that judged was ended, perhaps for want of memory; --jobs says how many there are."
        ) from None
    finally:
        executor.shutdown(cancel_futures=True)


def _batches(lines: Iterable[str]) -> Iterator[Batch]:
    batch: Batch = []
    size = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        batch.append((number, line))
        size += len(line)
        if len(batch) == _ROWS or size >= _CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


_mine: tuple[BatchJudge[Any], Path]


def _start(rows: BatchJudge[Any], path: Path, parent: int) -> None:
    global _mine
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the parent ends these
    die_with_parent(parent, signal.SIGKILL)
    _mine = rows, path


def _judge(batch: Batch) -> Any:
    rows, path = _mine
    return rows.judge_batch(batch, path)


def _strictly(verdict: Verdict) -> Verdict:
    found = tuple(each._replace(severity="error") for each in verdict.diagnostics)
    return verdict._replace(diagnostics=found, layers=layers_passed(verdict.layers, found))
