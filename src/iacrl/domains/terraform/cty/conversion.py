"""Conversion of values to a wanted type, by the rules of cty's `convert` package."""

from __future__ import annotations

from collections.abc import Iterable

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.types import NUMBER, Type, without_optional
from iacrl.domains.terraform.cty.unification import convertible, filled
from iacrl.domains.terraform.cty.values import UNKNOWN, NumberTooLarge, Value


class ConversionError(Exception):
    """A value cannot be converted to the wanted type.

    Attributes:
        message: Terraform's wording: `a number is required`.
        path: Where in the value: attribute names, keys and indices from the outside in.
    """

    def __init__(self, message: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


def convert(value: Value, want: Type) -> Value:
    """Return the value converted to `want`, with null for every optional attribute that it lacks.

    Raises:
        ConversionError: No conversion exists, or this value cannot be converted.
    """
    have = value.type
    if have is want or want.kind == "dynamic" or have == want:
        return value
    if not convertible(have, want):
        raise _mismatch(have, want, ())
    return _convert(value, want, ())


def _mismatch(have: Type, want: Type, path: tuple[str | int, ...]) -> ConversionError:
    from iacrl.domains.terraform.cty.mismatch import mismatch

    return ConversionError(mismatch(have, want), path)


def _convert(value: Value, want: Type, path: tuple[str | int, ...]) -> Value:
    have = value.type
    if want.kind == "dynamic" or have == want:
        return value
    made = _convert_unmarked(value, want, path)
    return made.marked(value.marks) if value.marks else made


def _convert_unmarked(value: Value, want: Type, path: tuple[str | int, ...]) -> Value:
    have, data = value.type, value.data
    if data is UNKNOWN:
        return value.retyped(filled(have, want))
    if data is None:
        return values.null(filled(have, want))
    match have.kind, want.kind:
        case "bool", "string":
            return values.string("true" if data else "false")
        case "number", "string":
            from iacrl.domains.terraform.cty.numeric import format_number

            return values.string(format_number(data))
        case "string", "number":
            return _to_number(data, path)
        case "string", "bool":
            return _to_bool(data, path)
        case ("list" | "set" | "tuple", "list" | "set"):
            return _to_sequence(value, want, path)
        case ("map" | "object", "map"):
            element = filled(have, want).element
            named = {name: _to_element(part, want.element, element, (*path, name)) for name, part in data.items()}
            if have.kind == "object" and want.element.kind == "tuple":
                _check_same(data.values(), want, path, "attribute types must all match for conversion to map")
            _check_alike(element, named.values(), path)
            return values.map_value(element, named)
        case "tuple", "tuple" if len(data) == len(want.elements):
            pairs = enumerate(zip(data, want.elements, strict=True))
            return values.tuple_value(_convert(part, element, (*path, index)) for index, (part, element) in pairs)
        case ("map" | "object", "object"):
            return _to_object(value, want, path)
    # An open part of a type has turned out to be something else.
    raise _mismatch(have, want, path)


def _to_sequence(value: Value, want: Type, path: tuple[str | int, ...]) -> Value:
    element = filled(value.type, want).element
    if want.kind == "list" and not values.length_known(value):
        return values.unknown(types.list_of(element), not_null=True)
    parts = [_to_element(part, want.element, element, (*path, index)) for index, part in enumerate(value.data)]
    if value.type.kind == "tuple" and want.kind == "set":
        _check_same(value.data, want, path, "element types must all match for conversion to set")
    _check_alike(element, parts, path)
    return (values.list_value if want.kind == "list" else values.set_value)(element, parts)


def _to_element(part: Value, want: Type, element: Type, path: tuple[str | int, ...]) -> Value:
    """Convert to the constraint's element type, then to the one type that all elements get."""
    return _convert(_convert(part, want, path), element, path)


def _to_object(value: Value, want: Type, path: tuple[str | int, ...]) -> Value:
    data = value.data
    attributes = {}
    for name, attribute in want.attributes.items():
        if name in data:
            attributes[name] = _convert(data[name], attribute, (*path, name))
        elif name in want.optional:
            attributes[name] = values.null(without_optional(attribute))
        elif value.type.kind == "map":
            raise ConversionError(f'map has no element for required attribute "{name}"', path)
        else:
            raise ConversionError(f'attribute "{name}" is required', path)
    return values.object_value(attributes)


def _check_alike(element: Type, parts: Iterable[Value], path: tuple[str | int, ...]) -> None:
    """Refuse elements whose types may differ, for example because one of several objects is not known yet."""
    if element.is_dynamic_inside and len({part.type for part in parts}) > 1:
        raise ConversionError("collection elements cannot be unified", path)


def _check_same(parts: Iterable[Value], want: Type, path: tuple[str | int, ...], message: str) -> None:
    """Refuse parts whose common type depends on all of them together; Terraform unifies those for lists."""
    open_inside = want.element.is_dynamic_inside and want.element.kind != "dynamic"
    if open_inside and len({filled(part.type, want.element) for part in parts}) > 1:
        raise ConversionError(message, path)


def _to_number(text: str, path: tuple[str | int, ...]) -> Value:
    from iacrl.domains.terraform.cty.numeric import parse_number

    try:
        number = parse_number(text)
    except NumberTooLarge:
        return values.unknown(NUMBER, not_null=True)
    if number is None:
        raise ConversionError("a number is required", path)
    return values.number(number)


def _to_bool(text: str, path: tuple[str | int, ...]) -> Value:
    if text in ("true", "1"):
        return values.TRUE
    if text in ("false", "0"):
        return values.FALSE
    hint = ""
    if text in ("True", "TRUE", "False", "FALSE"):
        hint = f'; to convert from string, use lowercase "{text.lower()}"'
    raise ConversionError(f"a bool is required{hint}", path)
