"""What calling a function costs, and how large its result is, estimated from the sizes of its arguments.

Sources: cel-go's `checker/cost.go` and `staging/src/k8s.io/apiserver/pkg/cel/library/cost.go`
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from iacrl.domains.kubernetes.cel.schema_types import Shape

#: A size without a limit.
UNKNOWN: Final = math.inf
#: In place of a result's size: one value, or a size without a limit, depending on its type.
BY_TYPE: Final = -1
#: The cost of reading a character or an item.
TRAVERSAL: Final = 0.1
_EXPRESSION: Final = 0.25
_BYTES_A_CHARACTER: Final = 4
#: The largest regular expression of a named format.
_LARGEST_FORMAT: Final = 128
#: Functions whose cost and result are as large as their target.
_COPIES: Final = frozenset({"lowerAscii", "upperAscii", "substring", "trim", "strings.quote"})
_READS: Final = frozenset(
    {"url", "isIP", "ip", "isCIDR", "cidr", "isQuantity", "quantity", "ip.isCanonical", "isSemver", "semver"}
)
#: Functions that make a list from another list's items.
LISTS: Final = frozenset({"distinct", "reverse", "slice", "sort"})
_SEARCHES: Final = frozenset({"indexOf", "lastIndexOf"})


class Size(NamedTuple):
    """The size of a node: its maximum length, its place in the schema, and the length of items made for it."""

    most: float
    shape: Shape | None = None
    entry: float = math.inf

    @property
    def item(self) -> Size:
        """The size of its items."""
        inner = self.shape.item if self.shape is not None else None
        return Size(self.entry) if inner is None else Size(inner.most, inner)


def function_cost(name: str, most: list[float], shape: Shape | None) -> tuple[float, Size]:
    """Return what a library's function costs, and the size of its result."""
    first = most[0] if most else 0
    if name == "join" and shape is not None and shape.item is not None:
        return times(first, max(1.0, up(shape.item.most * TRAVERSAL))), Size(shape.item.most, shape.item)
    if name == "join":
        return times(first, UNKNOWN), Size(times(first, UNKNOWN))
    if name == "bytes":
        return up(first * TRAVERSAL), Size(first * _BYTES_A_CHARACTER)
    if name in _COPIES:
        return up(first * TRAVERSAL), Size(first)
    if name in _READS:
        return up(first * TRAVERSAL), Size(BY_TYPE)
    if name in {"distinct", "slice", "sort"}:
        return up(first * TRAVERSAL), Size(first, shape)
    if name in {"startsWith", "endsWith"}:
        return up(most[1] * TRAVERSAL), Size(1)
    if name == "contains":
        return times(up(first * TRAVERSAL), up(most[1] * TRAVERSAL)), Size(1)
    if name in _SEARCHES:
        return up(first * TRAVERSAL), Size(1)
    if name in {"matches", "find", "findAll"}:
        cost = times(up((first + 1) * TRAVERSAL), up(most[1] * _EXPRESSION))
        return cost, Size(first)
    if name == "validate":
        return times(up(most[1] * TRAVERSAL), up(_LARGEST_FORMAT * _EXPRESSION)), Size(UNKNOWN)
    if name == "replace":
        factor = times(first, most[2]) if most[1] <= 1 else max(first, times(first, most[2]))
        return up(first * 2 * TRAVERSAL), Size(factor)
    if name == "split":
        return up(first * TRAVERSAL), Size(first)
    if name == "format":
        return up(first * TRAVERSAL), Size(UNKNOWN)
    if name in {"sets.contains", "sets.intersects"}:
        return times(first, most[1]), Size(1)
    if name == "sets.equivalent":
        return 2 * times(first, most[1]), Size(1)
    return 1, Size(first, shape) if name == "reverse" else Size(BY_TYPE)


def up(value: float) -> float:
    """Round up a finite number."""
    return value if math.isinf(value) else math.ceil(value)


def times(one: float, other: float) -> float:
    """Multiply; zero times infinity is zero."""
    return 0.0 if one == 0 or other == 0 else one * other
