"""A time limit: cfn-lint solves satisfiability problems, which a small text can make arbitrarily hard."""

from __future__ import annotations

import ctypes
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

Result = TypeVar("Result")

#: Until the exception is raised again. Long enough that the function's own clean-up usually ends in between.
_AGAIN_SECONDS = 0.2


class OutOfTime(BaseException):
    """The time is over. Not an `Exception`, so that the function's `except Exception` cannot swallow it."""


def within(seconds: float, function: Callable[[], Result]) -> Result:
    """Return what the function returns.

    A timer raises the exception in this thread, at its next Python step. Unlike a signal, that works outside the main
    thread and leaves the caller's own timers alone. That step may be in a callback of the garbage collector, from
    which Python lets no exception out: it reports the exception and goes on. So the timer raises until the function
    has ended, and such reports are dropped.

    Args:
        seconds: Processor time of the thread if the system measures it: a busy machine must not change a verdict.
            Otherwise wall-clock time.

    Raises:
        OutOfTime: The function has not returned in time.
    """
    lock, ended = threading.Lock(), False
    timer: threading.Timer | None = None
    thread = threading.get_ident()
    spent = _clock_of(thread)
    begun = spent()

    def stop() -> None:
        nonlocal timer
        with lock:  # after the function has ended, nothing may be raised
            if ended:
                return
            left = seconds - (spent() - begun)
            if left > 0:
                timer = _start_timer(left, stop)
            else:
                _raise_in(thread, ctypes.py_object(OutOfTime))
                timer = _start_timer(_AGAIN_SECONDS, stop)

    with _unreported():
        timer = _start_timer(seconds, stop)
        try:
            return function()
        finally:
            while not ended:
                with suppress(OutOfTime), lock:  # one may arrive here too
                    ended = True
                    timer.cancel()
                    _raise_in(thread, None)


#: How many threads are in `within`. The first one in replaces the hook, and the last one out puts it back.
_inside = 0
_hook = sys.unraisablehook
_hook_lock = threading.Lock()


@contextmanager
def _unreported() -> Iterator[None]:
    """Keep Python from reporting an `OutOfTime` that a callback of the garbage collector did not let out."""
    global _inside, _hook
    with _hook_lock:
        if _inside == 0:
            _hook, sys.unraisablehook = sys.unraisablehook, _report_others
        _inside += 1
    try:
        yield
    finally:
        with _hook_lock:
            _inside -= 1
            if _inside == 0:
                sys.unraisablehook = _hook


def _report_others(found: sys.UnraisableHookArgs) -> None:
    if found.exc_type is not OutOfTime:
        _hook(found)


def _raise_in(thread: int, exception: ctypes.py_object[type[BaseException]] | None) -> None:
    """Raise an exception in a thread at its next step; None takes back one that has not been raised yet."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), exception)


def _start_timer(seconds: float, then: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(seconds, then)
    timer.daemon = True
    timer.start()
    return timer


def _clock_of(thread: int) -> Callable[[], float]:
    """Return a clock of a thread's processor time, or a wall clock if there is none."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.monotonic
    clock = time.pthread_getcpuclockid(thread)
    return lambda: time.clock_gettime(clock)
