"""Which entity of a document belongs to which alias of an intent: the choice that meets the most clauses."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

from iacrl.domains.base import Bound, Domain
from iacrl.domains.document import Entity, EntityType
from iacrl.intent.binding import evaluate_together
from iacrl.intent.evaluate import evaluate
from iacrl.intent.language import Wanted
from iacrl.intent.value_tests import aliases_in

#: Up to this many choices, each is tried. Beyond that, the choice is improved step by step from a good start.
_EXHAUSTIVE = 1000
_ROUNDS = 10


def assign(wanted: Sequence[Wanted], domain: Domain, entities: Sequence[Entity]) -> dict[str, Entity]:
    """Assign entities to aliases, no entity twice, so that the most clauses are met.

    Exact for up to a thousand possible choices. For a text with more (many entities of one kind), the start is the
    choice that meets the most clauses entity by entity. Swapping and replacing then improve it. For each alias, the
    entities that meet the most clauses by themselves are tried.
    """
    groups: dict[EntityType, list[Wanted]] = {}
    for item in wanted:
        groups.setdefault(item.entity_type, []).append(item)
    pools = {key: [item for item in entities if (item.category, item.kind) == key] for key in groups}
    if all(len(group) == 1 and len(pools[key]) <= 1 for key, group in groups.items()):
        return {group[0].alias: pools[key][0] for key, group in groups.items() if pools[key]}
    unbound = Bound(domain, {}, entities)
    start, likely = _start(unbound, groups, pools)
    if _met(wanted, unbound._replace(chosen=start)) == sum(len(item.clauses) - 1 for item in wanted):
        return start  # every clause is met
    ways = math.prod(
        math.perm(max(len(pools[key]), len(group)), min(len(pools[key]), len(group))) for key, group in groups.items()
    )
    if ways <= _EXHAUSTIVE:
        choices = [_injections(group, pools[key]) for key, group in groups.items()]
        best, best_met = None, -1
        for parts in itertools.product(*choices):
            chosen = {alias: entity for part in parts for alias, entity in part.items()}
            met = _met(wanted, unbound._replace(chosen=chosen))
            if met > best_met:
                best, best_met = chosen, met
        assert best is not None  # the product of non-empty choices is not empty
        return best
    return _climb(wanted, unbound, groups, start, likely)


def _injections(group: Sequence[Wanted], pool: Sequence[Entity]) -> list[dict[str, Entity]]:
    aliases = [item.alias for item in group]
    if len(pool) >= len(group):
        return [dict(zip(aliases, picked, strict=True)) for picked in itertools.permutations(pool, len(group))]
    return [dict(zip(picked, pool, strict=True)) for picked in itertools.permutations(aliases, len(pool))]


def _start(
    unbound: Bound, groups: Mapping[EntityType, Sequence[Wanted]], pools: Mapping[EntityType, Sequence[Entity]]
) -> tuple[dict[str, Entity], Mapping[EntityType, Sequence[Entity]]]:
    """Return the choice that meets the most clauses entity by entity, and the entities of each type that come close."""
    chosen: dict[str, Entity] = {}
    likely: dict[EntityType, list[Entity]] = {}
    for key, group in groups.items():
        taken: list[Entity] = []
        near: dict[int, Entity] = {}
        for item in group:
            ranked = sorted(pools[key], key=lambda entity, item=item: -_met_alone(item, entity, unbound))  # type: ignore[misc]
            best = next((entity for entity in ranked if not any(entity is other for other in taken)), None)
            if best is not None:
                chosen[item.alias] = best
                taken.append(best)
            near |= {id(entity): entity for entity in ranked[: len(group) + 1]}
        likely[key] = list(near.values())
    return chosen, likely


def _climb(
    wanted: Sequence[Wanted],
    unbound: Bound,
    groups: Mapping[EntityType, Sequence[Wanted]],
    start: Mapping[str, Entity],
    likely: Mapping[EntityType, Sequence[Entity]],
) -> dict[str, Entity]:
    chosen = dict(start)
    met = _met(wanted, unbound._replace(chosen=chosen))
    for _ in range(_ROUNDS):
        before = met
        for key, group in groups.items():
            for item, entity in itertools.product(group, likely[key]):
                trial = _moved(chosen, item.alias, entity)
                trial_met = _met(wanted, unbound._replace(chosen=trial))
                if trial_met > met:
                    chosen, met = trial, trial_met
        if met == before:
            break
    return chosen


def _moved(chosen: Mapping[str, Entity], alias: str, entity: Entity) -> dict[str, Entity]:
    """Give `entity` to `alias`; the alias that had it gets what `alias` had."""
    moved = dict(chosen)
    holder = next((other for other, held in chosen.items() if held is entity), None)
    if holder is not None and holder != alias:
        if alias in moved:
            moved[holder] = moved[alias]
        else:
            del moved[holder]
    moved[alias] = entity
    return moved


def _met(wanted: Sequence[Wanted], bound: Bound) -> int:
    return sum(
        (item.named is not None and item.named == entity.name)
        + sum(finding.met for finding in evaluate_together(item, entity, bound))
        for item in wanted
        if (entity := bound.chosen.get(item.alias)) is not None
    )


def _met_alone(item: Wanted, entity: Entity, unbound: Bound) -> int:
    """Count the clauses that do not refer to another alias."""
    return (item.named is not None and item.named == entity.name) + sum(
        evaluate(test, path, entity, unbound).met for path, test in item.tests if not any(aliases_in(test))
    )
