"""The tests of values that intents about Kubernetes have beside the general ones.

quantity      a quantity of the same size: `1Gi` is `1024Mi`, `500m` is `0.5`
selects       a label selector that the pods (or the pod template) of that alias carry
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iacrl.domains.base import Bound, DomainTest
from iacrl.domains.kubernetes.intent.selectors import selects
from iacrl.domains.kubernetes.quantities import parse_quantity
from iacrl.errors import UserError


def _read_quantity(name: str, argument: Any) -> Any:
    if not isinstance(argument, str | int | float) or parse_quantity(argument) is None:
        raise UserError(f'{name!r} is {argument!r}: expected a quantity such as "500m" or "1Gi".')
    return argument


def _has_size(value: Any, expected: Any, bound: Bound) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    size = parse_quantity(value)
    return size is not None and size == parse_quantity(expected)


def _selects(value: Any, alias: str, bound: Bound) -> bool:
    target = bound.chosen.get(alias)
    return target is not None and selects(value, target)


QUANTITY = DomainTest(_has_size, _read_quantity)
_SELECTS = DomainTest(_selects, fault="{value} does not select {argument}", of_alias=True)

VALUE_TESTS: Mapping[str, DomainTest] = {"quantity": QUANTITY, "selects": _SELECTS}
