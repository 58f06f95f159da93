"""A scorer for inspect_ai. The row of the task file is in the sample's metadata under `task`."""

from __future__ import annotations

import asyncio

from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import TaskState

from iacrl.adapters import default_runtime, score_one
from iacrl.scoring.runtime import Runtime


@scorer(metrics=[mean(), stderr()])
def rubric(runtime: Runtime | None = None) -> Scorer:
    """Score an answer by the rubric, from 0 to 1; a sample that could not be judged is an error of inspect's.

    Args:
        runtime: How answers are scored; by the default rubric when None.
    """

    async def score(state: TaskState, target: Target) -> Score:
        answer = state.output.completion
        outcome = await asyncio.to_thread(score_one, runtime or default_runtime(), answer, state.metadata.get("task"))
        found = {name: getattr(outcome, name) for name in ("valid", "passed", "parts", "error")}
        return Score(value=outcome.total or 0.0, answer=answer, explanation=outcome.error, metadata=found)

    return score
