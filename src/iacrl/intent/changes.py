"""What changed in addition to what was asked for: in a given text, or with another value of an input."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from iacrl.domains.base import Bound, Category, Domain
from iacrl.domains.document import Document, Entity, EntityType, EntityView, Expression
from iacrl.domains.paths import Steps, path_text
from iacrl.intent.evaluate import SameValue, is_list, same
from iacrl.intent.extras import Extra, is_asked
from iacrl.intent.language import Intent, Wanted
from iacrl.intent.places import decoded, looks_nested

#: Category, kind and name.
Identity = tuple[str, str, str]
#: An entity's name in the given text, by its name in the answer.
Moves = Mapping[Identity, Identity]


def find_moves(entities: Sequence[Entity], categories: Sequence[Category]) -> Moves:
    """Return the renames by blocks such as `moved`: the old identity by the new one."""
    of_changes = {category.name for category in categories if category.of_changes}
    moves: dict[Identity, Identity] = {}
    for block in entities:
        ends = [block.values.get(end) for end in ("to", "from")] if block.category in of_changes else []
        if ends and all(isinstance(end, Expression) and end.text.count(".") == 1 for end in ends):
            new, old = (("resource", *end.text.split(".")) for end in ends if isinstance(end, Expression))
            moves[new[0], new[1], new[2]] = (old[0], old[1], old[2])
    return moves


def find_renamed(
    entities: Sequence[Entity], given: Document, gold: Collection[Identity], things: Collection[str], moves: Moves
) -> str:
    """Return what the given text has and the gold answer keeps, but the answer lacks; empty if there is nothing.

    It also returns what has moved though it is still there. Renaming a thing destroys it and creates another, unless a
    block says that it has moved.

    Args:
        entities: The entities of the answer.
        given: The text to change.
        gold: The identities in the gold answer.
        things: The categories that count as things; names of variables and the like are not checked.
        moves: The moves that the answer declares.
    """
    there = {_identity(one) for one in entities}
    for new, old in moves.items():
        if old in there and "[" not in new[2]:
            return f"{old[1]} {old[2]!r} has moved, but is still declared: no plan is possible"
    there |= {old for new, old in moves.items() if new in there}
    for one in given.entities:
        if one.category in things and _identity(one) in gold and _identity(one) not in there:
            return f"{one.kind or one.category} {one.name!r} is no longer there"
    return ""


def find_change(
    wanted: Wanted, entity: Entity, given: Document, same_value: SameValue, *, sound: bool, moves: Moves
) -> Extra | None:
    """Return the first value of `entity` that neither `wanted` asks for nor the given text has, or None.

    If the given text is `sound`, the values that it has must still be there. In a text to repair, the mistake is among
    them. An entity with a new kind or name, as after a conversion, is not checked.
    """
    identity = _identity(entity)
    before = next((one for one in given.entities if _identity(one) == moves.get(identity, identity)), None)
    while isinstance(entity, EntityView):
        entity = entity.whole
    if before is None:
        return None
    old, new = dict(_leaves(before.values, ())), dict(_leaves(entity.values, ()))
    for steps, value in new.items():
        if steps not in old and not is_asked(steps, wanted):
            return Extra(f"{path_text(steps)} was not to be added", steps)
        if sound and steps in old and not _equal(old[steps], value, same_value) and not is_asked(steps, wanted):
            return Extra(f"{path_text(steps)} was not to be changed", steps)
    for steps in old if sound else ():
        if steps not in new and not is_asked(steps, wanted):
            return Extra(f"{path_text(steps)} was not to be removed", ())
    return None


def find_dependent(
    case: Intent, bound: Bound, entities: Sequence[Entity], before: Sequence[Entity]
) -> tuple[Entity, Extra] | None:
    """Return a thing that other inputs change though no clause is about that, and what changes; or None.

    Args:
        case: What is asked for with the other inputs.
        bound: The entities on which its clauses were checked.
        entities: All entities, with the other inputs.
        before: The same entities with the inputs of the text.
    """
    domain = bound.domain
    things = {category.name for category in domain.categories if category.is_thing}
    counted = Counter(map(_identity, domain.normal_form(before, case.paths)))
    found = Counter(map(_identity, bound.entities))
    for entity, old in zip(entities, before, strict=True):
        kind, identity = EntityType(entity.category, entity.kind), _identity(entity)
        if entity.category not in things:
            continue
        if kind not in case.entity_types and counted[identity] != found[identity]:
            return entity, Extra("was not to depend on it", ())
        asked = [one for one in case.must_exist if one.entity_type == kind]
        steps = _first_dependent(asked, entity, old, domain)
        if steps is not None:
            return entity, Extra(f"{path_text(steps)} was not to depend on it", steps)
    return None


def _first_dependent(asked: Sequence[Wanted], entity: Entity, old: Entity, domain: Domain) -> Steps | None:
    """Return the steps of the first value that differs, is not free before and after, and that nothing asks for."""
    extras = domain.extras(entity)

    def is_free(names: tuple[str, ...], *values: Any) -> bool:
        return all(value is None or extras.is_free(names, value) for value in values)

    keys = {
        key
        for key in {**old.values, **entity.values}
        if not is_free((key,), old.values.get(key), entity.values.get(key))
    }
    new, known = (
        dict(_leaves({key: value for key, value in one.values.items() if key in keys}, ())) for one in (entity, old)
    )
    for steps in {**known, **new}:
        if steps in known and steps in new and _equal(known[steps], new[steps], domain.same_value):
            continue
        names = tuple(step for step in steps if isinstance(step, str))
        if not is_free(names, known.get(steps), new.get(steps)) and not any(is_asked(steps, one) for one in asked):
            return steps
    return None


def _identity(entity: Entity) -> Identity:
    return entity.category, entity.kind, entity.name


def _leaves(value: Any, steps: Steps) -> Iterator[tuple[Steps, Any]]:
    """Yield the innermost values, also those in texts of JSON, with the steps to each."""
    if isinstance(value, str) and looks_nested(value):
        value = decoded(value)
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*steps, key))
    elif is_list(value):
        for number, inner in enumerate(value):
            yield from _leaves(inner, (*steps, number))
    elif value is not None:
        yield steps, value


def _equal(one: Any, other: Any, same_value: SameValue) -> bool:
    if isinstance(one, Expression) and isinstance(other, Expression):
        return "".join(one.text.split()) == "".join(other.text.split())
    return same(one, other, same_value)
