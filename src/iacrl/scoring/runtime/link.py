"""The caller's end of the pipe to the host."""

from __future__ import annotations

import os
import subprocess
import sys
import weakref
from collections.abc import Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from iacrl.errors import UserError
from iacrl.scoring.rubric import Rubric
from iacrl.scoring.runtime.limits import ATTEMPTS, Limits
from iacrl.scoring.runtime.outcome import Answer, Raw

_START_S = 120.0
_PATIENCE_S = 30.0


class HostLost(Exception):  # noqa: N818 - an event, turned into failed outcomes by the runtime
    """The host ended, or does not answer."""


class Link:
    """A running host, ready to judge.

    Args:
        rubric: What it judges by.
        limits: See `Limits`.
        place_met: See `Runtime`.

    Raises:
        UserError: The host could not load the rubric.
        HostLost: The host ended while it started.
    """

    def __init__(self, rubric: Rubric, limits: Limits, *, place_met: bool = False) -> None:
        self._limits = limits
        self._workers = limits.worker_count()
        self._connection, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "iacrl.scoring.runtime.host", str(theirs.fileno()), str(os.getpid())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=2,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
                start_new_session=True,  # Ctrl-C is for the run, which still needs scores for the step it finishes
            )
        self._end = weakref.finalize(self, _end, self._connection, self._process)
        self._send((rubric, self._workers, limits.deadline_s, limits.memory_mb, place_met))
        self._receive(_START_S)

    @property
    def pid(self) -> int:
        """The host's process."""
        return self._process.pid

    def score(self, items: Sequence[tuple[str, str]]) -> list[Raw]:
        """Have the host judge `(completion, task as JSON)`.

        Raises:
            HostLost: The host ended, or does not answer in time.
        """
        self._send(list(items))
        # Stopping a worker takes a moment too.
        worst = ATTEMPTS * (self._limits.deadline_s + 1) * (len(items) / self._workers + 1)
        answers = self._receive(worst + _PATIENCE_S)
        found = {index: raw for answer in answers for index, raw in zip(answer.items, answer.raws(), strict=True)}
        return [found[index] for index in range(len(items))]

    def _send(self, request: object) -> None:
        try:
            self._connection.send(request)
        except ConnectionError as error:
            raise HostLost(f"the host of the scoring workers is gone: {error}") from error

    def _receive(self, patience_s: float) -> list[Answer]:
        try:
            if not self._connection.poll(patience_s):
                raise HostLost(f"the host of the scoring workers did not answer for {patience_s:.0f} s")
            answer: list[Answer] | UserError = self._connection.recv()
        except (EOFError, ConnectionError) as error:
            raise HostLost("the host of the scoring workers ended unexpectedly") from error
        if isinstance(answer, UserError):
            raise answer
        return answer

    def close(self) -> None:
        """End the host and its workers."""
        self._end()


def _end(connection: Connection, process: subprocess.Popen[bytes]) -> None:
    connection.close()
    process.terminate()  # the host may be amid a batch, and has nothing to save
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
