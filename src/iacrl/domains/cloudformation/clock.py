"""A limit in time: cfn-lint solves satisfiability problems, which a small text can make arbitrarily hard."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


class OutOfTime(BaseException):
    """The time is over. No `except Exception` of the function may swallow it."""


def within(seconds: float, function: Callable[[], Result]) -> Result:
    """Return what the function returns.

    A timer raises the exception in this thread, whichever it is, at its next step of Python. Unlike a signal, that
    works outside of the main thread and leaves the caller's own timers alone.

    Raises:
        OutOfTime: The function has not returned in time.
    """
    lock, ended = threading.Lock(), False
    thread = threading.get_ident()

    def stop() -> None:
        with lock:  # once the function has ended, nothing may be raised any more
            if not ended:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(OutOfTime))

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        return function()
    finally:
        with lock:
            ended = True
        timer.cancel()
