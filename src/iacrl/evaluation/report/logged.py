"""Figures of `metrics.jsonl`, which may be incomplete or of another version."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

#: The parts of a step's time, as `iacrl.training.step_times` logs them, and their sum.
STEP_TIMES = (
    "time/generation",
    "time/scoring",
    "time/log_probs",
    "time/update",
    "time/measuring",
    "time/validation",
    "time/rest",
)
TOTAL_TIME = "time/total"


def finite(value: object) -> float | None:
    """Return a finite number; None for anything else, such as the NaN of a diverged step."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def numbers(rows: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    """Return the finite values of one figure."""
    return [number for row in rows if (number := finite(row.get(name))) is not None]


def per_step(rows: Sequence[Mapping[str, Any]], name: str) -> list[tuple[int, float]]:
    """Return step and seconds of one step, of a time that lines log as the sum since the line before."""
    found = []
    before = 0
    for row in rows:
        step = row["step"]
        number = finite(row.get(name))
        if number is not None and step > before:
            found.append((step, number / (step - before)))
        before = step
    return found
