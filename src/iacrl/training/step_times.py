"""Where the time of a step goes: generation, scoring, log-probabilities, the update, and the rest. And where it is."""

from __future__ import annotations

import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch


class StepTimes:
    """Seconds spent in the parts of the steps since the last line of metrics.

    A part that begins inside another one counts only for itself.

    Args:
        on_gpu: Wait until the GPU has finished its work, which would otherwise count for a later part.

    Attributes:
        told: Called when a part begins and as it goes on: its name, how much is done, of how much (0: unknown), and
            what is counted.
    """

    told: Callable[[str, int, int, str], None] = staticmethod(lambda name, done, total, unit: None)

    def __init__(self, *, on_gpu: bool) -> None:
        self._on_gpu = on_gpu
        self._begun = False
        self._spent: defaultdict[str, float] = defaultdict(float)
        self._open: list[str] = []
        self._tokens = 0
        self._line = self._switched = self._now()

    def begin(self) -> None:
        """Discard the times before the first step, such as the test run of the greatest lengths."""
        if not self._begun:
            self._begun = True
            self.figures()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count the time inside the block for a part."""
        self._switch()
        self._open.append(name)
        self.told(name, 0, 0, "")
        try:
            yield
        finally:
            self._switch()
            self._open.pop()
            if self._open:
                self.told(self._open[-1], 0, 0, "")

    def advance(self, done: int, total: int, unit: str) -> None:
        """Say how far the open part is, such as 3 of 32 with the unit `completion`."""
        if self._open:
            self.told(self._open[-1], done, total, unit)

    def generated(self, tokens: int) -> None:
        """Count the tokens of completions."""
        self._tokens += tokens

    def figures(self) -> dict[str, float]:
        """Return the seconds of each part since the last call, and their sum; then begin again.

        `time/rest` is the time outside all parts: the optimizer, checkpoints, metrics. `memory/peak_mb` is the
        process's peak so far in MiB, of GPU memory if a GPU is used.
        """
        self._switch()
        now = self._now()
        total = now - self._line
        found = {f"time/{name}": seconds for name, seconds in sorted(self._spent.items())}
        found |= {
            "time/rest": total - sum(self._spent.values()),
            "time/total": total,
            "memory/peak_mb": self._peak_mb(),
        }
        if self._tokens:
            found["generation/tokens_per_s"] = self._tokens / self._spent["generation"]
        self._spent.clear()
        self._tokens, self._line = 0, now
        return found

    def _switch(self) -> None:
        now = self._now()
        if self._open:
            self._spent[self._open[-1]] += now - self._switched
        self._switched = now

    def _now(self) -> float:
        if self._on_gpu:
            torch.cuda.synchronize()
        return time.perf_counter()

    def _peak_mb(self) -> float:
        if self._on_gpu:
            return torch.cuda.max_memory_allocated() / 2**20
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / 2**20 if sys.platform == "darwin" else peak / 2**10  # bytes there, KiB elsewhere
