"""A reward function for verl: `custom_reward_function.path=.../iacrl/adapters/verl.py`, `.name=compute_score`.

The task is the row's `ground_truth` (`reward_model.ground_truth` in the parquet file), as JSON text.
"""

from __future__ import annotations

from typing import Any

from iacrl.adapters import default_runtime, score_one


def compute_score(
    data_source: str, solution_str: str, ground_truth: str, extra_info: dict[str, Any] | None = None, **_: Any
) -> dict[str, float]:
    """Return `score`, which verl trains on, and what it logs beside it.

    Raises:
        UserError: The ground truth is no task, or the completion could not be judged.
    """
    outcome = score_one(default_runtime(), solution_str, ground_truth)
    return {"score": outcome.total or 0.0, "valid": float(outcome.valid), "passed": float(outcome.passed)}
