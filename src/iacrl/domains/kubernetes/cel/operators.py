"""Operators on values, as CEL defines them: numbers keep their type and have 64 bits."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from iacrl.domains.kubernetes.cel.nodes import CelError, Uint
from iacrl.domains.kubernetes.cel.times import Duration
from iacrl.domains.kubernetes.cel.values import NONE, Optional


def equal(one: Any, other: Any) -> bool:
    """Return whether two values are equal: numbers by value, others only within their type."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, Optional) and isinstance(other, Optional):
        return (one is NONE) is (other is NONE) and equal(one.value, other.value)
    return bool(one == other)


def kept(value: Any, like: Any) -> Any:
    """Return an integer with the type of its operands; one that does not fit into 64 bits is an error."""
    if isinstance(value, float):
        return value
    if isinstance(like, Uint):
        if not 0 <= value < 2**64:
            raise CelError("unsigned integer overflow")
        return Uint(value)
    if not -(2**63) <= value < 2**63:
        raise CelError("integer overflow")
    return Duration(value) if isinstance(like, Duration) else int(value)


def _same(one: Any, other: Any) -> None:
    if type(one) is not type(other) or isinstance(one, bool):
        raise CelError("no such overload")


def plus(one: Any, other: Any) -> Any:
    """Add numbers, times and spans; join texts and lists.

    Raises:
        CelError: They are of different types, or the sum does not fit.
    """
    if isinstance(one, datetime) or isinstance(other, datetime):
        moment, span = (one, other) if isinstance(one, datetime) else (other, one)
        return moment + timedelta(microseconds=span // 1000)
    _same(one, other)
    if isinstance(one, str | bytes | list):
        return one + other
    return kept(one + other, one)


def _minus(one: Any, other: Any) -> Any:
    if isinstance(one, datetime):
        if isinstance(other, datetime):
            return Duration(round((one - other) / timedelta(microseconds=1)) * 1000)
        return one - timedelta(microseconds=other // 1000)
    _same(one, other)
    return kept(one - other, one)


def _times(one: Any, other: Any) -> Any:
    _same(one, other)
    return kept(one * other, one)


def _over(one: Any, other: Any) -> Any:
    _same(one, other)
    if isinstance(one, float):
        if other == 0:
            return math.nan if one == 0 or math.isnan(one) else math.copysign(math.inf, one) * math.copysign(1, other)
        return one / other
    if other == 0:
        raise CelError("division by zero")
    whole = abs(one) // abs(other)
    return kept(whole if (one < 0) is (other < 0) else -whole, one)


def _modulo(one: Any, other: Any) -> Any:
    _same(one, other)
    if other == 0:
        raise CelError("modulus by zero")
    rest = abs(one) % abs(other)
    return kept(-rest if one < 0 else rest, one)


def _compared(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(one: Any, other: Any) -> bool:
        numbers = isinstance(one, int | float) and isinstance(other, int | float)
        mixed = isinstance(one, bool) is not isinstance(other, bool)
        if mixed or (not numbers and type(one) is not type(other)):
            raise CelError("no such overload")
        return test(one, other)

    return compare


def has(item: Any, holder: Any) -> bool:
    """Return whether a map has a key, or a list an item.

    Raises:
        CelError: It is neither.
    """
    if isinstance(holder, dict):
        return item in holder
    if not isinstance(holder, list):
        raise CelError("no such overload")
    return any(equal(item, each) for each in holder)


def _index(holder: Any, key: Any) -> Any:
    if isinstance(holder, Optional):
        return _index_optional(holder, key)
    if isinstance(holder, dict):
        if key not in holder:
            raise CelError(f"no such key: {key}")
        return holder[key]
    if not isinstance(holder, list) or isinstance(key, bool) or not isinstance(key, int | float):
        raise CelError("no such overload")
    if not 0 <= key < len(holder) or key != int(key):
        raise CelError(f"index out of bounds: {key}")
    return holder[int(key)]


def _index_optional(holder: Any, key: Any) -> Optional:
    inner: Any = holder.value if isinstance(holder, Optional) else holder
    if isinstance(inner, dict) and key in inner:
        return Optional(inner[key])
    if isinstance(inner, list) and 0 <= key < len(inner):
        return Optional(inner[key])
    return NONE


#: By the name that the parser gives a call.
OPERATORS: Final[dict[str, Callable[..., Any]]] = {
    "==": equal,
    "!=": lambda one, other: not equal(one, other),
    "<": _compared(lambda one, other: one < other),
    "<=": _compared(lambda one, other: one <= other),
    ">": _compared(lambda one, other: one > other),
    ">=": _compared(lambda one, other: one >= other),
    "+": plus,
    "-": _minus,
    "*": _times,
    "/": _over,
    "%": _modulo,
    "-_": lambda value: kept(-value, value),
    "!_": lambda value: not value,
    "in": has,
    "_[_]": _index,
    "_[?_]": _index_optional,
}
