"""What a chosen entity does beyond what was asked for: the part of `nothing_else` that is within entities.

Most settings that nobody asked for, a label or a comment, are a matter of taste. One more element of a list of which
others were asked for is not, and what else is not the domain says (`Domain.extras`): it does something else, or undoes
what was asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from iacrl.domains.base import Bound
from iacrl.domains.document import Entity
from iacrl.domains.meaning import Extras
from iacrl.domains.paths import Step, Steps, find_all, parse_path
from iacrl.intent.evaluate import is_list, refusal
from iacrl.intent.language import ListClauses, Wanted
from iacrl.intent.places import find_places
from iacrl.intent.value_tests import show


class Extra(NamedTuple):
    """Something that nothing asked for: what it is, in words, and where."""

    reason: str
    steps: Steps


def find_extra(wanted: Wanted, entity: Entity, bound: Bound) -> Extra | None:
    """Return the first thing that `entity` does beyond `wanted`, or None."""
    extras = bound.domain.extras(entity)
    for clauses in wanted.lists if extras.closed_lists else ():
        for steps, elements in find_places(entity.values, clauses.path):
            if is_list(elements):
                for number in _extra_elements(elements, clauses, steps, entity, bound):
                    return Extra(f"{clauses.path}[{number}] was not asked for", (*steps, number))
    return next(_unasked(wanted, entity, extras), None)


def _extra_elements(
    elements: Sequence[Any], clauses: ListClauses, steps: Steps, entity: Entity, bound: Bound
) -> list[int]:
    """Return the numbers of the elements beyond those asked for by number that no clause is about.

    Where an element meets all clauses about some element, another that meets fewer is one more; where none does, they
    share the clauses among them, and each meets one and goes against none.
    """
    if len(elements) <= clauses.numbered:
        return []
    met = [_clauses_met(element, clauses, (*steps, n), entity, bound) for n, element in enumerate(elements)]
    shared = not any(all(each) for each in met)
    return [
        number
        for number, each in enumerate(met[clauses.numbered :], clauses.numbered)
        if not any(each) or (False in each if shared else not all(each))
    ]


def _clauses_met(element: Any, clauses: ListClauses, steps: Steps, entity: Entity, bound: Bound) -> list[bool | None]:
    """Return for each path within an element whether a clause about it is met; None where nothing stands there."""
    met: list[bool | None] = []
    for rest, tests in clauses.of_any.items():
        places = [(inner, value) for inner, value in find_places(element, rest) if value is not None]
        met.append(
            any(not refusal(test, value, (*steps, *inner), entity, bound) for test in tests for inner, value in places)
            if places
            else None
        )
    return met


def _unasked(wanted: Wanted, entity: Entity, extras: Extras) -> Iterator[Extra]:
    for path, is_extra in extras.settings:
        for steps, value in find_places(entity.values, path):
            if value is not None and is_extra(value) and not is_asked(parse_path(path), wanted):
                yield Extra(f"{path} is {show(value)}, which nothing asked for", steps)
    for path in extras.keyed:
        above = tuple(step for step in parse_path(path) if isinstance(step, str))
        if not any(len(fields) > len(above) and fields[: len(above)] == above for fields in wanted.fields):
            continue
        for steps, value in find_all(entity.values, path):
            for key in value if isinstance(value, Mapping) else ():
                if not is_asked((*steps, key), wanted):
                    yield Extra(f"{path}.{key} was not asked for", (*steps, key))


def is_asked(steps: Sequence[Step], wanted: Wanted) -> bool:
    """Return whether a clause is about this place, what it is part of, or a part of it, not telling elements apart."""
    fields = tuple(step for step in steps if isinstance(step, str))
    return any(fields[: len(asked)] == asked[: len(fields)] for asked in wanted.fields)
