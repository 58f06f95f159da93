"""The limits on scoring one completion."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a runtime.

    Attributes:
        workers: Processes. None: one for each core that this process may use, divided by the local ranks of a
            distributed run.
        deadline_s: Seconds for judging one completion, all rewards together.
        memory_mb: Address space of one worker in MiB. Enforced where the system has RLIMIT_AS (Linux; macOS accepts it
            without effect).
        max_characters: Longer completions are not judged and get the lowest score.
        max_failed: The share of a batch for which scoring may fail before the run is stopped.
    """

    workers: int | None = None
    deadline_s: float = 5.0
    memory_mb: int = 2048
    max_characters: int = 100_000
    max_failed: float = 0.1

    def worker_count(self) -> int:
        """Return how many processes to start."""
        if self.workers is not None:
            return self.workers
        # os.process_cpu_count is new in Python 3.13.
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return max(1, cores // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))
