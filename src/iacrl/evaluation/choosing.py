"""Choosing among several answers by what is known at inference: the verdict, and rewards that need no gold answer."""

from __future__ import annotations

from collections.abc import Sequence

from iacrl.scoring.samples import ScoredSample
from iacrl.tasks import Task


def as_at_inference(task: Task) -> Task:
    """Return what a user would have asked: the task without gold answer, intent and everything else about it."""
    return Task(instruction=task.instruction, input=task.input, output="", domain=task.domain)


def best_of(answers: Sequence[ScoredSample]) -> int:
    """Return the index of the best answer: valid ones first, then the higher score, then fewer errors, then the first.

    Args:
        answers: The judged answers to a task from `as_at_inference`, at least one.
    """
    return max(range(len(answers)), key=lambda index: (*_rank(answers[index]), -index))


def _rank(answer: ScoredSample) -> tuple[bool, float, int]:
    errors = sum(found.severity == "error" for found in answer.verdict.diagnostics)
    return answer.valid, answer.score or 0.0, -errors
