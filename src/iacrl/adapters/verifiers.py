"""A reward for verifiers (v1): plug it into a task's configuration, or call it from a method under `@vf.reward`.

    [env.taskset.task.rewards.iacrl]
    fn = "iacrl.adapters.verifiers:rubric"

The row of the task file is in the field `iacrl` of the task's data. `iacrl.adapters.verifiers_taskset` has a whole
taskset.
"""

from __future__ import annotations

import asyncio
from typing import Any

from iacrl.adapters import runtime_of, score_one


async def rubric(task: Any, trace: Any, config: str | None = None) -> float:
    """Return the score of the model's last reply.

    Args:
        task: The task's data (`vf.TaskData`), with a field `iacrl`.
        trace: What happened (`vf.Trace`).
        config: A recipe whose rubric scores; by default the default rubric.

    Raises:
        UserError: The field is not a task, or the reply could not be judged.
    """
    outcome = await asyncio.to_thread(score_one, runtime_of(config), trace.last_reply, getattr(task, "iacrl", None))
    for name in ("valid", "passed"):
        trace.record_metric(name, float(getattr(outcome, name)))
    return outcome.total or 0.0
