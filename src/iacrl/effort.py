"""What the regular expressions, rules and hints of one verdict may take together, whoever wrote them.

One search or one rule has its own limit. A text can have thousands of them, so they also share these.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_SECONDS: Final = 0.5
_STEPS: Final = 2_000_000
_COMPARISONS: Final = 10_000


class TooMuchError(Exception):
    """Finding something out takes too much, so it is unknown."""


class Effort:
    """What is left.

    Attributes:
        seconds: Processor time for regular expressions.
        steps: Steps of expressions in CEL, each of about a microsecond.
        comparisons: Names to compare with a misspelt one, each in some 20 microseconds.
    """

    __slots__ = ("comparisons", "seconds", "steps")

    def __init__(self) -> None:
        self.seconds = _SECONDS
        self.steps = _STEPS
        self.comparisons = _COMPARISONS

    def grow(self, seconds: float) -> None:
        """Add some time, but never to more than there was at first."""
        self.seconds = min(self.seconds + seconds, _SECONDS)


_effort: ContextVar[Effort | None] = ContextVar("effort", default=None)


@contextmanager
def spending(effort: Effort | None = None) -> Iterator[None]:
    """Let everything in the block share an effort; by default a new one."""
    token = _effort.set(effort or Effort())
    try:
        yield
    finally:
        _effort.reset(token)


def current_effort() -> Effort:
    """Return the effort of this block; outside of one, each search and each rule has its own."""
    return _effort.get() or Effort()
