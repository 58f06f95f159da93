"""Scoring many completions at once, outside the training process, in workers that a reward cannot bring down.

    training process ── host ──┬─ keeper ── worker
                               └─ keeper ── worker

The host is a fresh interpreter that never imports torch. It builds the rubric once and forks its workers. So a killed
worker is replaced in milliseconds, and a memory limit can be set. The caller's threads, its main module's imports and
the start method of its `multiprocessing` do not matter. The host has no threads and never judges. Each worker has its
own connection and keeper, so a reward that harms the processes and descriptors around it does not affect other workers.
"""

from __future__ import annotations

from iacrl.scoring.runtime.batch import Batch
from iacrl.scoring.runtime.limits import Limits
from iacrl.scoring.runtime.outcome import Outcome
from iacrl.scoring.runtime.runtime import Runtime

__all__ = ["Batch", "Limits", "Outcome", "Runtime"]
