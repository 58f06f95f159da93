"""The row that a scored completion leaves in `samples.jsonl`, the same for training and evaluation."""

from __future__ import annotations

from typing import Any

from iacrl.prompt import build_prompt
from iacrl.scoring.rubric import Score
from iacrl.tasks import Task


def sample_row(task: Task, score: Score) -> dict[str, Any]:
    """Return the plain form of one completion with its verdict and score."""
    return {
        "task": task.id,
        "domain": task.domain,
        "family": task.family,
        "prompt": build_prompt(task),
        "completion": score.verdict.completion,
        "verdict": {
            "valid": score.verdict.valid,
            "layers": list(score.verdict.layers),
            "diagnostics": [found.to_json() for found in score.verdict.diagnostics],
            "unchecked": list(score.verdict.unchecked),
        },
        "score": score.total,
        "parts": dict(score.parts),
        "passed": score.passed,
    }
