"""Checking an intent against a document: which clauses are met, and where the others fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from iacrl.tasks.evaluate import Bound, Finding, evaluate
from iacrl.tasks.instances import instances_of
from iacrl.tasks.intent import Count, Intent, Sort, Wanted
from iacrl.tasks.matching import Assignment, assign
from iacrl.validators.document import Document, Entity
from iacrl.validators.verdict import Range

#: What `nothing_else` counts as something. Variables, outputs, locals and providers are means to an end.
_THINGS = ("resource", "data", "module", "object")


@dataclass(frozen=True, slots=True)
class ClauseResult:
    """One clause of an intent.

    Attributes:
        clause: The clause in words, such as `bucket: tags.Team = "payments"`.
        met: Whether the document does it.
        reason: Why not, in words; empty when met.
        range: Where the document fails it, or meets it; None where there is no such place.
        limit: It only forbids, so that a document that does nothing would meet it.
    """

    clause: str
    met: bool
    reason: str
    range: Range | None
    limit: bool = False


@dataclass(frozen=True, slots=True)
class IntentResult:
    """Every clause of an intent, in its order."""

    clauses: tuple[ClauseResult, ...]

    @property
    def met_share(self) -> float:
        """The share of clauses that are met, from 0 to 1."""
        return sum(clause.met for clause in self.clauses) / len(self.clauses)

    @property
    def met(self) -> bool:
        """True when every clause is met."""
        return all(clause.met for clause in self.clauses)


def check_intent(intent: Intent, document: Document | None) -> IntentResult:
    """Check every clause of `intent` on a document.

    The entities of the document are assigned to the intent's letters so that the most clauses are met.

    Args:
        intent: What must be declared.
        document: The validated tree (`Verdict.document`); None, a text without a readable tree, meets no clause.
    """
    entities = () if document is None else instances_of(document.entities, intent)
    readable = document is not None
    chosen = assign(intent.must_exist, entities)
    results: list[ClauseResult] = []
    for wanted in intent.must_exist:
        results += _entity_clauses(wanted, chosen, entities)
    for count in intent.counts:
        results.append(_count_clause(count, entities, readable))
    for sort in intent.must_not_exist:
        results.append(_prohibition(sort, entities, readable))
    if intent.nothing_else:
        results.append(_nothing_else(intent, chosen, entities, readable))
    return IntentResult(_limits_need_substance(results))


def _limits_need_substance(results: Sequence[ClauseResult]) -> tuple[ClauseResult, ...]:
    """Count a limit ("no X", "nothing else") as met only beside something that was asked for.

    A limit holds on any text that does nothing, and doing nothing must not earn a share of the score.
    """
    if any(result.met for result in results if not result.limit) or all(result.limit for result in results):
        return tuple(results)
    return tuple(
        replace(result, met=False, reason="nothing that was asked for is there") if result.limit else result
        for result in results
    )


def _entity_clauses(wanted: Wanted, chosen: Assignment, entities: Sequence[Entity]) -> list[ClauseResult]:
    entity = chosen.get(wanted.letter)
    letter = wanted.letter
    exists = f"{letter}: {wanted.sort} exists"
    named = f"{letter}: is named {wanted.named!r}"
    if entity is None:
        reason = f"there is no {wanted.sort}{'' if not _of(wanted.sort, entities) else ' left'}"
        clauses = [exists] + ([named] if wanted.named is not None else [])
        clauses += [f"{letter}: {path} {test}" for path, test in wanted.tests]
        return [ClauseResult(clause, False, reason, None) for clause in clauses]
    results = [ClauseResult(exists, True, "", entity.range)]
    if wanted.named is not None:
        met = entity.name == wanted.named
        results.append(ClauseResult(named, met, "" if met else f"it is named {entity.name!r}", entity.range))
    for path, test in wanted.tests:
        finding = evaluate(test, path, entity, Bound(chosen, entities))
        results.append(_from_finding(f"{letter}: {path} {test}", finding, entity))
    return results


def _from_finding(clause: str, finding: Finding, entity: Entity) -> ClauseResult:
    place = entity.range_of(finding.steps) if finding.steps is not None else entity.range
    return ClauseResult(clause, finding.met, finding.reason, place)


def _count_clause(count: Count, entities: Sequence[Entity], readable: bool) -> ClauseResult:
    found = _of(count.sort, entities)
    if count.least == count.most:
        asked = f"exactly {count.least}"
    else:
        asked = f"at least {count.least}" + ("" if count.most is None else f" and at most {count.most}")
    met = readable and count.least <= len(found) and (count.most is None or len(found) <= count.most)
    place = found[-1].range if found else None
    return ClauseResult(
        f"{asked} of {count.sort}", met, "" if met else f"there are {len(found)}", place, count.least == 0
    )


def _prohibition(sort: Sort, entities: Sequence[Entity], readable: bool) -> ClauseResult:
    found = _of(sort, entities)
    reason = f"there is one, {found[0].name!r}" if found else "" if readable else "nothing can be read"
    return ClauseResult(f"no {sort}", readable and not found, reason, found[0].range if found else None, True)


def _nothing_else(intent: Intent, chosen: Assignment, entities: Sequence[Entity], readable: bool) -> ClauseResult:
    counted = {count.sort for count in intent.counts}
    taken = {id(entity) for entity in chosen.values()}
    extra = [
        entity
        for entity in entities
        if entity.category in _THINGS and id(entity) not in taken and Sort(entity.category, entity.kind) not in counted
    ]
    if extra:
        reason = "not asked for: " + ", ".join(f"{item.kind or item.category} {item.name!r}" for item in extra[:3])
        return ClauseResult("nothing else", False, reason, extra[0].range, True)
    return ClauseResult("nothing else", bool(entities), "" if entities else "nothing is declared", None, True)


def _of(sort: Sort, entities: Sequence[Entity]) -> list[Entity]:
    return [entity for entity in entities if entity.category == sort.category and entity.kind == sort.kind]
