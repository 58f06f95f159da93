"""The host: a process of its own that keeps the pool of workers. Run as a module, with the number of its pipe.

It reads requests and writes one answer to each, until the pipe is closed or its parent is gone.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, TimeoutError
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from pebble import ProcessExpired, ProcessPool

from iacrl.errors import UserError
from iacrl.scoring.runtime import worker
from iacrl.scoring.runtime.limits import ATTEMPTS
from iacrl.scoring.runtime.outcome import Answer, Raw

#: How many chunks a worker gets of one batch: enough to even out, few enough that the pipes do not dominate. Of the
#: first batch it gets more, for nobody knows yet how long a completion takes.
_CHUNKS_PER_WORKER = 2
_FIRST_CHUNKS = 4
#: A chunk is made small enough to take this share of the deadline, judged by the completions before it.
_CHUNK_SHARE = 0.1
_POLL_S = 0.5
_KILL_S = 2

Item = tuple[str, str]  # the completion, and its task as JSON


class Pool:
    """pebble's pool, with chunks cut to size, culprits found, and a new pool where the old one broke."""

    def __init__(self, workers: int, deadline_s: float, memory_mb: int) -> None:
        self._workers = workers
        self._deadline_s = deadline_s
        self._memory_mb = memory_mb
        self._pool = self._build()
        self._seconds_each = 0.0
        self._warmed: set[str] = set()

    def _build(self) -> ProcessPool:
        return ProcessPool(
            self._workers, initializer=worker.limit_self, initargs=(self._memory_mb,), context=get_context("fork")
        )

    def score(self, items: Sequence[Item]) -> list[Answer]:
        """Judge every item, each of which is in one of the answers; never raises for what a reward does.

        Items go out in chunks. A chunk that overran the deadline or lost its worker is taken apart, and each of its
        items gets the whole deadline and a task of its own, so that only the culprit pays.
        """
        self._warm({row for _, row in items})
        answers: list[Answer] = []
        left, size = list(range(len(items))), self._chunk_size(len(items))
        self._seconds_each /= 2  # a machine that was busy once is not for ever
        for attempt in range(ATTEMPTS):
            unsettled: list[int] = []
            for answer in self._run(_chunks(left, size), items):
                is_final = isinstance(answer.found, bytes) or (size == 1 and answer.found.kind != "lost")
                if is_final or attempt == ATTEMPTS - 1:
                    answers.append(answer)
                else:
                    unsettled += answer.items
            left, size = unsettled, 1
            if not left:
                break
        return answers

    def _warm(self, rows: Iterable[str]) -> None:
        """Read what the domains of these tasks need before any worker is forked that judges for them."""
        new = {json.loads(row)["domain"] for row in rows} - self._warmed
        if new:
            for domain in sorted(new):
                worker.warm_up(domain)
            gc.collect()
            gc.freeze()  # what the workers share stays shared
            if self._warmed:
                self.stop()
                self._pool = self._build()
            self._warmed |= new

    def _run(self, chunks: Iterable[list[int]], items: Sequence[Item]) -> Iterator[Answer]:
        """Yield each chunk with its results, or with what befell it."""
        futures = [(chunk, self._schedule([items[index] for index in chunk])) for chunk in chunks]
        for chunk, future in futures:
            try:
                found, seconds_each = future.result()
                self._seconds_each = max(self._seconds_each, seconds_each)
                yield Answer(chunk, found)
            except BrokenProcessPool as error:
                self._replace()
                yield Answer(chunk, Raw("lost", error=f"the pool of workers broke down: {error}"))
            except TimeoutError:
                yield Answer(chunk, Raw("late", error=f"it took more than {self._deadline_s:g} s"))
            except ProcessExpired as error:
                yield Answer(chunk, Raw("died", error=f"it ended its process with status {error.exitcode}"))
            except (CancelledError, Exception) as error:  # noqa: BLE001 - told to the caller, who counts it
                yield Answer(chunk, Raw("lost", error=f"the answer was lost: {type(error).__name__}: {error}"))

    def _schedule(self, chunk: list[Item]) -> Any:
        try:
            return self._pool.schedule(worker.score_chunk, args=(chunk,), timeout=self._deadline_s)
        except RuntimeError:  # it broke between two batches
            self._replace()
            return self._pool.schedule(worker.score_chunk, args=(chunk,), timeout=self._deadline_s)

    def _replace(self) -> None:
        if self._pool.active:
            return
        self.stop()
        self._pool = self._build()

    def _chunk_size(self, count: int) -> int:
        if not self._seconds_each:
            return max(1, -(-count // (self._workers * _FIRST_CHUNKS)))
        even = -(-count // (self._workers * _CHUNKS_PER_WORKER))
        return max(1, min(even, int(_CHUNK_SHARE * self._deadline_s / self._seconds_each)))

    def stop(self) -> None:
        """End every worker, at once."""
        self._pool.stop()
        self._pool.join()


def _chunks(indexes: Sequence[int], size: int) -> Iterator[list[int]]:
    """Yield chunks of neighbours: they often answer one task, which then is read in one worker alone."""
    for start in range(0, len(indexes), size):
        yield list(indexes[start : start + size])


def end_at_once(*_: object) -> NoReturn:
    """Leave with every worker, also one that is stuck; nothing here is worth keeping."""
    workers = active_children()
    for child in workers:
        child.kill()
    for child in workers:
        child.join(_KILL_S)  # so that no zombie stays where nobody reaps orphans, as in many containers
    os._exit(1)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL_S)
    end_at_once()


def main(number: int, parent: int) -> None:
    """Serve one caller.

    Args:
        number: The pipe's file descriptor.
        parent: The caller's process; the host ends when it is gone, also amid a batch and while others, such as
            processes that the caller forked, hold the pipe open.
    """
    signal.signal(signal.SIGTERM, end_at_once)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    os.dup2(2, 1)  # what a reward prints goes to standard error
    link = Connection(number)
    os.set_inheritable(number, False)
    try:
        # The rubric travels as its description, and finds its rewards while it is read.
        rubric, workers, deadline_s, memory_mb, place_met = link.recv()
    except UserError as error:
        link.send(error)
        return
    worker.load(rubric, place_met=place_met)
    link.send([])  # ready
    pool = Pool(workers, deadline_s, memory_mb)
    try:
        while True:
            link.send(pool.score(link.recv()))
    except (EOFError, ConnectionError):
        end_at_once()  # the caller has closed its end


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
