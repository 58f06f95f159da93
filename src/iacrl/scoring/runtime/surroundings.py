"""The process state that a reward can change, restored before the next text."""

from __future__ import annotations

import locale
import os
import random
import signal
import sys
import threading
import zlib
from typing import Any

from iacrl.text import to_bytes

#: The signal with which a reward may limit its own time. Only its handler is restored.
_ALARM = signal.SIGALRM


class Surroundings:
    """The state of this process when the object is made, and the way back to it.

    It does not include the state of modules. For that, a worker that met an exception is replaced.
    """

    def __init__(self) -> None:
        self._directory = os.open(os.curdir, os.O_RDONLY)  # its path may be gone or lead elsewhere
        self._environment = dict(_environment())
        self._mask = os.umask(0o077)
        os.umask(self._mask)
        self._alarm = signal.getsignal(_ALARM)
        self._handlers = _handlers()
        self._recursion = sys.getrecursionlimit()
        self._path = list(sys.path)
        self._locale = locale.setlocale(locale.LC_ALL)
        self._streams = (sys.stdin, sys.stdout, sys.stderr)
        self._threads = threading.active_count()

    def restore(self, text: str) -> None:
        """Restore what can be restored. Random numbers are seeded from the text, so other texts do not affect them."""
        os.chdir(self._directory)
        if _environment() != self._environment:
            kept = {os.fsdecode(name): os.fsdecode(value) for name, value in self._environment.items()}
            os.environ.clear()
            os.environ.update(kept)
        os.umask(self._mask)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(_ALARM, self._alarm)
        sys.setrecursionlimit(self._recursion)
        sys.path[:] = self._path
        if locale.setlocale(locale.LC_ALL) != self._locale:
            locale.setlocale(locale.LC_ALL, self._locale)
        sys.stdin, sys.stdout, sys.stderr = self._streams
        random.seed(zlib.crc32(to_bytes(text)))
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed(random.getrandbits(32))

    def are_spoiled(self) -> bool:
        """True if something is left that cannot be restored: a thread, a child, a handler, a closed stream."""
        return (
            threading.active_count() > self._threads
            or _has_children()
            or _handlers() != self._handlers
            or any(stream.closed for stream in self._streams)
        )


def _environment() -> dict[bytes, bytes]:
    """Return the environment undecoded: decoding it takes as long as judging a small text."""
    kept: dict[bytes, bytes] = vars(os.environ)["_data"]
    return kept


def _handlers() -> list[Any]:
    return [signal.getsignal(number) for number in sorted(signal.valid_signals() - {_ALARM})]


def _has_children() -> bool:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:  # one that has ended is only a zombie
            pass
    except ChildProcessError:
        return False
    return True
