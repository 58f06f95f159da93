"""Evaluates a checked expression. A failure raises CelError; in the API server it fails the rule.

Values are Python's own: an int is an int, a `Uint` a uint, a `Fraction` a quantity, and an object or map a dict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from iacrl.domains.kubernetes.cel.call_signatures import NAMESPACES
from iacrl.domains.kubernetes.cel.checker import TYPE_NAMES
from iacrl.domains.kubernetes.cel.functions import FUNCTIONS
from iacrl.domains.kubernetes.cel.nodes import CelError, Node, dotted
from iacrl.domains.kubernetes.cel.values import NONE, Optional, TypeValue
from iacrl.effort import TooMuchError, current_effort

#: The most steps: the API server has its own limit, which is lower in most cases.
_MOST: Final = 1_000_000

Scope = Mapping[str, Any]


def evaluate(node: Node, variables: Scope) -> Any:
    """Return the value of an expression.

    Raises:
        CelError: It has no value: a key is missing, or a function refuses an argument.
        CostlyError: It costs more than the server allows.
        TooMuchError: It takes too much to find out.
    """
    effort = current_effort()
    evaluator = _Evaluator(min(_MOST, effort.steps))
    try:
        return evaluator.value(node, variables)
    except (RecursionError, OverflowError) as error:
        raise CelError(str(error)) from None
    finally:
        effort.steps -= evaluator.steps


class _Evaluator:
    def __init__(self, most: int) -> None:
        self.steps = 0
        self._most = most

    def value(self, node: Node, scope: Scope) -> Any:
        self.steps += 1
        if self.steps > self._most:
            raise TooMuchError
        return _KINDS[node.kind](self, node, scope)

    def name(self, node: Node, scope: Scope) -> Any:
        if node.name in scope:
            return scope[node.name]
        if node.name in TYPE_NAMES:
            return TypeValue(node.name)
        raise CelError(f"no such variable: {node.name}")

    def select(self, node: Node, scope: Scope) -> Any:
        path = dotted(node)
        if path in {"google.protobuf.Timestamp", "google.protobuf.Duration"}:
            return TypeValue(path)
        assert node.target is not None
        target = self.value(node.target, scope)
        if isinstance(target, Optional) or node.value:
            inner = target.value if isinstance(target, Optional) else target
            if isinstance(target, Optional) and target is NONE:
                return NONE
            return Optional(inner[node.name]) if isinstance(inner, dict) and node.name in inner else NONE
        if not isinstance(target, dict):
            raise CelError("no such overload")
        if node.name not in target:
            raise CelError(f"no such key: {node.name}")
        return target[node.name]

    def test(self, node: Node, scope: Scope) -> bool:
        assert node.target is not None
        target = self.value(node.target, scope)
        if isinstance(target, Optional):
            target = target.value
        return isinstance(target, dict) and node.name in target

    def listed(self, node: Node, scope: Scope) -> list[Any]:
        found = []
        for part, optional in zip(node.parts, node.value, strict=True):
            value = self.value(part, scope)
            if not optional:
                found.append(value)
            elif value is not NONE:
                found.append(value.value)
        return found

    def mapped(self, node: Node, scope: Scope) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key, part, optional in zip(node.parts[::2], node.parts[1::2], node.value, strict=True):
            name, value = self.value(key, scope), self.value(part, scope)
            if optional and value is NONE:
                continue
            if name in found:
                raise CelError(f"the key {name!r} is repeated")
            found[name] = value.value if optional else value
        return found

    def call(self, node: Node, scope: Scope) -> Any:
        name, parts = node.name, node.parts
        if name in {"&&", "||"}:
            return self.decided(name == "||", ((part, scope) for part in parts))
        if name == "_?_:_":
            condition = self.value(parts[0], scope)
            if not isinstance(condition, bool):
                raise CelError("no such overload")
            return self.value(parts[1] if condition else parts[2], scope)
        takes: list[Any] = []
        if node.target is not None:
            path = dotted(node.target)
            if path in NAMESPACES and path not in scope:
                name = f"{path}.{name}"
            else:
                takes.append(self.value(node.target, scope))
        takes += [self.value(part, scope) for part in parts]
        self.steps += sum(len(each) // 10 for each in takes if isinstance(each, str | list | dict))
        function = FUNCTIONS.get(name)
        if function is None and name.startswith("format."):
            function = FUNCTIONS["format.?"]
            takes = [name.partition(".")[2]]
        if function is None:
            raise CelError(f"no such function: {name}")
        try:
            return function(*takes)
        except (TypeError, ValueError, AttributeError, IndexError, KeyError) as error:
            raise CelError(f"no such overload: {error}") from None

    def decided(self, ends: bool, tests: Iterable[tuple[Node, Scope]]) -> bool:
        """Evaluate `&&`, `||`, `all()` or `exists()`: an error counts only where no other part decides."""
        problem: CelError | None = None
        for part, scope in tests:
            try:
                if self.truth(part, scope) is ends:
                    return ends
            except CelError as error:
                problem = error
        if problem is not None:
            raise problem
        return not ends

    def macro(self, node: Node, scope: Scope) -> Any:
        assert node.target is not None
        target = self.value(node.target, scope)
        if node.name == "bind":
            return self.value(node.parts[0], {**scope, node.value[0]: target})
        if node.name in {"optMap", "optFlatMap"}:
            if target is NONE:
                return NONE
            found = self.value(node.parts[0], {**scope, node.value[0]: target.value})
            return Optional(found) if node.name == "optMap" else found
        if not isinstance(target, list | dict):
            raise CelError("no such overload")
        if len(node.value) > 1:
            pairs: list[Any] = list(target.items()) if isinstance(target, dict) else list(enumerate(target))
        else:
            pairs = [(each,) for each in target]
        scopes = [{**scope, **dict(zip(node.value, pair, strict=True))} for pair in pairs]
        return self.comprehended(node, pairs, scopes)

    def comprehended(self, node: Node, pairs: list[Any], scopes: list[dict[str, Any]]) -> Any:
        name, parts = node.name, node.parts
        if name in {"all", "exists"}:
            return self.decided(name == "exists", ((parts[0], each) for each in scopes))
        if name in {"exists_one", "existsOne"}:
            return sum(self.truth(parts[0], each) for each in scopes) == 1
        if name == "sortBy":
            keyed = [(self.value(parts[0], each), pair[0]) for pair, each in zip(pairs, scopes, strict=True)]
            return [item for _, item in sorted(keyed, key=lambda entry: entry[0])]
        if name == "filter":
            return [pair[0] for pair, each in zip(pairs, scopes, strict=True) if self.truth(parts[0], each)]
        kept = [
            (pair, each)
            for pair, each in zip(pairs, scopes, strict=True)
            if len(parts) == 1 or self.truth(parts[0], each)
        ]
        made = [(pair[0], self.value(parts[-1], each)) for pair, each in kept]
        if name == "transformMap":
            return dict(made)
        if name == "transformMapEntry":
            entries: dict[Any, Any] = {}
            for _, entry in made:
                if entries.keys() & entry.keys():
                    raise CelError("a key is repeated")
                entries |= entry
            return entries
        return [value for _, value in made]

    def truth(self, part: Node, scope: Scope) -> bool:
        value = self.value(part, scope)
        if not isinstance(value, bool):
            raise CelError("no such overload")
        return value


def _literal(_: _Evaluator, node: Node, __: Scope) -> Any:
    return node.value


_KINDS: Final[dict[str, Callable[[_Evaluator, Node, Scope], Any]]] = {
    "literal": _literal,
    "name": _Evaluator.name,
    "select": _Evaluator.select,
    "test": _Evaluator.test,
    "list": _Evaluator.listed,
    "map": _Evaluator.mapped,
    "call": _Evaluator.call,
    "macro": _Evaluator.macro,
}
