"""Expressions as plain data: the static value if there is one, else what the expression refers to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeGuard

from iacrl import nested_json
from iacrl.domains.document import EncodedList, EncodedObject, Expression
from iacrl.domains.terraform.cty.values import ANY, UNKNOWN, Value
from iacrl.domains.terraform.document.static_names import StaticPlace
from iacrl.domains.terraform.document.symbols import Origin, Symbol, has_symbol
from iacrl.domains.terraform.syntax import nodes
from iacrl.text import readable_values

#: Expressions nested deeper than this are not taken apart.
_DEEPEST = 40
#: The cost of showing one expression, in units of the budget, and how many parts of a value cost one more unit.
_PART = 10
_SMALL = 2
#: Calls that give a text with data.
_ENCODING = frozenset({"jsonencode", "yamlencode"})
#: Calls whose single argument is shown if the result itself is not known.
_TRANSPARENT = frozenset({*_ENCODING, "tolist", "tomap", "toset", "sensitive", "nonsensitive", "ephemeralasnull"})


def plain(expression: nodes.ValueNode, place: StaticPlace, depth: int = 0) -> Any:
    """Return an expression as plain data.

    A list or object keeps its shape even if only some of its elements are known. So do `merge` and similar calls.
    `jsonencode` and `yamlencode` give their text if it is known, and otherwise the data that they encode.
    """
    if type(expression) is nodes.Literal and _is_plain(expression.value):
        return expression.value
    value = place.evaluate(expression)
    if not place.names.budget.spend(_PART + value.size // _SMALL):
        value = ANY
    if value.wholly_known:
        return plain_value(value, None)
    if isinstance(value, Symbol):
        found = _by_the_text(value, place)
        if found is not None:
            return found
    if depth < _DEEPEST and place.names.budget.left > 0:
        if isinstance(expression, nodes.Tuple):
            return tuple(plain(item, place, depth + 1) for item in expression.items)
        if isinstance(expression, nodes.Object):
            found = _plain_object(expression, place, depth)
            if found is not None:
                return found
        if is_transparent(expression):
            inner = expression.children()[0]
            if not _is_text_in_a_text(expression, value, place):
                shown = plain(inner, place, depth + 1)
                return _encoded(shown) if _encodes(expression) else shown
        elif isinstance(expression, nodes.Traversal):
            definition = place.definition(expression)
            if definition is not None:
                return plain(*definition, depth + 1)
    return _shown(value, source_of(expression, place), place)


def _is_plain(data: object) -> bool:
    """Return whether a literal is its own value. Most are, and are not evaluated."""
    return data.isascii() if type(data) is str else type(data) is int or type(data) is bool


def _by_the_text(symbol: Symbol, place: StaticPlace, within: frozenset[Origin] = frozenset()) -> Any:
    """Return the data of a symbol according to the text; None if the text does not say it.

    Args:
        symbol: The symbol.
        place: The place of the expression.
        within: The symbols whose data it is part of: one of them is never part of itself.
    """
    if symbol.origin is not None:
        if symbol.origin in within:
            return None
        within |= {symbol.origin}
    tree = decoded(symbol.spelling) if symbol.origin is None else None
    if tree is None:
        settled = place.names.literals.settled(symbol)
        if settled.wholly_known:
            return plain_value(settled, None)
        tree = decoded(settled.spelling) if isinstance(settled, Symbol) and settled.origin is None else None
        if tree is None and not isinstance(settled, Symbol) and settled.known:
            return _shown(settled, None, place, within)
    return None if tree is None else _encoded(_spelled_out(tree, place, within))


def _encoded(data: Any) -> Any:
    """Return an object or list as one that a text contains."""
    if isinstance(data, Mapping):
        return EncodedObject(data)
    return EncodedList(data) if isinstance(data, tuple) else data


def decoded(text: str) -> Any:
    """Return the object or list in a JSON text with symbols; None if it does not contain one."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        found = readable_values(nested_json.loads(text)) if "\\u" in text else nested_json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _spelled_out(data: Any, place: StaticPlace, within: frozenset[Origin]) -> Any:
    """Return decoded data with its symbols replaced by their values in the text."""
    if isinstance(data, dict):
        return MappingProxyType({name: _spelled_out(part, place, within) for name, part in data.items()})
    if isinstance(data, list):
        return tuple(_spelled_out(part, place, within) for part in data)
    if isinstance(data, str) and has_symbol(data):
        spelled = place.names.symbols.spelled(data)
        if isinstance(spelled, Symbol) and decoded(data) is not None:
            return _referring(spelled)  # a text within the text
        return _shown(spelled, None, place, within)
    return data


def _shown(
    value: Value, unknown: Expression | None, place: StaticPlace, within: frozenset[Origin] = frozenset()
) -> Any:
    """Return a value as plain data, with its symbols replaced by their values in the text."""
    data = value.data
    if isinstance(value, Symbol):
        found = _by_the_text(value, place, within)
        return (unknown or _referring(value)) if found is None else found
    if isinstance(data, dict):
        return MappingProxyType({name: _part_shown(part, unknown, place, within) for name, part in data.items()})
    if isinstance(data, tuple):
        return tuple(_part_shown(part, unknown, place, within) for part in data)
    return plain_value(value, unknown)


def _part_shown(value: Value, unknown: Expression | None, place: StaticPlace, within: frozenset[Origin]) -> Any:
    return _shown(value, None if isinstance(value, Symbol) else unknown, place, within)


def _referring(symbol: Symbol) -> Expression:
    """Return a symbol as the expression that would give it."""
    origins = tuple(origin.address for _, origin, _ in symbol.table.parts(symbol.spelling))
    text = symbol.table.replaced(symbol.spelling, lambda origin: f"${{{origin.address}}}")
    return Expression(origins[0] if symbol.origin is not None else f'"{text}"', origins)


def source_of(expression: nodes.ValueNode, place: StaticPlace) -> Expression:
    """Return the text of an expression and what it refers to."""
    return Expression(place.text[expression.start : expression.end], tuple(references(expression, place.text)))


def is_transparent(expression: nodes.ValueNode) -> bool:
    """Say whether an expression shows the same data as the one expression inside it."""
    if isinstance(expression, nodes.FunctionCall):
        return expression.name in _TRANSPARENT and len(expression.arguments) == 1
    return isinstance(expression, nodes.Parens)


def _encodes(expression: nodes.ValueNode) -> TypeGuard[nodes.FunctionCall]:
    return isinstance(expression, nodes.FunctionCall) and expression.name in _ENCODING


def _is_text_in_a_text(expression: nodes.ValueNode, value: Value, place: StaticPlace) -> bool:
    """Return whether an expression encodes a text, which would not show what the text contains."""
    if not _encodes(expression):
        return False
    is_read = expression.name == "jsonencode" and isinstance(value, Symbol)  # an object or list in it was found before
    return is_read or encoding_of(expression.arguments[0], place) is not None


def encoding_of(expression: nodes.ValueNode, place: StaticPlace) -> str | None:
    """Return the function that encodes what `plain` shows of an expression; None if it is shown as it is."""
    for _ in range(_DEEPEST):
        if _encodes(expression):
            return expression.name
        if is_transparent(expression):
            expression = expression.children()[0]
            continue
        definition = place.definition(expression) if isinstance(expression, nodes.Traversal) else None
        if definition is None:
            return None
        expression, place = definition
    return None


def _plain_object(expression: nodes.Object, place: StaticPlace, depth: int) -> Any:
    parts: dict[str, Any] = {}
    for item in expression.items:
        key = plain_value(place.evaluate(item.key), None)
        if isinstance(key, bool) or not isinstance(key, str | int):
            return None
        parts[str(key)] = plain(item.value, place, depth + 1)
    return MappingProxyType(parts)


def plain_value(value: Value, unknown: Any) -> Any:
    """Return a value as plain data, with `unknown` in place of unknown parts."""
    data = value.data
    if data is UNKNOWN:
        return unknown
    if isinstance(data, dict):
        return MappingProxyType({name: plain_value(part, unknown) for name, part in data.items()})
    if isinstance(data, tuple):
        return tuple(plain_value(part, unknown) for part in data)
    if data is None or isinstance(data, str | bool | int | float):
        return data
    return float(data)


def references(expression: nodes.ValueNode, text: str) -> Iterator[str]:
    """Yield what an expression refers to, in order: `var.region`, `aws_subnet.a[0].id`, `aws_subnet.b[*].id`.

    An index keeps the text between its brackets. Names that a `for` introduces are not references.
    """
    yield from _references(expression, text, frozenset())


def _references(expression: nodes.ValueNode, text: str, bound: frozenset[str]) -> Iterator[str]:
    address = _address(expression, text)
    if address is not None:
        root = _root(expression)
        # Steps after `[*]` on something without an address, such as a call, refer to nothing by themselves.
        if isinstance(root, nodes.Traversal) and root.root not in bound and "." in address:
            yield address
        for key in _keys(expression):
            yield from _references(key, text, bound)
        return
    if isinstance(expression, nodes.For | nodes.TemplateFor):
        inner = bound | {expression.value} | ({expression.key} if expression.key is not None else set())
        for child in expression.children():
            yield from _references(child, text, bound if child is expression.collection else inner)
        return
    for child in expression.children():
        yield from _references(child, text, bound)


def _address(expression: nodes.ValueNode, text: str) -> str | None:
    """Return the address of a name with steps, indexes and splats; None for any other expression."""
    if isinstance(expression, nodes.Traversal):
        return str(expression)
    if isinstance(expression, nodes.RelativeTraversal):
        source = _address(expression.source, text)
        return None if source is None else source + "".join(map(str, expression.steps))
    if isinstance(expression, nodes.Index):
        source = _address(expression.collection, text)
        return None if source is None else f"{source}[{text[expression.key.start : expression.key.end]}]"
    if isinstance(expression, nodes.Splat):
        source = _address(expression.source, text)
        each = _address(expression.each, text)
        return None if source is None or each is None else source + each
    return "[*]" if isinstance(expression, nodes.SplatItem) else None


def _root(expression: nodes.ValueNode) -> nodes.Traversal | nodes.SplatItem:
    while not isinstance(expression, nodes.Traversal | nodes.SplatItem):
        expression = expression.children()[0]
    return expression


def _keys(expression: nodes.ValueNode) -> Iterator[nodes.ValueNode]:
    """Yield the keys of the indexes in an address; they may be references themselves."""
    if isinstance(expression, nodes.Index):
        yield from _keys(expression.collection)
        yield expression.key
    elif isinstance(expression, nodes.RelativeTraversal | nodes.Splat):
        for child in expression.children():
            yield from _keys(child)


def find_part(expression: nodes.ValueNode, steps: tuple[str | int, ...], place: StaticPlace) -> nodes.Node:
    """Return the part of an expression that gives the value at these steps, or the innermost one around it."""
    return descend(expression, steps, place)[0]


def descend(
    expression: nodes.ValueNode, steps: tuple[str | int, ...], place: StaticPlace
) -> tuple[nodes.ValueNode, tuple[str | int, ...]]:
    """Return the innermost part of an expression around the value at these steps, and the steps that are left."""
    for passed, step in enumerate(steps):
        while is_transparent(expression):
            expression = expression.children()[0]
        part = None
        if isinstance(expression, nodes.Tuple) and isinstance(step, int) and step < len(expression.items):
            part = expression.items[step]
        elif isinstance(expression, nodes.Object):
            for item in expression.items:
                key = plain_value(place.evaluate(item.key), None)
                if isinstance(key, str | int | float | Decimal) and str(key) == str(step):
                    part = item.value
        if part is None:
            return expression, steps[passed:]
        expression = part
    return expression, ()
