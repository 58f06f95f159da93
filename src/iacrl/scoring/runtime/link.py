"""The caller's end of the pipe to the host."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Sequence

from iacrl.errors import UserError
from iacrl.scoring.rubric import Rubric
from iacrl.scoring.runtime.channel import BEAT, Channel, ChannelError, channels
from iacrl.scoring.runtime.limits import Limits
from iacrl.scoring.runtime.outcome import Answer, Raw
from iacrl.scoring.runtime.processes import end_marked

#: How long a host may be silent, in seconds: loading a rubric, or what a domain needs, takes a few.
_PATIENCE_S = 120.0
#: Seconds between two wake-up signals to a host during a wait, in case something has stopped it.
_WAKE_S = 1.0
#: How long, in seconds, a host may take to end.
_END_S = 10.0
#: The environment variable that finds all processes of a host, in case it could not end them itself.
_MARK = "IACRL_SCORING_HOST"


class HostLost(Exception):  # noqa: N818 - an event, turned into failed outcomes by the runtime
    """The host ended or does not answer."""


class Link:
    """A running host, ready to judge.

    Args:
        rubric: The rubric that it judges by.
        limits: See `Limits`.
        place_met: See `Runtime`.

    Raises:
        UserError: The host could not load the rubric.
        HostLost: The host ended while it started.
    """

    def __init__(self, rubric: Rubric, limits: Limits, *, place_met: bool = False) -> None:
        ours, theirs, key = channels()
        ours.sendall(key)
        mark = secrets.token_hex()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "iacrl.scoring.runtime.host", str(theirs.fileno()), str(os.getpid())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=2,
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
                    _MARK: mark,
                },
                start_new_session=True,  # Ctrl-C is for the run, which still needs scores to finish its step
            )
        self._channel = Channel(ours, key)
        self._end = weakref.finalize(self, _end, self._channel, self._process, f"{_MARK}={mark}")
        self._send((rubric, limits.worker_count(), limits.deadline_s, limits.memory_mb, place_met))
        self._receive()

    @property
    def pid(self) -> int:
        """The host's process."""
        return self._process.pid

    def score(self, items: Sequence[tuple[str, str]]) -> list[Raw]:
        """Let the host judge each `(completion, task as JSON)`.

        Raises:
            HostLost: The host ended, or does not answer in time.
        """
        self._send(list(items))
        found = {
            index: raw for answer in self._receive() for index, raw in zip(answer.items, answer.raws(), strict=True)
        }
        return [found[index] for index in range(len(items))]

    def _send(self, request: object) -> None:
        try:
            self._channel.send(request)
        except ChannelError as error:
            raise HostLost(f"the host of the scoring workers is gone: {error}") from error

    def _receive(self) -> list[Answer]:
        heard = time.monotonic()
        while time.monotonic() - heard < _PATIENCE_S:
            try:
                answer: list[Answer] | UserError | str | None = self._channel.receive(_WAKE_S)
            except ChannelError as error:
                raise HostLost(f"the host of the scoring workers ended unexpectedly: {error}") from error
            if isinstance(answer, UserError):
                raise answer
            if isinstance(answer, list):
                return answer
            if answer == BEAT:
                heard = time.monotonic()
            self._process.send_signal(signal.SIGCONT)
        raise HostLost(f"the host of the scoring workers said nothing for {_PATIENCE_S:.0f} s")

    def close(self) -> None:
        """End the host and its workers."""
        self._end()


def _end(channel: Channel, process: subprocess.Popen[bytes], mark: str) -> None:
    channel.close()
    for number in (signal.SIGCONT, signal.SIGTERM):  # the host may be stopped or busy; it has nothing to save
        process.send_signal(number)
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.returncode:
        end_marked(mark)  # it could not do so itself
