"""The row that a scored completion leaves in `samples.jsonl`, the same for training and evaluation."""

from __future__ import annotations

from typing import Any

from iacrl.intent.check import Checked
from iacrl.scoring.rubric import Score
from iacrl.tasks import IntentResult, Task
from iacrl.tasks.prompt import build_prompt


def sample_row(task: Task, score: Score, *, place_met: bool = True) -> dict[str, Any]:
    """Return the plain form of one completion with its verdict and score.

    Args:
        task: What was asked.
        score: What was found.
        place_met: Say where each met clause stands too. Looking that up costs as much as judging the text.
    """
    return asked(task, score.verdict.completion) | found(score, place_met=place_met)


def asked(task: Task, completion: str) -> dict[str, Any]:
    """Return the part of a row that is known before anything is judged."""
    return {
        "task": task.id,
        "domain": task.domain,
        "family": task.family,
        "difficulty": task.difficulty,
        "prompt": build_prompt(task),
        "completion": completion,
    }


def found(score: Score, *, place_met: bool) -> dict[str, Any]:
    """Return the rest of a row; `place_met` as for `sample_row`."""
    verdict = score.verdict
    return {
        "text": verdict.text,
        "verdict": {
            "valid": verdict.valid,
            "layers": list(verdict.layers),
            "diagnostics": [one.to_json() for one in verdict.diagnostics],
            "unchecked": list(verdict.unchecked),
        },
        "intent": None if verdict.intent is None else _clauses(verdict.intent, place_met),
        "valid": score.valid,
        "passed": score.passed,
        "score": score.total,
        "parts": dict(score.parts),
    }


def _clauses(intent: IntentResult, place_met: bool) -> list[dict[str, Any]]:
    return [_clause(one, place_met or not one.met) for one in intent.checked]


def _clause(one: Checked, placed: bool) -> dict[str, Any]:
    place = one.find_range() if placed else None
    return {
        "clause": one.clause,
        "met": one.met,
        "reason": one.reason,
        "range": None if place is None else place.to_json(),
        "limit": one.limit,
    }
