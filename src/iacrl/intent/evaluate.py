"""Evaluates one test of an intent at one path of an entity."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from iacrl.domains.base import Bound
from iacrl.domains.document import Entity, Expression
from iacrl.domains.meaning import Flow
from iacrl.domains.paths import Steps
from iacrl.effort import TooMuchError
from iacrl.intent.json_text import json_difference
from iacrl.intent.networks import parse_network
from iacrl.intent.places import find_places
from iacrl.intent.value_tests import ElementTests, ValueTest, show

_SPLAT = re.compile(r"\[\*\]|\.\*\.")
#: Whether two plain scalars are the same in a domain.
SameValue = Callable[[Any, Any], bool]


class Evaluated(NamedTuple):
    """Whether a test is met; if not, why; and the steps of the deciding value, None if there is none."""

    met: bool
    reason: str
    steps: Steps | None


def evaluate(test: ValueTest, path: str, entity: Entity, bound: Bound) -> Evaluated:
    """Evaluate `test` at `path` of an entity. If the path reaches several places, one that passes is enough."""
    return evaluate_at(test, path, entity.values, (), entity, bound)


def evaluate_at(test: ValueTest, path: str, values: Any, at: Steps, entity: Entity, bound: Bound) -> Evaluated:
    """Evaluate `test` at `path` of a part of an entity: `values`, at the steps `at`."""
    places = [found for found in find_places(values, path) if found[1] is not None]
    if at:
        places = [((*at, *steps), value) for steps, value in places]
    if test.absent:
        if places:
            return Evaluated(False, f"{path} is set", places[0][0])
        if not test.wanted:
            return Evaluated(True, "", None)
    if not places:
        return Evaluated(False, f"{path} is not set", None)
    reason = ""
    for steps, value in places:
        reason = refusal(test, value, steps, entity, bound)
        if not reason:
            return Evaluated(True, "", steps)
    return Evaluated(False, reason, places[0][0])


def refusal(test: ValueTest, value: Any, steps: Steps, entity: Entity, bound: Bound) -> str:
    """Return why `value`, at `steps` of `entity`, fails the test; an empty string if it passes."""
    for name, argument in test.wanted.items():
        predicate = _PREDICATES.get(name)
        if predicate is not None:
            try:
                holds = not isinstance(value, Expression) and predicate(value, argument, bound.domain.same_value)
            except TooMuchError:
                return f"whether {show(value)} matches takes too long to find out"
            if not holds:
                is_json = name == "json" and not isinstance(value, Expression)
                return json_difference(value, argument) if is_json else _unlike(value)
        elif name == "scalar":
            if is_list(value) or isinstance(value, Mapping) or is_splat(value):
                return f"{_found(value)} is not one value"
        elif name == "refers_to":
            if not _refers(value, argument, test.wanted.get("by"), steps, entity, bound):
                return f"{_found(value)} does not refer to {argument}"
        elif name == "some":
            if not _some(argument, value, steps, entity, bound):
                return "no element is as asked"
        elif name in test.own and not test.own[name].holds(value, argument, bound):
            fault = test.own[name].fault
            return fault.format(value=_found(value), argument=argument) if fault else _unlike(value)
    return ""


def is_splat(value: Any) -> bool:
    """Return whether a value is an expression that gives a list, also of one resource: `aws_subnet.a[*].id`."""
    return isinstance(value, Expression) and _SPLAT.search(value.text) is not None


def _unlike(value: Any) -> str:
    known = not isinstance(value, Expression)
    return f"it is {show(value)}" if known else f"{value.text} is not known from the text alone"


def _found(value: Any) -> str:
    return value.text if isinstance(value, Expression) else show(value)


def _refers(value: Any, alias: str, by: Sequence[str] | None, steps: Steps, entity: Entity, bound: Bound) -> bool:
    target = bound.chosen.get(alias)
    return target is not None and bound.domain.flows(Flow(value, entity, steps, target, by, bound.entities))


def same(value: Any, expected: Any, same_value: SameValue) -> bool:
    """Return whether two plain values are equal; scalars are compared by `same_value`."""
    if type(value) is str and type(expected) is str:  # nearly always
        return value == expected
    if isinstance(value, Mapping) and isinstance(expected, Mapping):
        return set(value) == set(expected) and all(same(value[key], expected[key], same_value) for key in expected)
    if is_list(value) and is_list(expected):
        return len(value) == len(expected) and all(
            same(one, other, same_value) for one, other in zip(value, expected, strict=True)
        )
    return same_value(value, expected)


def is_list(value: Any) -> bool:
    """Return whether a value is a list of any type."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):  # hundreds of digits
        return None


def _at_least(value: Any, bound: float, same_value: SameValue) -> bool:
    number = _number(value)
    return number is not None and number >= bound


def _at_most(value: Any, bound: float, same_value: SameValue) -> bool:
    number = _number(value)
    return number is not None and number <= bound


def _cidr(value: Any, expected: str, same_value: SameValue) -> bool:
    network = parse_network(value)
    return network is not None and network == parse_network(expected)


def _items(value: Any, expected: Sequence[Any], same_value: SameValue) -> bool:
    return is_list(value) and len(value) == len(expected) and _includes(value, expected, same_value)


def _includes(value: Any, expected: Any, same_value: SameValue) -> bool:
    if isinstance(expected, Mapping):
        return isinstance(value, Mapping) and all(
            key in value and same(value[key], wanted, same_value) for key, wanted in expected.items()
        )
    if not is_list(value):
        return False
    left = list(value)
    for wanted in expected:
        position = next((n for n, item in enumerate(left) if same(item, wanted, same_value)), None)
        if position is None:
            return False
        del left[position]
    return True


def _some(tests: ElementTests, value: Any, steps: Steps, entity: Entity, bound: Bound) -> bool:
    elements = enumerate(value) if is_list(value) else [(None, value)]
    return any(passes_all(tests, one, steps if n is None else (*steps, n), entity, bound) for n, one in elements)


def passes_all(tests: ElementTests, element: Any, steps: Steps, entity: Entity, bound: Bound) -> bool:
    """Return whether an element at `steps` passes all tests of a `some`."""
    return all(_passes(test, path, element, steps, entity, bound) for path, test in tests)


def _passes(test: ValueTest, path: str, element: Any, steps: Steps, entity: Entity, bound: Bound) -> bool:
    places = [(inner, value) for inner, value in find_places(element, path) if value is not None]
    if test.absent:
        return not places
    return any(not refusal(test, value, (*steps, *inner), entity, bound) for inner, value in places)


_PREDICATES: dict[str, Callable[[Any, Any, SameValue], bool]] = {
    "equals": same,
    "one_of": lambda value, options, same_value: any(same(value, option, same_value) for option in options),
    "matches": lambda value, pattern, same_value: pattern.finds_in(value),
    "at_least": _at_least,
    "at_most": _at_most,
    "cidr": _cidr,
    "json": lambda value, expected, same_value: not json_difference(value, expected),
    "items": _items,
    "keys": lambda value, keys, same_value: isinstance(value, Mapping) and {*value} == {*keys},
    "length": lambda value, expected, same_value: is_list(value) and len(value) == expected,
    "includes": _includes,
}
