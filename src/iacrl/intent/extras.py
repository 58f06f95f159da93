"""What an entity does beyond what was asked for: the part of `nothing_else` within entities. Only listed settings pass.

A setting is allowed if a clause is about it, or if the gold answer has the same value at the same place. It is also
allowed if the domain's list of harmless settings leaves it free (`Domain.extras`): a label, a description, an explicit
default. Every other setting does something else, or undoes what was asked. A text of JSON or YAML is read as what it
contains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from operator import getitem
from typing import Any, NamedTuple

from iacrl.domains.base import Bound
from iacrl.domains.document import EncodedObject, Entity, Expression
from iacrl.domains.meaning import Extras
from iacrl.domains.paths import Step, Steps
from iacrl.intent.evaluate import is_list, passes_all, refusal, same
from iacrl.intent.gold import Gold, Names, Places, counted, is_among, settings
from iacrl.intent.language import ListClauses, Wanted
from iacrl.intent.places import decoded, find_places
from iacrl.intent.shapes import has_text_of_data, is_misshapen
from iacrl.intent.value_tests import show

_NO_NAMES: frozenset[Names] = frozenset()


class Extra(NamedTuple):
    """Something that nobody asked for: what it is, in words, and where."""

    reason: str
    steps: Steps


class _Element(NamedTuple):
    """An element of a list, and the steps to the innermost value around it with a place in the document."""

    value: Any
    steps: Steps


def find_extra(wanted: Wanted, entity: Entity, bound: Bound, gold: Gold | None) -> Extra | None:
    """Return the first thing that `entity` does beyond `wanted` and the gold answer, or None."""
    extras = bound.domain.extras(entity)
    for clauses in wanted.lists if extras.closed_lists else ():
        for elements in _lists_at(clauses.path, entity.values):
            for number in _extra_elements(elements, clauses, entity, bound):
                return Extra(f"{clauses.path}[{number}] was not asked for", elements[number].steps)
    for path, some in wanted.some_of.items() if extras.closed_lists else ():
        for elements in _lists_at(path, entity.values):
            for number, one in enumerate(elements):
                if not any(passes_all(tests, *one, entity, bound) for tests in some) and not _has(
                    gold, wanted.alias, path, one.value, bound
                ):
                    return Extra(f"{path}[{number}] was not asked for", one.steps)
    if gold is not None:
        for key, value in entity.values.items():
            is_read = key in wanted.entered and (isinstance(value, str | EncodedObject) or is_list(value))
            if (is_read or has_text_of_data(value)) and is_misshapen(value, [gold.values_of(wanted.alias).get(key)]):
                return Extra(f"{key} has another shape than what was asked for", (key,))
    places = None if gold is None else lambda: gold.places_of(wanted.alias)
    found = _unasked(entity, extras, (wanted.asked, wanted.above), bound, places)
    return _inner_extra(wanted, entity, extras, gold) if found is None and gold is not None else found


def _lists_at(path: str, values: Any) -> Iterator[list[_Element]]:
    """Yield the elements of each list that `path` reaches, be it a value or the content of a text."""
    for steps, found in find_places(values, path):
        elements = decoded(found) if isinstance(found, str) else found
        if is_list(elements):
            in_text = isinstance(reduce(getitem, steps, values), str)
            yield [_Element(one, steps if in_text else (*steps, number)) for number, one in enumerate(elements)]


def _has(gold: Gold | None, alias: str, path: str, element: Any, bound: Bound) -> bool:
    """Return whether the gold answer has the same element in this list."""
    lists = () if gold is None else _lists_at(path, gold.values_of(alias))
    return any(same(one.value, element, bound.domain.same_value) for elements in lists for one in elements)


def _inner_extra(wanted: Wanted, entity: Entity, extras: Extras, gold: Gold) -> Extra | None:
    """Return a list with more elements than in the gold answer, where clauses are met by any of them.

    These are lists within the elements of a list that `some` asks for, and lists that must refer to something.
    """
    referring = {names for names in wanted.referring if not extras.is_free(names, None)}
    for names in sorted(wanted.inner_lists | referring):
        number, most = (counted(values, names) for values in (entity.values, gold.values_of(wanted.alias)))
        if number > (max(most, 1) if names in referring else most):
            return Extra(f"{'.'.join(names)} has {number} elements, where {most} were asked for", ())
    return None


def find_unbound_extra(wanted: Sequence[Wanted], entity: Entity, bound: Bound, gold: Gold | None) -> Extra | None:
    """Return the first thing in an entity without an alias that is not asked of entities of its type, or None."""
    asked = _NO_NAMES.union(*(one.asked for one in wanted))
    above = _NO_NAMES.union(*(one.above for one in wanted))
    places = None if gold is None else lambda: gold.places_like(entity)
    return _unasked(entity, bound.domain.extras(entity), (asked, above), bound, places)


def _extra_elements(elements: Sequence[_Element], clauses: ListClauses, entity: Entity, bound: Bound) -> list[int]:
    """Return the numbers of elements that no clause is about, after those asked for by number.

    If one element meets all clauses about some element, any other that meets fewer is an extra. Otherwise the elements
    share the clauses: each must meet one and contradict none.
    """
    if len(elements) <= clauses.numbered:
        return []
    met = [_clauses_met(*element, clauses, entity, bound) for element in elements]
    shared = not any(all(each) for each in met)
    return [
        number
        for number, each in enumerate(met[clauses.numbered :], clauses.numbered)
        if not any(each) or (False in each if shared else not all(each))
    ]


def _clauses_met(element: Any, steps: Steps, clauses: ListClauses, entity: Entity, bound: Bound) -> list[bool | None]:
    """Return for each path within an element whether a clause about it is met; None if there is no value."""
    met: list[bool | None] = []
    for rest, tests in clauses.of_any.items():
        places = [(inner, value) for inner, value in find_places(element, rest) if value is not None]
        met.append(
            any(not refusal(test, value, (*steps, *inner), entity, bound) for test in tests for inner, value in places)
            if places
            else None
        )
    return met


def _unasked(
    entity: Entity,
    extras: Extras,
    known: tuple[frozenset[Names], frozenset[Names]],
    bound: Bound,
    gold_places: Callable[[], Places] | None,
) -> Extra | None:
    for names, steps, value in settings(entity.values, *known, extras.is_free):
        if gold_places is None or not is_among(value, gold_places().get(names, []), bound.domain.same_value):
            shown = value.text if isinstance(value, Expression) else show(value)
            return Extra(f"{'.'.join(names)} is {shown}, which nothing asked for", steps)
    return None


def is_asked(steps: Sequence[Step], wanted: Wanted) -> bool:
    """Return whether a clause is about this place, a part of it or what contains it, ignoring element numbers."""
    fields = tuple(step for step in steps if isinstance(step, str))
    return any(fields[: len(asked)] == asked[: len(fields)] for asked in wanted.fields)
