"""Proving a task: the gold answer validates and meets every clause, and mutations of it score less."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from iacrl.domains import validate
from iacrl.domains.registry import find_domain
from iacrl.intent.check import check_intent
from iacrl.tasks.gold_answer import gold_of
from iacrl.tasks.mutants import mutations
from iacrl.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found about one task.

    Attributes:
        faults: Why the gold answer does not stand: a diagnostic, what cannot be judged or an unmet clause each; empty
            when it stands.
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
    """Return the share of the intent's clauses that `text` meets; 0 where it is not valid or there is no intent."""
    verdict = validate(text, task.domain)
    if task.intent is None or not (verdict.valid and verdict.judged):
        return 0.0
    return check_intent(task.intent, verdict.document, gold=gold_of(task)).met_share


def gold_faults(task: Task) -> tuple[str, ...]:
    """Return why the gold answer does not stand; nothing when it stands."""
    verdict = validate(task.output, task.domain)
    faults = [f"{found.code} {found.message}" for found in verdict.errors]
    faults += [f"not judged: {words}" for words in verdict.unchecked]
    if task.intent is not None:
        clauses = check_intent(task.intent, verdict.document, gold=gold_of(task)).clauses
        faults += [f"{item.clause}: {item.reason}" for item in clauses if not item.met]
    return tuple(faults)


def _is_alike(task: Task, text: str) -> bool:
    """Return whether a mutation is no wrong version: the domain's normal form of it is that of the gold answer."""
    gold, other = (validate(one, task.domain).document for one in (task.output, text))
    if task.intent is None or gold is None or other is None:
        return False
    domain, paths = find_domain(task.domain), task.intent.paths
    forms = (domain.normal_form(document.entities, paths) for document in (gold, other))
    one, another = ([(entity.category, entity.kind, entity.name, entity.values) for entity in form] for form in forms)
    return one == another


def prove(task: Task) -> Proof:
    """Judge the gold answer and its mutations."""
    caught: list[str] = []
    survived: list[str] = []
    scores: list[float] = []
    for name, text in mutations(task):
        if _is_alike(task, text):
            continue
        score = score_text(task, text)
        scores.append(score)
        (caught if score < 1.0 else survived).append(name)
    mean = sum(scores) / len(scores) if scores else 0.0
    return Proof(task, gold_faults(task), tuple(caught), tuple(survived), mean)


def render_proofs(proofs: Iterable[Proof]) -> str:
    """Return a Markdown table of the families: tasks, gold answers that stand, mutations and what these score."""
    families: dict[str, list[Proof]] = {}
    for proof in proofs:
        families.setdefault(proof.task.family or "none", []).append(proof)
    lines = [
        "| family | tasks | gold stands | mutations | caught | mean score of a mutation |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, of_family in sorted(families.items()):
        stand = sum(not proof.faults for proof in of_family)
        caught = sum(len(proof.caught) for proof in of_family)
        survived = sum(len(proof.survived) for proof in of_family)
        mean = sum(proof.mutation_score for proof in of_family) / len(of_family)
        lines.append(f"| {name} | {len(of_family)} | {stand} | {caught + survived} | {caught} | {mean:.2f} |")
    return "\n".join(lines)
