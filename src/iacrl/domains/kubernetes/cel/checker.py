"""Type checking of an expression, as the API server does it before storing one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from iacrl.domains.kubernetes.cel.call_signatures import NAMESPACES, signatures
from iacrl.domains.kubernetes.cel.format_checks import check_format
from iacrl.domains.kubernetes.cel.literal_checks import check_literals
from iacrl.domains.kubernetes.cel.nodes import CelError, Node, Uint, dotted
from iacrl.domains.kubernetes.cel.parser import RESERVED
from iacrl.domains.kubernetes.cel.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DYN,
    INT,
    NULL,
    SCHEMA,
    STRING,
    UINT,
    Type,
    filled,
    fits,
    list_of,
    map_of,
    optional_of,
    word,
)

#: Types, which are also values.
TYPE_NAMES: Final = frozenset({"bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"})
#: The first releases with two variables in a macro, with fields that are named like reserved words, with backticks.
_TWO_VARIABLES_SINCE: Final = 33
_RESERVED_FIELDS_SINCE: Final = 33
QUOTES_SINCE: Final = 35
_SORT_BY_SINCE: Final = 37
_UNTYPED: Final = frozenset({"any", "dyn"})
#: The types that have an order, so that a list can be sorted by them.
_ORDERED: Final = frozenset({"bool", "bytes", "double", "duration", "dyn", "int", "string", "timestamp", "uint"})
_LITERALS: Final[tuple[tuple[type, Type], ...]] = (
    (bool, BOOL), (Uint, UINT), (int, INT), (float, DOUBLE), (str, STRING), (bytes, BYTES),
)  # fmt: skip


class Checker:
    """Checks expressions against the types of some variables.

    Attributes:
        types: The type of each checked node, by its id.
    """

    def __init__(self, variables: Mapping[str, Type], minor: int, *, admission: bool = False, bind: bool = False):
        self.scopes: list[Mapping[str, Type]] = [variables]
        self.minor = minor
        self.functions = signatures(minor, admission)
        self.bind = bind
        self.types: dict[int, Type] = {}

    def check(self, node: Node) -> Type:
        """Return the type of an expression.

        Raises:
            CelError: It has none.
        """
        try:
            return self._check(node)
        except RecursionError:
            raise CelError("nested too deeply") from None

    def _check(self, node: Node) -> Type:
        found: Type = getattr(self, f"_{node.kind}")(node)
        self.types[id(node)] = found
        return found

    def _literal(self, node: Node) -> Type:
        return next((kind for each, kind in _LITERALS if isinstance(node.value, each)), NULL)

    def _name(self, node: Node) -> Type:
        for scope in reversed(self.scopes):
            if node.name in scope:
                return scope[node.name]
        if node.name in TYPE_NAMES:
            return ("type", (node.name,))
        raise CelError(f"undeclared reference to {node.name!r}")

    def _select(self, node: Node) -> Type:
        qualified = dotted(node)
        if qualified is not None:
            for scope in reversed(self.scopes):
                if qualified in scope:
                    return scope[qualified]
            if qualified in {"google.protobuf.Timestamp", "google.protobuf.Duration"}:
                return ("type", (qualified,))
        assert node.target is not None
        kind = self._check(node.target)
        optional = bool(node.value)
        if kind[0] == "optional":
            kind, optional = kind[1], True
        if kind[:2] == SCHEMA and node.name in RESERVED and self.minor < _RESERVED_FIELDS_SINCE:
            raise CelError(f"undefined field {node.name!r}")
        found = _field(kind, node.name)
        return optional_of(found) if optional else found

    def _test(self, node: Node) -> Type:
        self._select(Node("select", node.name, node.target))
        return BOOL

    def _list(self, node: Node) -> Type:
        return list_of(self._joined(node.parts, node.value))

    def _map(self, node: Node) -> Type:
        keys, values = node.parts[::2], node.parts[1::2]
        return map_of(self._joined(keys, ()), self._joined(values, node.value))

    def _struct(self, node: Node) -> Type:
        for part in node.parts[1::2]:
            self._check(part)
        if not node.name.startswith(("Object", "JSONPatch")):
            raise CelError(f"undeclared type {node.name!r}")
        if node.name == "JSONPatch":
            for key, value in zip(node.parts[::2], node.parts[1::2], strict=True):
                if key.value not in {"op", "path", "from", "value"}:
                    raise CelError(f"undefined field {key.value!r}")
                if key.value != "value" and not fits(STRING, self.types[id(value)], {}):
                    raise CelError(f"{key.value} must be a string")
        return ("message", (node.name,))

    def _joined(self, parts: tuple[Node, ...], optional: tuple[bool, ...]) -> Type:
        """Return the common type of a literal's items: mixed types are refused."""
        joined: Type | None = None
        for index, part in enumerate(parts):
            kind = self._check(part)
            if optional and optional[index]:
                if kind[0] not in {"optional", "dyn"}:
                    raise CelError(f"expected an optional value, not {word(kind)}")
                kind = kind[1] if kind[0] == "optional" else DYN
            if joined is None:
                joined = kind
            elif (joined[0] in _UNTYPED) is not (kind[0] in _UNTYPED) or not fits(joined, kind, {}):
                raise CelError(f"expected type {word(joined)}, but found {word(kind)}")
        return joined or DYN

    def _call(self, node: Node) -> Type:
        name, parts = node.name, node.parts
        method = node.target is not None
        if node.target is not None:
            qualified = dotted(node.target)
            if qualified is not None and (full := f"{qualified}.{name}") in self.functions and qualified in NAMESPACES:
                name, method = full, False
        if name == "format" and parts and parts[-1].kind == "list":
            items = parts[-1].parts
            for part in items:  # the only list with items of several types
                self._check(part)
            if node.target is not None and node.target.kind == "literal" and isinstance(node.target.value, str):
                check_format(node.target.value, items, self.types)
            parts = (*parts[:-1], Node("list", value=()))
        takes = [self._check(part) for part in ((node.target, *parts) if method and node.target else parts)]
        if name == "_?_:_":  # an empty list has the type of the other one
            for one, other in ((1, 2), (2, 1)):
                if node.parts[one].kind == "list" and not node.parts[one].parts and takes[other][0] == "list":
                    takes[one] = takes[other]
        overloads = self.functions.get(name)
        if overloads is None:
            raise CelError(f"undeclared reference to {name!r}")
        results: list[Type] = []
        for each in overloads:
            if each.method is not method or len(each.takes) != len(takes):
                continue
            bound: dict[str, Type] = {}
            if all(fits(declared, given, bound) for declared, given in zip(each.takes, takes, strict=True)):
                results.append(filled(each.returns, bound))
        if not results:
            given = ", ".join(word(each) for each in takes)
            raise CelError(f"found no matching overload for {name!r} applied to ({given})")
        check_literals(name, method, parts)
        return results[0] if all(each == results[0] for each in results) else DYN

    def _macro(self, node: Node) -> Type:
        assert node.target is not None
        kind = self._check(node.target)
        if node.name == "bind":
            if not self.bind:
                raise CelError("undeclared reference to 'cel.bind'")
            return self._scoped(node, (kind,))[0]
        if node.name in {"optMap", "optFlatMap"}:
            if kind[0] not in {"optional", "dyn"}:
                raise CelError(f"{node.name}() needs an optional value, not {word(kind)}")
            result = self._scoped(node, (kind[1] if kind[0] == "optional" else DYN,))[0]
            if node.name == "optMap":
                return optional_of(result)
            if result[0] not in {"optional", "dyn"}:
                raise CelError(f"optFlatMap() needs an optional result, not {word(result)}")
            return result
        if kind[0] not in {"list", "map", "dyn"}:
            raise CelError(f"expression of type {word(kind)} cannot be range of a comprehension")
        first = kind[1] if len(kind) > 1 else DYN
        second = kind[2] if kind[0] == "map" else first
        two = len(node.value) > 1
        if two and self.minor < _TWO_VARIABLES_SINCE:
            raise CelError(f"{node.name}() has one variable before Kubernetes 1.{_TWO_VARIABLES_SINCE}")
        if node.name == "sortBy" and (self.minor < _SORT_BY_SINCE or kind[0] == "map"):
            raise CelError("undeclared reference to 'sortBy'")
        variables = ((INT if kind[0] == "list" else first), second) if two else (first,)
        results = self._scoped(node, variables)
        return _result(node.name, kind, first, results)

    def _scoped(self, node: Node, variables: tuple[Type, ...]) -> list[Type]:
        self.scopes.append(dict(zip(node.value, variables, strict=True)))
        results = [self._check(part) for part in node.parts]
        self.scopes.pop()
        return results


def _result(name: str, kind: Type, first: Type, results: list[Type]) -> Type:
    """Return the type of a macro over a list or map; its condition must be a bool."""
    makes = name in {"map", "transformList", "transformMap", "transformMapEntry"}
    conditions = results[:-1] if makes else [] if name == "sortBy" else results
    for each in conditions:
        if not fits(BOOL, each, {}):
            raise CelError(f"expected type 'bool', but found {word(each)}")
    if name == "sortBy" and results[0][0] not in _ORDERED:
        raise CelError(f"sortBy() cannot order values of the type {word(results[0])}")
    if name in {"filter", "sortBy"}:
        return list_of(first)
    if name in {"map", "transformList"}:
        return list_of(results[-1])
    if name == "transformMap":
        return map_of(first if kind[0] == "map" else INT, results[-1])
    if name == "transformMapEntry":
        if results[-1][0] not in {"map", "dyn"}:
            raise CelError(f"transformMapEntry() needs a map, not {word(results[-1])}")
        return results[-1]
    return BOOL


def _field(kind: Type, name: str) -> Type:
    if kind[0] == "object":
        if name not in kind[2].fields:
            raise CelError(f"undefined field {name!r}")
        found: Type = kind[2].fields[name]
        return found
    if kind[0] == "map":
        value: Type = kind[2]
        return value
    if kind[0] in {"any", "dyn", "message"}:
        return DYN
    raise CelError(f"type {word(kind)} does not support field selection")
