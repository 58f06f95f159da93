"""Clauses about one element of a list, which the same element must meet.

`containers[*].name` and `containers[*].image` are about one container: the one that meets the most clauses. What
another element meets does not count, just as another entity does not count for an alias.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from iacrl.domains.base import Bound
from iacrl.domains.document import Entity
from iacrl.domains.paths import Steps
from iacrl.intent.evaluate import Evaluated, evaluate_at
from iacrl.intent.language import Wanted
from iacrl.intent.places import find_places
from iacrl.intent.value_tests import ValueTest

_EVERY = "[*]"


class _Asked(NamedTuple):
    """A clause: its number, the path to follow from here, and the test for the value there."""

    number: int
    path: str
    test: ValueTest


def evaluate_together(wanted: Wanted, entity: Entity, bound: Bound) -> list[Evaluated]:
    """Evaluate every test of `wanted` on an entity, in order."""
    if not wanted.speaks_of_elements:
        return [evaluate_at(test, path, entity.values, (), entity, bound) for path, test in wanted.tests]
    asked = [_Asked(number, path, test) for number, (path, test) in enumerate(wanted.tests)]
    found = _evaluate(asked, entity.values, (), entity, bound)
    return [found[number] for number in range(len(asked))]


def _evaluate(asked: Sequence[_Asked], values: Any, at: Steps, entity: Entity, bound: Bound) -> dict[int, Evaluated]:
    found: dict[int, Evaluated] = {}
    lists: dict[str, list[_Asked]] = {}
    for one in asked:
        before, star, rest = one.path.partition(_EVERY)
        if star and rest and not one.test.absent:
            lists.setdefault(before, []).append(one)
        else:
            found[one.number] = evaluate_at(one.test, one.path, values, at, entity, bound)
    for before, clauses in lists.items():
        for group in _by_element(clauses, bound.domain.alternatives):
            found |= _of_one_element(before, group, values, at, entity, bound)
    return found


def _by_element(clauses: Sequence[_Asked], alternatives: Collection[str]) -> Iterable[Sequence[_Asked]]:
    """Return the clauses about one list, grouped by element.

    All are about the same element, unless they ask for fields that exclude each other.
    """
    by_field: dict[str, list[_Asked]] = {}
    for one in clauses:
        field = re.split(r"[.\[]", one.path.partition(_EVERY)[2].removeprefix("."), maxsplit=1)[0]
        by_field.setdefault(field if field in alternatives else "", []).append(one)
    return by_field.values() if len(by_field.keys() - {""}) > 1 else (clauses,)


def _of_one_element(
    before: str, group: Sequence[_Asked], values: Any, at: Steps, entity: Entity, bound: Bound
) -> Mapping[int, Evaluated]:
    """Return the findings of the clauses on the element that meets most of them."""
    elements = list(find_places(values, before + _EVERY)) if len(group) > 1 else []
    if len(elements) < 2:
        return {one.number: evaluate_at(one.test, one.path, values, at, entity, bound) for one in group}
    within = [one._replace(path=one.path.partition(_EVERY)[2].removeprefix(".")) for one in group]
    tried = [_evaluate(within, element, (*at, *steps), entity, bound) for steps, element in elements]
    return max(tried, key=lambda findings: sum(finding.met for finding in findings.values()))
