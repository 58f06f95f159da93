"""Proves a task: the gold answer validates and meets every clause, and mutations of it score less."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from iacrl.domains import Verdict, validate
from iacrl.intent.check import check_intent
from iacrl.intent.gold import Gold
from iacrl.tasks.gold_answer import gold_of
from iacrl.tasks.meaning import meaning_of
from iacrl.tasks.mutants import mutations
from iacrl.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Proof:
    """The proof of one task.

    Attributes:
        faults: Why the gold answer fails: diagnostics, unjudged parts and unmet clauses; empty if it passes.
        caught: The mutations of the gold answer that score lower than it.
        survived: The mutations that do not.
        mutation_score: The mean intent score of all mutations.
    """

    task: Task
    faults: tuple[str, ...]
    caught: tuple[str, ...]
    survived: tuple[str, ...]
    mutation_score: float


def gold_faults(task: Task) -> tuple[str, ...]:
    """Return why the gold answer fails; nothing if it passes."""
    return _faults(task, validate(task.output, task.domain), gold_of(task))


def prove(task: Task) -> Proof:
    """Judge the gold answer and its mutations."""
    verdict, gold = validate(task.output, task.domain), gold_of(task)
    meaning = meaning_of(task, verdict)
    caught: list[str] = []
    survived: list[str] = []
    scores: list[float] = []
    for name, text in mutations(task):
        mutated = validate(text, task.domain)
        if meaning is not None and meaning_of(task, mutated) == meaning:
            continue
        score = _score(task, mutated, gold)
        scores.append(score)
        (caught if score < 1.0 else survived).append(name)
    mean = sum(scores) / len(scores) if scores else 0.0
    return Proof(task, _faults(task, verdict, gold), tuple(caught), tuple(survived), mean)


def _faults(task: Task, verdict: Verdict, gold: Gold | None) -> tuple[str, ...]:
    faults = [f"{found.code} {found.message}" for found in verdict.errors]
    faults += [f"not judged: {words}" for words in verdict.unchecked]
    if task.intent is not None:
        clauses = check_intent(task.intent, verdict.document, gold=gold).clauses
        faults += [f"{item.clause}: {item.reason}" for item in clauses if not item.met]
    return tuple(faults)


def _score(task: Task, verdict: Verdict, gold: Gold | None) -> float:
    """Return the share of the intent's clauses that a text meets; 0 if it is invalid or there is no intent."""
    if task.intent is None or not (verdict.valid and verdict.judged):
        return 0.0
    return check_intent(task.intent, verdict.document, gold=gold).met_share


def render_proofs(proofs: Iterable[Proof]) -> str:
    """Return a Markdown table of the families: tasks, passing gold answers, mutations and their scores."""
    families: dict[str, list[Proof]] = {}
    for proof in proofs:
        families.setdefault(proof.task.family or "none", []).append(proof)
    lines = [
        "| family | tasks | gold passes | mutations | caught | mean score of a mutation |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, of_family in sorted(families.items()):
        stand = sum(not proof.faults for proof in of_family)
        caught = sum(len(proof.caught) for proof in of_family)
        survived = sum(len(proof.survived) for proof in of_family)
        mean = sum(proof.mutation_score for proof in of_family) / len(of_family)
        lines.append(f"| {name} | {len(of_family)} | {stand} | {caught + survived} | {caught} | {mean:.2f} |")
    return "\n".join(lines)
