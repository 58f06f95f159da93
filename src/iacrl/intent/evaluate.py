"""Evaluating one test of an intent at one path of an entity."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from iacrl.domains.document import Entity, Expression
from iacrl.domains.kubernetes.quantities import parse_quantity
from iacrl.domains.kubernetes.rules import names_labels
from iacrl.intent.networks import parse_network
from iacrl.intent.places import find_places
from iacrl.intent.references import refers_to
from iacrl.intent.value_tests import ValueTest, show

Steps = tuple[str | int, ...]


class Bound(NamedTuple):
    """What a test may look up: the entities that aliases stand for, and all entities of the document."""

    chosen: Mapping[str, Entity]
    entities: Sequence[Entity]


class Finding(NamedTuple):
    """Whether a test is met; if not, why; and the steps of the value that decided, None when there is none."""

    met: bool
    reason: str
    steps: Steps | None


def evaluate(test: ValueTest, path: str, entity: Entity, bound: Bound) -> Finding:
    """Evaluate `test` at `path`. Where the path reaches several places, one that passes is enough."""
    places = [found for found in find_places(entity.values, path) if found[1] is not None]
    checks = test.wanted
    if test.absent:
        if places:
            return Finding(False, f"{path} is set", places[0][0])
        if not checks:
            return Finding(True, "", None)
    if not places:
        return Finding(False, f"{path} is not set", None)
    reason = ""
    for steps, value in places:
        reason = refusal(checks, value, steps, entity, bound)
        if not reason:
            return Finding(True, "", steps)
    return Finding(False, reason, places[0][0])


def refusal(checks: Mapping[str, Any], value: Any, steps: Steps, entity: Entity, bound: Bound) -> str:
    """Return why `value`, at `steps` of `entity`, fails the checks; an empty string where it passes them."""
    loose = entity.category != "object"
    for name, argument in checks.items():
        predicate = _PREDICATES.get(name)
        if predicate is not None:
            if isinstance(value, Expression):
                return f"{value.text} is not known from the text alone"
            if not predicate(value, argument, loose):
                return f"it is {show(value)}"
        elif name == "refers_to":
            met = refers_to(value, bound.chosen.get(argument), checks.get("by"), entity, steps, bound.entities)
            if not met:
                return f"{_found(value)} does not refer to {argument}"
        elif name == "selects":
            if not selects(value, bound.chosen.get(argument)):
                return f"{_found(value)} does not select {argument}"
        elif name == "some":
            if not _some(argument, value, steps, entity, bound):
                return "no element is as asked"
        elif name == "code" and "".join(_source(value).split()) not in argument:
            return f"it is {_source(value)}"
    return ""


def _found(value: Any) -> str:
    return value.text if isinstance(value, Expression) else show(value)


def _source(value: Any) -> str:
    return value.text if isinstance(value, Expression) else str(value)


def same(value: Any, expected: Any, loose: bool) -> bool:
    """Return whether two plain values are equal; `loose` converts between strings, numbers and booleans.

    Terraform converts `"80"` to 80 and `"true"` to true wherever the schema wants it, so neither spelling is wrong.
    """
    if type(value) is str and type(expected) is str:  # nearly always
        return value == expected
    if isinstance(value, Mapping) and isinstance(expected, Mapping):
        return set(value) == set(expected) and all(same(value[key], expected[key], loose) for key in expected)
    if is_list(value) and is_list(expected):
        return len(value) == len(expected) and all(
            same(one, other, loose) for one, other in zip(value, expected, strict=True)
        )
    if isinstance(value, bool) or isinstance(expected, bool):
        return value is expected or (loose and _spelled(value) == _spelled(expected))
    if isinstance(value, int | float) and isinstance(expected, int | float):
        return value == expected
    if loose and isinstance(value, str | int | float) and isinstance(expected, str | int | float):
        return _spelled(value) == _spelled(expected)
    return type(value) is type(expected) and bool(value == expected)


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def is_list(value: Any) -> bool:
    """Return whether a value is a list of any type."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _at_least(value: Any, bound: float, loose: bool) -> bool:
    number = _number(value)
    return number is not None and number >= bound


def _at_most(value: Any, bound: float, loose: bool) -> bool:
    number = _number(value)
    return number is not None and number <= bound


def _cidr(value: Any, expected: str, loose: bool) -> bool:
    network = parse_network(value)
    return network is not None and network == parse_network(expected)


def _quantity(value: Any, expected: Any, loose: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    size = parse_quantity(value)
    return size is not None and size == parse_quantity(expected)


def _json(value: Any, expected: Any, loose: bool) -> bool:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return False
    return same(value, expected, loose=False)


def _items(value: Any, expected: Sequence[Any], loose: bool) -> bool:
    return is_list(value) and len(value) == len(expected) and _includes(value, expected, loose)


def _includes(value: Any, expected: Any, loose: bool) -> bool:
    if isinstance(expected, Mapping):
        return isinstance(value, Mapping) and all(
            key in value and same(value[key], wanted, loose) for key, wanted in expected.items()
        )
    if not is_list(value):
        return False
    left = list(value)
    for wanted in expected:
        position = next((n for n, item in enumerate(left) if same(item, wanted, loose)), None)
        if position is None:
            return False
        del left[position]
    return True


def _some(tests: Sequence[tuple[str, ValueTest]], value: Any, steps: Steps, entity: Entity, bound: Bound) -> bool:
    elements = enumerate(value) if is_list(value) else [(None, value)]
    return any(
        all(_passes(test, path, element, steps if n is None else (*steps, n), entity, bound) for path, test in tests)
        for n, element in elements
    )


def _passes(test: ValueTest, path: str, element: Any, steps: Steps, entity: Entity, bound: Bound) -> bool:
    places = [(inner, value) for inner, value in find_places(element, path) if value is not None]
    if test.absent:
        return not places
    return any(not refusal(test.wanted, value, (*steps, *inner), entity, bound) for inner, value in places)


def selects(value: Any, target: Entity | None) -> bool:
    """Return whether a selector (plain labels or not) selects the pods of `target`; an empty one is no answer."""
    if target is None or not isinstance(value, Mapping) or not value:
        return False
    labels, expressions = value.get("matchLabels"), value.get("matchExpressions")
    if not isinstance(labels, Mapping) and not is_list(expressions):
        labels = value
    template = next((found for _, found in find_places(target.values, "spec.template.metadata.labels")), None)
    carried = (
        template if template is not None else next((v for _, v in find_places(target.values, "metadata.labels")), {})
    )
    return (
        bool(labels or expressions)
        and isinstance(carried, Mapping)
        and (not labels or _includes(carried, labels, False))
        and names_labels.selects({"matchExpressions": expressions}, carried)
    )


_PREDICATES: dict[str, Callable[[Any, Any, bool], bool]] = {
    "equals": same,
    "one_of": lambda value, options, loose: any(same(value, option, loose) for option in options),
    "matches": lambda value, pattern, loose: isinstance(value, str) and pattern.search(value) is not None,
    "at_least": _at_least,
    "at_most": _at_most,
    "cidr": _cidr,
    "quantity": _quantity,
    "json": _json,
    "items": _items,
    "length": lambda value, expected, loose: is_list(value) and len(value) == expected,
    "includes": _includes,
}
