"""Functions on sets."""

from __future__ import annotations

from itertools import product

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.types import DYNAMIC, Type
from iacrl.domains.terraform.cty.unification import unify
from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.expressions.functions.arguments import CallError, Implementation


def _set_operation(name: str) -> Implementation:
    def operate(*arguments: Value) -> Value:
        sets = [value for value in arguments if not (value.known and not value.data and value.type.element is DYNAMIC)]
        element = unify([value.type.element for value in sets]) if sets else DYNAMIC
        if element is None:
            raise CallError("given sets must all have compatible element types")
        kind = types.set_of(element)
        if not all(value.known for value in arguments):
            return values.unknown(kind, not_null=True)
        if name != "setunion" and not all(value.wholly_known for value in arguments):
            return values.unknown(kind, not_null=True)
        try:
            data = [convert(value, kind).data for value in arguments]
        except ConversionError as error:
            raise CallError(error.message) from None
        if name == "setunion":
            return values.set_value(element, [part for parts in data for part in parts])
        rest = [set(map(values.identity, parts)) for parts in data[1:]]
        wanted = name == "setintersection"
        kept = [part for part in data[0] if all((values.identity(part) in keys) is wanted for keys in rest)]
        return values.set_value(element, kept)

    return operate


def _setproduct(*arguments: Value) -> Value:
    if len(arguments) < 2:
        raise CallError("at least two arguments are required")
    elements: list[Type] = []
    for position, value in enumerate(arguments):
        if value.type.kind == "tuple":
            common = unify(value.type.elements) if value.type.elements else DYNAMIC
            if common is None:
                raise CallError("all elements must be of the same type", position)
            elements.append(common)
        elif value.type.is_sequence:
            elements.append(value.type.element)
        else:
            raise CallError("a set or a list is required", position)
    element = types.tuple_of(elements)
    as_set = any(value.type.kind == "set" for value in arguments)
    kind = (types.set_of if as_set else types.list_of)(element)
    if not all(map(values.length_known, arguments)):
        return values.unknown(kind, not_null=True)
    total = 1
    for value in arguments:
        total *= len(value.data)
    if total * len(arguments) > values.MAX_SIZE:
        return values.unknown(kind, not_null=True)
    try:
        columns = [
            [convert(part, want) for part in value.data] for value, want in zip(arguments, elements, strict=True)
        ]
    except ConversionError as error:
        raise CallError(error.message) from None
    made = [values.tuple_value(row) for row in product(*columns)]
    if element.is_dynamic_inside and len({row.type for row in made}) > 1:
        raise CallError("the elements have no type in common")
    return values.set_value(element, made) if as_set else values.list_value(element, made)


_setintersection = _set_operation("setintersection")
_setsubtract = _set_operation("setsubtract")
_setunion = _set_operation("setunion")
