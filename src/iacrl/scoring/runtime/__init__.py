"""Scoring many completions at once, apart from the training process, in workers that no reward can take down.

    training process ── host ──┬─ keeper ── worker
                               └─ keeper ── worker

The host is a fresh interpreter that has never seen torch. It builds the rubric once and forks its workers, so that a
worker that was killed is replaced in milliseconds, a memory limit can be set, and neither the start method of the
caller's `multiprocessing`, nor its threads, nor what its main module imports matters. It has no threads itself and
never judges. Each worker has a connection and a keeper of its own, so that what a reward does to the processes and
descriptors around it meets no other worker.
"""

from __future__ import annotations

from iacrl.scoring.runtime.batch import Batch
from iacrl.scoring.runtime.limits import Limits
from iacrl.scoring.runtime.outcome import Outcome
from iacrl.scoring.runtime.runtime import Runtime

__all__ = ["Batch", "Limits", "Outcome", "Runtime"]
