"""What the stages of a run took: time, steps, tokens, completions and memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from iacrl.evaluation.report.logged import TOTAL_TIME, numbers
from iacrl.scoring.samples import ScoredSample


@dataclass(frozen=True, slots=True)
class StageCost:
    """What one stage took; None where the run does not say it.

    Attributes:
        stage: Its name.
        seconds: From its start to its end, with pauses between an interruption and `--resume`.
        step_seconds: The sum of the times of its steps.
        steps: Optimizer steps.
        tokens: Tokens that it was trained on (prompts and answers); for an evaluation, tokens that it generated.
        completions: Completions that were sampled and judged.
        peak_mb: The peak of memory in MiB: of the GPU, or of the process on a CPU.
    """

    stage: str
    seconds: float | None = None
    step_seconds: float | None = None
    steps: int | None = None
    tokens: int | None = None
    completions: int | None = None
    peak_mb: float | None = None


def stage_cost(
    stage: str,
    manifest: Mapping[str, Any],
    metrics: Sequence[Mapping[str, Any]],
    samples: Sequence[ScoredSample],
) -> StageCost:
    """Return what a stage took.

    Args:
        samples: Its completions; empty for SFT.
    """
    if metrics:
        tokens = max(numbers(metrics, "num_tokens"), default=None)
    else:
        known = [sample.tokens for sample in samples if sample.tokens is not None]
        tokens = sum(known) if known else None
    times = numbers(metrics, TOTAL_TIME)
    return StageCost(
        stage,
        seconds=_between(manifest.get("started"), manifest.get("finished")),
        step_seconds=sum(times) if times else None,
        steps=max((row["step"] for row in metrics), default=None),
        tokens=None if tokens is None else int(tokens),
        completions=len(samples) or None,
        peak_mb=max(numbers(metrics, "memory/peak_mb"), default=None),
    )


def _between(start: object, end: object) -> float | None:
    try:
        return (datetime.fromisoformat(str(end)) - datetime.fromisoformat(str(start))).total_seconds()
    except (ValueError, TypeError):  # unfinished, or a manifest from elsewhere
        return None


def clock(seconds: float) -> str:
    """Return a duration as people read it: `45 s`, `3 min 5 s`, `2 h 10 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
