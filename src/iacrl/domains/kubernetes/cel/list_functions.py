"""The functions of lists, sets and optional values."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final

from iacrl.domains.kubernetes.cel.nodes import CelError
from iacrl.domains.kubernetes.cel.operators import has, plus
from iacrl.domains.kubernetes.cel.values import NONE, Optional, TypeValue


def _value(holder: Optional) -> Any:
    if holder is NONE:
        raise CelError("optional.none() dereference")
    return holder.value


def _ordered(choose: Callable[[Any], Any]) -> Callable[[list[Any]], Any]:
    def of(items: list[Any]) -> Any:
        if not items:
            raise CelError("called on an empty list")
        return choose(items)

    return of


def _sum(items: list[Any]) -> Any:
    total = items[0] if items else 0
    for each in items[1:]:
        total = plus(total, each)
    return total


def _flatten(items: list[Any], depth: int = 1) -> list[Any]:
    found: list[Any] = []
    for each in items:
        found += _flatten(each, depth - 1) if isinstance(each, list) and depth > 0 else [each]
    return found


def _distinct(items: list[Any]) -> list[Any]:
    found: list[Any] = []
    for each in items:
        if not has(each, found):
            found.append(each)
    return found


def _slice(items: list[Any], start: int, end: int) -> list[Any]:
    if not 0 <= start <= end <= len(items):
        raise CelError("slice out of range")
    return items[start:end]


def _size(value: Any) -> int:
    if not isinstance(value, str | bytes | list | dict) or isinstance(value, TypeValue):
        raise CelError("no such overload")
    return len(value)


def _range(count: int) -> list[int]:
    if count > 10**6:
        raise CelError("the range is too long")
    return list(range(count))


def _unwrap(items: list[Optional]) -> list[Any]:
    return [each.value for each in items if each is not NONE]


#: By name; a method takes what it is called on first.
LISTS: Final[dict[str, Callable[..., Any]]] = {
    "size": _size,
    "isSorted": lambda items: all(one <= other for one, other in pairwise(items)),
    "min": _ordered(min),
    "max": _ordered(max),
    "sum": _sum,
    "slice": _slice,
    "distinct": _distinct,
    "sort": sorted,
    "first": lambda items: Optional(items[0]) if items else NONE,
    "last": lambda items: Optional(items[-1]) if items else NONE,
    "flatten": _flatten,
    "lists.range": _range,
    "sets.contains": lambda one, other: all(has(each, one) for each in other),
    "sets.equivalent": lambda one, other: all(has(e, one) for e in other) and all(has(e, other) for e in one),
    "sets.intersects": lambda one, other: any(has(each, one) for each in other),
    "optional.of": Optional,
    "optional.ofNonZeroValue": lambda value: Optional(value) if value else NONE,
    "optional.none": lambda: NONE,
    "optional.unwrap": _unwrap,
    "unwrapOpt": _unwrap,
    "hasValue": lambda holder: holder is not NONE,
    "value": _value,
    "or": lambda holder, other: other if holder is NONE else holder,
    "orValue": lambda holder, other: other if holder is NONE else holder.value,
}
