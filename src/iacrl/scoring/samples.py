"""The row that a scored completion leaves in `samples.jsonl`, the same for training and evaluation."""

from __future__ import annotations

from typing import Any

from iacrl.prompt import build_prompt
from iacrl.scoring.rubric import Score
from iacrl.tasks import Task
from iacrl.tasks.check import Checked


def sample_row(task: Task, score: Score) -> dict[str, Any]:
    """Return the plain form of one completion with its verdict and score."""
    return {
        "task": task.id,
        "domain": task.domain,
        "family": task.family,
        "difficulty": task.difficulty,
        "prompt": build_prompt(task),
        "completion": score.verdict.completion,
        "text": score.verdict.text,
        "verdict": {
            "valid": score.verdict.valid,
            "layers": list(score.verdict.layers),
            "diagnostics": [found.to_json() for found in score.verdict.diagnostics],
            "unchecked": list(score.verdict.unchecked),
        },
        "intent": None if score.verdict.intent is None else [_clause(one) for one in score.verdict.intent.checked],
        "valid": score.valid,
        "passed": score.passed,
        "score": score.total,
        "parts": dict(score.parts),
    }


def _clause(found: Checked) -> dict[str, Any]:
    # Where a met clause stands is of no use to a reader, and looking it up would cost as much as judging the text.
    told = found.told(placed=not found.met)
    place = None if told.range is None else told.range.to_json()
    return {"clause": told.clause, "met": told.met, "reason": told.reason, "range": place, "limit": told.limit}
