"""Proving a task: the gold answer validates and meets every clause, and mutations of it score less."""

from __future__ import annotations

from dataclasses import dataclass

from iacrl.tasks.check import IntentResult, check_intent
from iacrl.tasks.interim_document import read_document
from iacrl.tasks.mutations import mutations
from iacrl.tasks.task import Task
from iacrl.validators import validate


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found about one task.

    Attributes:
        faults: Why the gold answer does not stand: a diagnostic or an unmet clause each; empty when it stands.
        caught: The mutations of the gold answer that score lower than it.
        survived: Those that do not.
        mutation_score: The mean intent score of all mutations.
    """

    task: Task
    faults: tuple[str, ...]
    caught: tuple[str, ...]
    survived: tuple[str, ...]
    mutation_score: float


def score_text(task: Task, text: str) -> float:
    """Return the share of the intent's clauses that `text` meets; 0 where it is not valid."""
    if task.intent is None or not validate(text, task.domain).valid:
        return 0.0
    return check_text(task, text).met_share


def check_text(task: Task, text: str) -> IntentResult:
    """Check `text` against the intent of a task that has one."""
    if task.intent is None:
        raise ValueError(f"task {task.id} has no intent")
    return check_intent(task.intent, read_document(text, task.domain))


def prove(task: Task) -> Proof:
    """Judge the gold answer and its mutations."""
    faults = [f"{found.code} {found.message}" for found in validate(task.output, task.domain).errors]
    faults += [f"{item.clause}: {item.reason}" for item in check_text(task, task.output).clauses if not item.met]
    caught: list[str] = []
    survived: list[str] = []
    scores: list[float] = []
    for name, text in mutations(task):
        score = score_text(task, text)
        scores.append(score)
        (caught if score < 1.0 else survived).append(name)
    mean = sum(scores) / len(scores) if scores else 0.0
    return Proof(task, tuple(faults), tuple(caught), tuple(survived), mean)
