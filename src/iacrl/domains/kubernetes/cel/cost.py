"""The cost of an expression, estimated only from the limits of its schema, as the API server does for custom kinds.

A string or list without a limit is as long as a request can be. If the size of a function's result is unknown, it
counts as infinite, and so does the cost of reading it.

Sources: https://kubernetes.io/docs/reference/using-api/cel/#estimated-cost-limits, cel-go's `checker/cost.go` and
`staging/src/k8s.io/apiserver/pkg/cel/library/cost.go`
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from iacrl.domains.kubernetes.cel.call_costs import BY_TYPE, LISTS, TRAVERSAL, UNKNOWN, Size, function_cost, times, up
from iacrl.domains.kubernetes.cel.checker import Checker
from iacrl.domains.kubernetes.cel.nodes import Node, dotted
from iacrl.domains.kubernetes.cel.schema_types import Shape
from iacrl.domains.kubernetes.cel.types import Type

#: The most that one rule may cost, times how often it is evaluated, and all rules of a definition together.
RULE_LIMIT: Final = 10_000_000
TOTAL_LIMIT: Final = 100_000_000
_EQUALITY: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
#: Types whose values have the size 1.
_SCALARS: Final = frozenset({"bool", "int", "uint", "double", "timestamp", "duration", "null"})
_UNTYPED: Final = frozenset({"any", "dyn"})
#: Types whose sum has a size.
_JOINED: Final = _UNTYPED | {"bytes", "list", "string"}
#: Types of Kubernetes' libraries. Comparing their values has a fixed cost since this release; before, no limit.
_OPAQUE: Final = frozenset({"cidr", "format", "ip", "quantity", "semver", "url"})
_OPAQUE_SINCE: Final = 32


class _Estimator:
    def __init__(self, checker: Checker, variables: Mapping[str, Shape], keys: int) -> None:
        self.types = checker.types
        self.minor = checker.minor
        self.keys = keys
        self.scopes: list[dict[str, Size]] = [{name: Size(shape.most, shape) for name, shape in variables.items()}]

    def kind(self, node: Node) -> Type:
        return self.types.get(id(node), ("dyn",))

    def visit(self, node: Node) -> tuple[float, Size]:
        """Return what a node costs, and its size."""
        cost, size = getattr(self, f"_{node.kind}")(node)
        return cost, size

    def _literal(self, node: Node) -> tuple[float, Size]:
        value = node.value.encode() if isinstance(node.value, str) else node.value
        return 0, Size(len(value) if isinstance(value, bytes) else 1)

    def _name(self, node: Node) -> tuple[float, Size]:
        for scope in reversed(self.scopes):
            if node.name in scope:
                return 1, scope[node.name]
        # A name of a type. The estimator of custom kinds takes its path for the root's.
        return 1, Size(1 if "self" in self.scopes[0] else UNKNOWN)

    def _select(self, node: Node) -> tuple[float, Size]:
        assert node.target is not None
        if self.kind(node)[0] == "type":  # such as google.protobuf.Timestamp
            return 1, self._name(node)[1]
        cost, size = self.visit(node.target)
        if node.value:  # an optional value has no place in the schema
            return cost + 1, Size(1 if self._is_scalar(node) else UNKNOWN)
        return cost + 1, _field(size.shape, node.name)

    def _test(self, node: Node) -> tuple[float, Size]:
        assert node.target is not None
        return self.visit(node.target)[0], Size(1)

    def _list(self, node: Node) -> tuple[float, Size]:
        visited = [self.visit(each) for each in node.parts]
        longest = max((size.most for _, size in visited), default=0)
        return 10 + sum(cost for cost, _ in visited), Size(len(node.parts), entry=longest)

    def _map(self, node: Node) -> tuple[float, Size]:
        visited = [self.visit(each) for each in node.parts]
        longest = max((size.most for _, size in visited[1::2]), default=0)
        return 30 + sum(cost for cost, _ in visited), Size(len(node.parts) // 2, entry=longest)

    def _struct(self, node: Node) -> tuple[float, Size]:
        return 40 + sum(self.visit(each)[0] for each in node.parts), Size(1)

    def _call(self, node: Node) -> tuple[float, Size]:
        name = node.name
        takes = list(node.parts)
        if node.target is not None:
            path = dotted(node.target)
            if id(node.target) in self.types:
                takes.insert(0, node.target)
            else:
                name = f"{path}.{name}"
        visited = [self.visit(each) for each in takes]
        before, sizes = sum(cost for cost, _ in visited), [size for _, size in visited]
        if name == "_?_:_":
            (condition, _), (yes, one), (no, other) = visited
            return condition + max(yes, no), Size(max(one.most, other.most), one.shape or other.shape)
        if name in {"&&", "||"}:
            return before, Size(1)
        own, size = self._function(name, takes, sizes)
        if size.most == BY_TYPE:
            size = Size(1 if self._is_scalar(node) else UNKNOWN)
        return before + own, size

    def _is_scalar(self, node: Node) -> bool:
        kind = self.kind(node)
        return kind[0] in _SCALARS or (kind[0] == "optional" and kind[1][0] in _SCALARS)

    def _function(self, name: str, takes: list[Node], sizes: list[Size]) -> tuple[float, Size]:
        """Return what a function costs without its arguments, and the size of its result."""
        most = [size.most for size in sizes]
        if name in _EQUALITY:
            if all(self._is_scalar(each) for each in takes):
                return 1, Size(1)
            if self.minor >= _OPAQUE_SINCE and self.kind(takes[0])[0] in _OPAQUE:
                return 1, Size(1)
            return max(1.0, up(min(most) * TRAVERSAL)), Size(1)
        if name == "join" and self.kind(takes[0])[0] in _UNTYPED:  # no type says that the items have a size
            total = times(max(most[0] - 1, 0), most[1]) if len(most) > 1 else 0
            return up(total * TRAVERSAL), Size(total)
        if name == "+" and all(self.kind(each)[0] in _JOINED for each in takes):
            total = most[0] + most[1]
            cost = 1.0 if self.kind(takes[0])[0] == "list" else up(total * TRAVERSAL)
            return cost, Size(total, sizes[0].shape)
        if name == "in":
            return (most[1] if self.kind(takes[1])[0] == "list" else 1), Size(1)
        if name in {"_[_]", "_[?_]"}:
            return 1, sizes[0].item
        if name in {"indexOf", "lastIndexOf", "isSorted", "max", "min", "sum"} and self.kind(takes[0])[0] == "list":
            return times(most[0], 1 + self._comparison(takes[0], sizes[0])), Size(UNKNOWN if name != "sum" else 1)
        if name == "dyn":
            return 1, sizes[0]
        if name == "ip" and self.kind(takes[0])[0] == "cidr":
            return 1, Size(UNKNOWN)
        if name == "string" and self.kind(takes[0])[0] in {"any", "bytes", "dyn"}:
            return up(most[0] * TRAVERSAL), Size(most[0])
        if name in {"containsIP", "containsCIDR"} and self.kind(takes[1])[0] in {"any", "dyn", "string"}:
            return up(most[1] * TRAVERSAL), Size(1)
        if name == "lists.range" and takes[0].kind == "literal":
            return 1, Size(takes[0].value)
        if name in {"split", "findAll", *LISTS}:
            cost, size = function_cost(name, most, sizes[0].shape)
            return cost, Size(size.most, sizes[0].shape if name in LISTS else None, max(most[0], 0))
        return function_cost(name, most, sizes[0].shape if sizes else None)

    def _comparison(self, holder: Node, size: Size) -> float:
        """Return what comparing one list item costs, without the step itself. Only the schema gives its length."""
        kind = self.kind(holder)
        if len(kind) < 2 or kind[1][0] not in {"string", "bytes"}:
            return 0
        inner = size.shape.item if size.shape is not None else None
        return up(inner.most * TRAVERSAL) if inner is not None else UNKNOWN

    def _macro(self, node: Node) -> tuple[float, Size]:
        assert node.target is not None
        before, size = self.visit(node.target)
        kind = self.kind(node.target)
        item = size.item
        if size.shape is None:  # the estimator of custom kinds takes the path of such an item for the root's
            item = self.scopes[0].get("self", item)
        if node.name in {"optMap", "optFlatMap", "bind"}:
            held = size if node.name == "bind" else Size(UNKNOWN)  # an optional hides the length of its value
            return before + self._scoped(node, [held])[0] + 2, Size(UNKNOWN)
        key = Size(self.keys) if kind[0] == "map" else Size(1)
        first = key if kind[0] == "map" else item
        variables = [key, item] if len(node.value) > 1 else [first]
        inside, made = self._scoped(node, variables)
        steps = {"all": 3, "exists": 4, "exists_one": 3, "existsOne": 3, "filter": 12, "map": 12}.get(node.name, 12)
        # A new list has no place in the schema: only the sizes of its items are known.
        result = Size(size.most, entry=first.most if node.name == "filter" else made)
        return before + times(size.most, inside + steps) + 1, result

    def _scoped(self, node: Node, variables: list[Size]) -> tuple[float, float]:
        """Return what the parts of a macro cost, and the maximum length of the last one's value."""
        self.scopes.append(dict(zip(node.value, variables, strict=True)))
        visited = [self.visit(each) for each in node.parts]
        self.scopes.pop()
        return sum(cost for cost, _ in visited), visited[-1][1].most


def _field(shape: Shape | None, name: str) -> Size:
    if shape is None:
        return Size(UNKNOWN)
    inner = shape.fields.get(name) or (shape.item if shape.type[0] == "map" else None)
    return Size(UNKNOWN) if inner is None else Size(inner.most, inner)


def estimate(node: Node, checker: Checker, variables: Mapping[str, Shape], keys: int = 0) -> float:
    """Return the most that evaluating a checked expression can cost.

    Args:
        node: The expression.
        checker: The checker that checked it.
        variables: The schema place of each variable.
        keys: The maximum length of a map key. For custom kinds it is 0: the server reads no limit from its type of
            keys.
    """
    return _Estimator(checker, variables, keys).visit(node)[0]
