"""Conversion between Terraform's types, and the one type that several can become.

The rules are those of cty's `convert` package. A conversion is safe where every value survives it (number to string);
an unsafe one depends on the value (string to number), and Terraform allows both almost everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iacrl.validators.terraform import types, values
from iacrl.validators.terraform.numeric import NumberTooLarge, format_number, parse_number
from iacrl.validators.terraform.types import DYNAMIC, NUMBER, Type, without_optional
from iacrl.validators.terraform.values import UNKNOWN, Value


class ConversionError(Exception):
    """A value cannot become the type that is wanted.

    Attributes:
        message: The words Terraform uses: `a number is required`.
        path: Where in the value: attribute names, keys and indices from the outside in.
    """

    def __init__(self, message: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


def convert(value: Value, want: Type) -> Value:
    """Return the value as the type `want`, with null for every optional attribute that it lacks.

    Raises:
        ConversionError: No conversion exists, or this value does not survive it.
    """
    have = value.type
    if have is want or want.kind == "dynamic" or have == want:
        return value
    if not convertible(have, want):
        raise ConversionError(mismatch(have, want))
    return _convert(value, want, ())


def convertible(have: Type, want: Type, unsafe: bool = True) -> bool:
    """Say whether some value of the type `have` can become the type `want`."""
    if have is want or want.kind == "dynamic":
        return True
    if have.kind == "dynamic":
        return unsafe
    match have.kind, want.kind:
        case "string", "string":
            return True
        case ("number", "number") | ("bool", "bool"):
            return True
        case ("number", "string") | ("bool", "string"):
            return True
        case ("string", "number") | ("string", "bool"):
            return unsafe
        case ("list" | "set", "list" | "set") | ("map", "map"):
            return convertible(have.element, want.element, unsafe)
        case "tuple", "list" | "set":
            return _all_convertible(have.elements, want.element, unsafe)
        case "object", "map":
            return _all_convertible(have.attributes.values(), want.element, unsafe)
        case "map", "object":
            return all(convertible(have.element, attribute, unsafe) for attribute in want.attributes.values())
        case "tuple", "tuple":
            return len(have.elements) == len(want.elements) and all(
                convertible(one, other, unsafe) for one, other in zip(have.elements, want.elements, strict=True)
            )
        case "object", "object":
            for name, attribute in want.attributes.items():
                if name in have.attributes:
                    if not convertible(have.attributes[name], attribute, unsafe):
                        return False
                elif name not in want.optional:
                    return False
            return True
    return False


def _all_convertible(parts: Iterable[Type], want: Type, unsafe: bool) -> bool:
    if want.kind == "dynamic":
        return _unify_parts(parts, unsafe) is not None
    return all(convertible(part, want, unsafe) for part in parts)


def _unify_parts(parts: Iterable[Type], unsafe: bool = True) -> Type | None:
    """The one type for all parts of a structure; with no parts it stays open."""
    present = list(parts)
    return unify(present, unsafe) if present else DYNAMIC


def _convert(value: Value, want: Type, path: tuple[str | int, ...]) -> Value:
    have = value.type
    if want.kind == "dynamic" or have == want:
        return value
    made = _convert_unmarked(value, want, path)
    return made.marked(value.marks) if value.marks else made


def _convert_unmarked(value: Value, want: Type, path: tuple[str | int, ...]) -> Value:
    have, data = value.type, value.data
    if data is UNKNOWN:
        return values.unknown(_filled(have, want), value.not_null)
    if data is None:
        return values.null(_filled(have, want))
    match have.kind, want.kind:
        case _, "string":
            return values.string(("true" if data else "false") if have.kind == "bool" else format_number(data))
        case _, "number":
            return _to_number(data, path)
        case _, "bool":
            return _to_bool(data, path)
        case _, "list" | "set":
            element = _filled(have, want).element
            parts = [_convert(part, element, (*path, index)) for index, part in enumerate(data)]
            return (values.list_value if want.kind == "list" else values.set_value)(element, parts)
        case _, "map":
            element = _filled(have, want).element
            return values.map_value(
                element, {name: _convert(part, element, (*path, name)) for name, part in data.items()}
            )
        case "tuple", "tuple":
            pairs = enumerate(zip(data, want.elements, strict=True))
            return values.tuple_value(_convert(part, element, (*path, index)) for index, (part, element) in pairs)
    attributes = {}
    for name, attribute in want.attributes.items():
        if name in data:
            attributes[name] = _convert(data[name], attribute, (*path, name))
        elif have.kind == "map" and name not in want.optional:
            raise ConversionError(f'map has no element for required attribute "{name}"', path)
        else:
            attributes[name] = values.null(without_optional(attribute))
    return values.object_value(attributes)


def _to_number(text: str, path: tuple[str | int, ...]) -> Value:
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


def _filled(have: Type, want: Type) -> Type:
    """The type that a value of type `have` really gets from a conversion to `want`, which may leave parts open."""
    if not want.is_dynamic_inside:
        return without_optional(want)
    if want.kind == "dynamic":
        return have
    if have.kind == "dynamic":
        return without_optional(want)
    if want.kind in types.COLLECTIONS:
        if have.kind in types.COLLECTIONS:
            element = _filled(have.element, want.element)
        else:
            parts = have.elements if have.kind == "tuple" else have.attributes.values()
            if want.element.kind != "dynamic":
                parts = [_filled(part, want.element) for part in parts]
            element = _unify_parts(parts) or DYNAMIC
        return {"list": types.list_of, "set": types.set_of, "map": types.map_of}[want.kind](element)
    if want.kind == "tuple":
        return types.tuple_of(_filled(one, other) for one, other in zip(have.elements, want.elements, strict=True))
    of = have.attributes.get if have.kind == "object" else lambda name, default: have.element
    return types.object_of(
        {name: _filled(of(name, attribute), attribute) for name, attribute in want.attributes.items()}
    )


# ---- unification -------------------------------------------------------------------------------------------------


def unify(candidates: Sequence[Type], unsafe: bool = True) -> Type | None:
    """Return the most specific type that all `candidates` convert to, or None where there is none."""
    if not candidates:
        return None
    distinct = list(dict.fromkeys(candidates))
    if len(distinct) == 1:
        return distinct[0]
    objects = [type for type in distinct if type.kind == "object"]
    tuples = [type for type in distinct if type.kind == "tuple"]
    open_ones = sum(type.kind == "dynamic" for type in distinct)
    if objects and tuples:
        return None
    if objects and len(objects) + open_ones == len(distinct):
        return _unify_objects(objects, unsafe)
    if tuples and len(tuples) + open_ones == len(distinct):
        return _unify_tuples(tuples, unsafe)
    for want in _most_general_first(distinct):
        if all(have is want or convertible(have, want, unsafe) for have in distinct):
            return want
    return None


def _unify_objects(objects: list[Type], unsafe: bool) -> Type | None:
    first = objects[0].attributes
    if any(other.attributes.keys() != first.keys() for other in objects):
        element = _unify_parts((part for type in objects for part in type.attributes.values()), unsafe)
        made = None if element is None else types.map_of(element)
    else:
        attributes = {}
        for name in first:
            attribute = unify([type.attributes[name] for type in objects], unsafe)
            if attribute is None:
                return None
            attributes[name] = attribute
        made = types.object_of(attributes)
    return made if made is not None and all(convertible(type, made, unsafe) for type in objects) else None


def _unify_tuples(tuples: list[Type], unsafe: bool) -> Type | None:
    first = tuples[0].elements
    if any(len(other.elements) != len(first) for other in tuples):
        element = _unify_parts((part for type in tuples for part in type.elements), unsafe)
        made = None if element is None else types.list_of(element)
    else:
        elements = []
        for across in zip(*(type.elements for type in tuples), strict=True):
            element = unify(across, unsafe)
            if element is None:
                return None
            elements.append(element)
        made = types.tuple_of(elements)
    return made if made is not None and all(convertible(type, made, unsafe) for type in tuples) else None


def _most_general_first(candidates: list[Type]) -> list[Type]:
    """Sort so that a type stands before those it is more general than, and otherwise in the order given."""
    below: list[list[int]] = [[] for _ in candidates]
    above = [0] * len(candidates)
    for i, one in enumerate(candidates):
        for j in range(i + 1, len(candidates)):
            order = _compare(one, candidates[j])
            if order < 0:
                below[i].append(j)
                above[j] += 1
            elif order > 0:
                below[j].append(i)
                above[i] += 1
    ready = [i for i, count in enumerate(above) if count == 0]
    for i in ready:  # grows while it is walked
        for j in below[i]:
            above[j] -= 1
            if above[j] == 0:
                ready.append(j)
    return [candidates[i] for i in ready]


#: Which kind is preferred where both could hold the values: a list to a tuple, and either to a set.
_GENERALITY = {"list": 3, "tuple": 2, "set": 1}


def _compare(one: Type, other: Type) -> int:
    """Return -1 where `one` is the more general type, 1 where `other` is, 0 where neither."""
    if "dynamic" in (one.kind, other.kind):
        return (one.kind == "dynamic") - (other.kind == "dynamic")
    if one.is_primitive and other.is_primitive:
        return (other.kind == "string") - (one.kind == "string")
    if one.kind == other.kind:
        if one.is_collection:
            return _compare(one.element, other.element)
        if one.kind == "object":
            if one.attributes.keys() != other.attributes.keys():
                return 0
            return _agree(_compare(one.attributes[name], other.attributes[name]) for name in one.attributes)
        if len(one.elements) != len(other.elements):
            return 0
        return _agree(map(_compare, one.elements, other.elements))
    if one.kind in _GENERALITY and other.kind in _GENERALITY:
        return -1 if _GENERALITY[one.kind] > _GENERALITY[other.kind] else 1
    if {one.kind, other.kind} == {"map", "object"}:
        return -1 if one.kind == "map" else 1
    return 0


def _agree(orders: Iterable[int]) -> int:
    signs = set(orders) - {0}
    return signs.pop() if len(signs) == 1 else 0


# ---- messages ----------------------------------------------------------------------------------------------------


def mismatch(have: Type, want: Type) -> str:
    """Say, in Terraform's words, why no value of type `have` can become the type `want`."""
    if have.kind == "object" and want.kind == "object":
        return _mismatched_objects(have, want)
    if want.is_collection and want.element.kind == "dynamic":
        if have.kind == ("object" if want.kind == "map" else "tuple"):
            return f"all {want.kind} elements must have the same type"
    if have.kind in ("tuple", "object") and want.is_collection:
        return _mismatched_structure(have, want)
    if have.is_collection and want.is_collection and (have.kind == "map") == (want.kind == "map"):
        return f"incorrect {want.kind} element type: {mismatch(have.element, want.element)}"
    return f"{want.friendly(constraint=True)} required"


def _mismatched_structure(have: Type, want: Type) -> str:
    if have.kind != ("object" if want.kind == "map" else "tuple"):
        return f"{want.friendly(constraint=True)} required"
    named = have.attributes.items() if have.kind == "object" else enumerate(have.elements)
    for name, part in named:
        if not convertible(part, want.element):
            shown = f'"{name}"' if isinstance(name, str) else name
            return f"element {shown}: {mismatch(part, want.element)}"
    return f"all elements must be {want.element.friendly(constraint=True)}"


def _mismatched_objects(have: Type, want: Type) -> str:
    missing = sorted(want.attributes.keys() - have.attributes.keys() - want.optional)
    quoted = [f'"{name}"' for name in missing]
    if len(quoted) == 1:
        return f"attribute {quoted[0]} is required"
    if len(quoted) == 2:
        return f"attributes {quoted[0]} and {quoted[1]} are required"
    if quoted:
        return f"attributes {', '.join(quoted[:-1])}, and {quoted[-1]} are required"
    for unsafe in (True, False):
        for name, attribute in want.attributes.items():
            if name in have.attributes and not convertible(have.attributes[name], attribute, unsafe):
                return f'attribute "{name}": {mismatch(have.attributes[name], attribute)}'
    return "incorrect object attributes"


