"""Checks an intent against a document: which clauses are met, and where the others fail."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from iacrl.domains.base import Bound, Domain
from iacrl.domains.document import Document, Entity, EntityType
from iacrl.domains.paths import Steps
from iacrl.domains.ranges import Range
from iacrl.domains.registry import find_domain
from iacrl.effort import spending
from iacrl.intent.binding import evaluate_together
from iacrl.intent.changes import find_change, find_dependent, find_moves, find_renamed
from iacrl.intent.extras import find_extra, find_unbound_extra
from iacrl.intent.gold import Gold
from iacrl.intent.language import Case, Count, Intent, Wanted
from iacrl.intent.matching import assign

#: A name in a reference such as `var.zones[0]` or `Queue.Arn`.
_NAME = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class ClauseResult:
    """One clause of an intent.

    Attributes:
        clause: The clause in words, such as `bucket: tags.Team = "payments"`.
        met: Whether the document meets it.
        reason: Why not, in words; empty if met.
        range: Where the document fails or meets it; None if there is no such place.
        limit: Whether it only forbids: a document that does nothing would meet it.
    """

    clause: str
    met: bool
    reason: str
    range: Range | None
    limit: bool = False


class Checked(NamedTuple):
    """One checked clause, before its place in the text is looked up: few scores need the place.

    Attributes:
        clause: The clause in words.
        met: Whether the document meets it.
        reason: Why not, in words; empty if met.
        entity: The entity that fails or meets it; None if there is none.
        steps: The steps of the deciding value in the entity; None if the whole entity decided.
        limit: Whether it only forbids.
    """

    clause: str
    met: bool
    reason: str
    entity: Entity | None = None
    steps: Steps | None = None
    limit: bool = False

    def find_range(self) -> Range | None:
        """Return where the document fails or meets it; None if there is no such place."""
        if self.entity is None:
            return None
        return self.entity.range if self.steps is None else self.entity.range_of(self.steps)


#: The most that the clauses already met by the given text count together, as a share.
KEPT_SHARE = 0.2


@dataclass(frozen=True)
class IntentResult:
    """Every clause of an intent, in its order.

    Attributes:
        checked: The clauses.
        given: For each clause, whether the given text already met it; empty if no text was given.
    """

    checked: tuple[Checked, ...]
    given: tuple[bool, ...] = ()

    @cached_property
    def clauses(self) -> tuple[ClauseResult, ...]:
        """The clauses in words, each with its place."""
        return tuple(ClauseResult(one.clause, one.met, one.reason, one.find_range(), one.limit) for one in self.checked)

    @property
    def met_share(self) -> float:
        """The share of clauses that are met, from 0 to 1.

        If a text was given to change, most clauses say what to keep. Returning it unchanged would earn their share for
        nothing. So the clauses that it already met count for at most `KEPT_SHARE` together.
        """
        kept = [clause.met for clause, given in zip(self.checked, self.given, strict=False) if given]
        asked = [clause.met for clause, given in zip(self.checked, self.given, strict=False) if not given]
        if not kept or not asked:
            return sum(clause.met for clause in self.checked) / len(self.checked)
        worth = min(KEPT_SHARE, len(kept) / len(self.checked))
        missed = worth * kept.count(False) / len(kept) + (1 - worth) * asked.count(False) / len(asked)
        return max(0.0, 1.0 - missed)  # computed from what is missing, so that a complete answer gets exactly 1

    def beside(self, given: IntentResult) -> IntentResult:
        """Return it with the clauses that the given text already met."""
        return replace(self, given=tuple(clause.met for clause in given.checked))

    @property
    def met(self) -> bool:
        """True if every clause is met."""
        return all(clause.met for clause in self.checked)


@spending()
def check_intent(
    intent: Intent,
    document: Document | None,
    given: Document | None = None,
    *,
    sound: bool = True,
    gold: Gold | None = None,
) -> IntentResult:
    """Check every clause of `intent` on a document.

    The document's entities are assigned to the intent's aliases so that the most clauses are met. The domain decides
    what values mean; the defaults are in `iacrl.domains.base`.

    Args:
        intent: What must be declared.
        document: The validated tree (`Verdict.document`); None (no readable tree) meets no clause.
        given: The tree of the text to change; with it, `nothing_else` also forbids every other change.
        sound: Whether that text is valid. If not, it contains the mistake to repair.
        gold: The gold answer; `nothing_else` allows its settings in addition to those in the intent.
    """
    if document is None:
        unread = "nothing can be read"
        return IntentResult(tuple(Checked(clause, False, unread, limit=limit) for clause, limit in intent.clauses))
    domain = find_domain(document.domain)
    results, bound = _own_clauses(intent, document, domain)
    for case in intent.cases:
        results.append(_case_clause(case, intent, document, domain))
    if intent.nothing_else:
        results.append(_nothing_else(intent, bound, given, sound, gold, document.entities))
    return IntentResult(_limits_need_substance(results))


def _own_clauses(intent: Intent, document: Document, domain: Domain) -> tuple[list[Checked], Bound]:
    """Return the clauses about what must and must not exist, and the entities on which they were checked."""
    entities = domain.normal_form(document.entities, intent.paths)
    bound = Bound(domain, assign(intent.must_exist, domain, entities), entities)
    results: list[Checked] = []
    for wanted in intent.must_exist:
        results += _entity_clauses(wanted, bound)
    for count in intent.counts:
        results.append(_count_clause(count, entities))
    for entity_type in intent.must_not_exist:
        results.append(_prohibition(entity_type, entities))
    return results, bound


def _case_clause(case: Case, intent: Intent, document: Document, domain: Domain) -> Checked:
    """Return whether everything holds that a case asks for, as one clause: one mistake must not cost several."""
    there: Document | str = document
    if case.inputs and domain.with_inputs is not None:
        there = domain.with_inputs(document, case.inputs)
    if isinstance(there, str):
        return Checked(str(case), False, there)
    results, bound = _own_clauses(case.intent, there, domain)
    missed = next((one for one in results if not one.met), None)
    if missed is not None:
        return missed._replace(clause=str(case), reason=f"{missed.clause}: {missed.reason}")
    if intent.nothing_else and case.inputs:
        changed = find_dependent(case.intent, bound, there.entities, document.entities)
        if changed is not None:
            entity, extra = changed
            return Checked(str(case), False, f"{_title(entity)} {extra.reason}", entity, extra.steps)
    return Checked(str(case), True, "")


def _limits_need_substance(results: Sequence[Checked]) -> tuple[Checked, ...]:
    """Count a limit ("no X", "nothing else") as met only together with something that was asked for.

    A text that does nothing meets every limit, and doing nothing must not earn a share of the score.
    """
    if any(result.met for result in results if not result.limit) or all(result.limit for result in results):
        return tuple(results)
    return tuple(
        result._replace(met=False, reason="nothing that was asked for is there") if result.limit else result
        for result in results
    )


def _entity_clauses(wanted: Wanted, bound: Bound) -> list[Checked]:
    entity = bound.chosen.get(wanted.alias)
    if entity is None:
        reason = f"there is no {wanted.entity_type}{'' if not _of(wanted.entity_type, bound.entities) else ' left'}"
        return [Checked(clause, False, reason) for clause in wanted.clauses]
    clauses = iter(wanted.clauses)
    results = [Checked(next(clauses), True, "", entity)]
    if wanted.named is not None:
        met = entity.name == wanted.named
        results.append(Checked(next(clauses), met, "" if met else f"it is named {entity.name!r}", entity))
    for clause, finding in zip(clauses, evaluate_together(wanted, entity, bound), strict=True):
        results.append(Checked(clause, finding.met, finding.reason, entity, finding.steps))
    return results


def _count_clause(count: Count, entities: Sequence[Entity]) -> Checked:
    found = _of(count.entity_type, entities)
    met = count.least <= len(found) and (count.most is None or len(found) <= count.most)
    return Checked(
        str(count),
        met,
        "" if met else f"there are {len(found)}",
        found[-1] if found else None,
        limit=count.least == 0,
    )


def _prohibition(entity_type: EntityType, entities: Sequence[Entity]) -> Checked:
    found = _of(entity_type, entities)
    reason = f"there is one: {_title(found[0])}" if found else ""
    return Checked(f"no {entity_type}", not found, reason, found[0] if found else None, limit=True)


def _find_useless(
    others: Sequence[Entity], domain: Domain, given: Document | None, written: Sequence[Entity]
) -> Entity | None:
    """Return an input without a default that nothing refers to and that the given text does not have."""
    defaults = {category.name: category.given_unless for category in domain.categories if category.given_unless}
    before = {(entity.category, entity.name) for entity in given.entities} if given is not None else set()
    for entity in others:
        default = defaults.get(entity.category)
        if default is None or default in entity.values or (entity.category, entity.name) in before:
            continue
        others_refer = (
            entity.name in _NAME.findall(reference)
            for one in written
            if (one.category, one.name) != (entity.category, entity.name)
            for reference in one.references_at(())
        )
        if not any(others_refer):
            return entity
    return None


def _nothing_else(
    intent: Intent, bound: Bound, given: Document | None, sound: bool, gold: Gold | None, written: Sequence[Entity]
) -> Checked:
    moves = find_moves(written, bound.domain.categories) if given is not None else {}
    means = {
        category.name
        for category in bound.domain.categories
        if not category.is_thing or (category.of_changes and given is not None)
    }
    counted = {count.entity_type for count in intent.counts}
    taken = {id(entity) for entity in bound.chosen.values()}
    others = [entity for entity in bound.entities if id(entity) not in taken]
    extra = [one for one in others if one.category not in means and EntityType(one.category, one.kind) not in counted]
    if extra:
        reason = "not asked for: " + ", ".join(map(_title, extra[:3]))
        return Checked("nothing else", False, reason, extra[0], limit=True)
    useless = _find_useless(others, bound.domain, given, written)
    if useless is not None:
        reason = f"{_title(useless)} must be given a value, and nothing uses it"
        return Checked("nothing else", False, reason, useless, limit=True)
    if given is not None and gold is not None:
        things = {category.name for category in bound.domain.categories if category.is_thing}
        gone = find_renamed(written, given, gold.identities, things, moves)
        if gone:
            return Checked("nothing else", False, gone, limit=True)
    for wanted in intent.must_exist:
        entity = bound.chosen.get(wanted.alias)
        found = None if entity is None else find_extra(wanted, entity, bound, gold)
        if entity is not None and found is None and given is not None:
            found = find_change(wanted, entity, given, bound.domain.same_value, sound=sound, moves=moves)
        if found is not None:
            return Checked("nothing else", False, f"{wanted.alias}: {found.reason}", entity, found.steps, limit=True)
    for entity in others:
        alike = [one for one in intent.must_exist if one.entity_type == (entity.category, entity.kind)]
        found = find_unbound_extra(alike, entity, bound, gold)
        if found is not None:
            reason = f"{_title(entity)}: {found.reason}"
            return Checked("nothing else", False, reason, entity, found.steps, limit=True)
    return Checked("nothing else", bool(bound.entities), "" if bound.entities else "nothing is declared", limit=True)


def _title(entity: Entity) -> str:
    entity_type = entity.kind or entity.category
    return f"{entity_type} {entity.name!r}" if entity.name else entity_type


def _of(entity_type: EntityType, entities: Sequence[Entity]) -> list[Entity]:
    return [
        entity for entity in entities if entity.category == entity_type.category and entity.kind == entity_type.kind
    ]
