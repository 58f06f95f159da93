"""A reward function for verl: `custom_reward_function.path=.../iacrl/adapters/verl.py`, `.name=compute_score`.

The task is the row's `ground_truth` (`reward_model.ground_truth` in the parquet file), as JSON text.
"""

from __future__ import annotations

from typing import Any

from iacrl.adapters import runtime_of, score_one
from iacrl.errors import UserError

#: What newer reward managers of verl add by themselves.
_OF_VERL = frozenset({"reward_router_address", "reward_model_tokenizer"})


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: str,
    extra_info: dict[str, Any] | None = None,
    config: str | None = None,
    **more: Any,
) -> dict[str, float]:
    """Return `score`, which verl trains on, and further figures, which it logs.

    Args:
        config: A recipe whose rubric scores (`custom_reward_function.reward_kwargs.config`); by default the default
            rubric.

    Raises:
        UserError: The ground truth is not a task, the completion could not be judged, or other `reward_kwargs` were
            given.
    """
    given = sorted(more.keys() - _OF_VERL)
    if given:
        raise UserError(
            f"custom_reward_function.reward_kwargs sets {', '.join(given)}; the only setting is `config`, the recipe "
            "of another rubric."
        )
    outcome = score_one(runtime_of(config), solution_str, ground_truth)
    return {"score": outcome.total or 0.0, "valid": float(outcome.valid), "passed": float(outcome.passed)}
