"""Functions on lists, sets, maps, tuples and objects."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from iacrl.validators.terraform import numeric, types, values
from iacrl.validators.terraform.conversion import ConversionError, convert, unify
from iacrl.validators.terraform.functions import CallError, Implementation
from iacrl.validators.terraform.functions.arguments import integer, strings
from iacrl.validators.terraform.operators import equal
from iacrl.validators.terraform.text import clusters
from iacrl.validators.terraform.types import BOOL, DYNAMIC, NUMBER, STRING, Type
from iacrl.validators.terraform.values import ANY, FALSE, NO_MARKS, TRUE, UNKNOWN, Value

_RANGE_LIMIT = 1024


def _length_known(value: Value) -> bool:
    """A set with unknown elements may shrink once they are known."""
    return value.known and (value.type.kind != "set" or value.wholly_known or len(value.data) < 2)


def _length(arguments: Sequence[Value]) -> Value:
    value = arguments[0]
    kind = value.type.kind
    if kind in ("number", "bool"):
        raise CallError("argument must be a string, a collection type, or a structural type")
    if kind == "tuple":
        return values.number(len(value.type.elements)).marked(value.marks)
    if kind == "object":
        return values.number(len(value.type.attributes)).marked(value.marks)
    if not _length_known(value):
        return values.unknown(NUMBER, not_null=True).marked(value.marks)
    return values.number(len(clusters(value.data) if kind == "string" else value.data)).marked(value.marks)


def _all_true(arguments: Sequence[Value]) -> Value:
    for value in arguments[0].data:
        if not value.known:
            return values.unknown(BOOL, not_null=True)
        if not value.data:
            return FALSE
    return TRUE


def _any_true(arguments: Sequence[Value]) -> Value:
    unknown = False
    for value in arguments[0].data:
        if not value.known:
            unknown = True
        elif value.data:
            return TRUE
    return values.unknown(BOOL, not_null=True) if unknown else FALSE


def _coalesce(arguments: Sequence[Value]) -> Value:
    kind = unify([value.type for value in arguments])
    if kind is None:
        raise CallError("all arguments must have the same type")
    for value in arguments:
        try:
            value = convert(value, kind)
        except ConversionError:
            return values.unknown(kind)
        if not value.known:
            return values.unknown(kind, not_null=True)
        if value.data is not None and value.data != "":
            return value
    raise CallError("no non-null, non-empty-string arguments")


def _coalesce_list(arguments: Sequence[Value]) -> Value:
    if not arguments:
        raise CallError("at least one argument is required")
    for value in arguments:
        if not value.known:
            return ANY
        if value.type.kind not in ("list", "tuple"):
            raise CallError("coalescelist arguments must be lists or tuples")
    for value in arguments:
        if value.data:
            return value
    raise CallError("no non-null arguments")


def _compact(arguments: Sequence[Value]) -> Value:
    if not arguments[0].wholly_known:
        return values.unknown(types.LIST_OF_STRING, not_null=True)
    return values.list_value(STRING, [value for value in arguments[0].data if value.data])


def _concat(arguments: Sequence[Value]) -> Value:
    if not arguments:
        raise CallError("at least one argument is required")
    marks = NO_MARKS.union(*(value.marks for value in arguments))
    if all(value.type.kind == "list" for value in arguments):
        common = unify([value.type for value in arguments])
        if common is not None:
            if not all(value.known for value in arguments):
                return values.unknown(common, not_null=True).marked(marks)
            parts: list[Value] = []
            for position, value in enumerate(arguments):
                try:
                    parts.extend(convert(value, common).data)
                except ConversionError as error:
                    raise CallError(error.message, position) from None
            return values.list_value(common.element, parts).marked(marks)
    gathered: list[Value] = []
    complete = True
    for position, value in enumerate(arguments):
        if value.type.kind not in ("list", "tuple"):
            raise CallError(f"all arguments must be lists or tuples; got {value.type.friendly()}", position)
        if not value.known:
            if value.type.kind == "list":
                return ANY.marked(marks)
            complete = False
            gathered.extend(map(values.unknown, value.type.elements))
        else:
            gathered.extend(value.data)
    made = values.tuple_value(gathered)
    return (made if complete else values.unknown(made.type, not_null=True)).marked(marks)


def _contains(arguments: Sequence[Value]) -> Value:
    sequence, wanted = arguments
    if not sequence.type.is_sequence:
        raise CallError("argument must be list, tuple, or set")
    result = FALSE
    for value in sequence.data:
        same = equal(wanted, value)
        if same.data is True:
            return TRUE
        if same.data is UNKNOWN:
            result = same
    return result


def _distinct(arguments: Sequence[Value]) -> Value:
    value = arguments[0]
    if not value.wholly_known:
        return values.unknown(value.type, not_null=True)
    first: dict[Any, Value] = {}
    for element in value.data:
        first.setdefault(values.identity(element), element)
    return values.list_value(value.type.element, first.values())


def _chunk_list(arguments: Sequence[Value]) -> Value:
    value, size_value = arguments
    if not value.known or not size_value.known:
        return values.unknown(types.list_of(value.type), not_null=True)
    size = integer(size_value, prefix="invalid index: ") if value.data else 0
    if size < 0:
        raise CallError("the size argument must be positive")
    data = value.data
    chunks = [data[at : at + size] for at in range(0, len(data), size)] if size else [data] if data else []
    return values.list_value(value.type, [values.list_value(value.type.element, chunk) for chunk in chunks])


def _element(arguments: Sequence[Value]) -> Value:
    value, index_value = arguments
    marks = value.marks | index_value.marks
    if index_value.known and index_value.data < 0:
        raise CallError("cannot use element function with a negative index")
    if value.type.kind == "list":
        if index_value.known and value.known:
            index = integer(index_value, prefix="invalid index: ")
            if not value.data:
                raise CallError("cannot use element function with an empty list")
            found: Value = value.data[index % len(value.data)]
            return found.marked(marks)
        return values.unknown(value.type.element).marked(marks)
    if value.type.kind != "tuple":
        raise CallError(f"cannot read elements from {value.type.friendly()}")
    if not index_value.known:
        return ANY.marked(marks)
    index = integer(index_value, prefix="invalid index: ")
    if not value.type.elements:
        raise CallError("cannot use element function with an empty list")
    index %= len(value.type.elements)
    found = value.data[index] if value.known else values.unknown(value.type.elements[index])
    return found.marked(marks)


def _flatten(arguments: Sequence[Value]) -> Value:
    value = arguments[0]
    if not value.type.is_sequence:
        if not value.wholly_known:
            return ANY
        raise CallError("can only flatten lists, sets and tuples")
    flat: list[Value] = []
    return values.tuple_value(flat) if _flatten_into(value, flat) else ANY


def _flatten_into(value: Value, flat: list[Value]) -> bool:
    if not _length_known(value):
        return False
    for part in value.data:
        if part.type.is_sequence and not part.null:
            if not _flatten_into(part, flat):
                return False
        else:
            # What is not known yet may turn out to be a list.
            if part.type.kind == "dynamic" and not part.known:
                return False
            flat.append(part)
    return True


def _index(arguments: Sequence[Value]) -> Value:
    value, wanted = arguments
    if value.type.kind not in ("list", "tuple"):
        raise CallError("argument must be a list or tuple")
    if not value.data:
        raise CallError("cannot search an empty list")
    for position, part in enumerate(value.data):
        same = equal(part, wanted)
        if not same.known:
            return values.unknown(NUMBER, not_null=True)
        if same.data:
            return values.number(position)
    raise CallError("item not found")


def _keys(arguments: Sequence[Value]) -> Value:
    value = arguments[0]
    if value.type.kind == "object":
        return values.tuple_value(map(values.string, sorted(value.type.attributes))).marked(value.marks)
    if value.type.kind != "map":
        raise CallError("must have map or object type", 0)
    if not value.known:
        return values.unknown(types.LIST_OF_STRING, not_null=True).marked(value.marks)
    return strings(value.data).marked(value.marks)


def _lookup(arguments: Sequence[Value]) -> Value:
    if len(arguments) > 3:
        raise CallError(f"lookup() takes two or three arguments, got {len(arguments)}")
    value, key = arguments[:2]
    default = arguments[2] if len(arguments) == 3 else None
    marks = value.marks | key.marks
    if value.type.kind == "object":
        if not key.known:
            return ANY.marked(marks)
        if key.data in value.type.attributes:
            part = value.data[key.data] if value.known else values.unknown(value.type.attributes[key.data])
            return part.marked(marks)  # type: ignore[no-any-return]
        if default is not None:
            return (default if value.known else values.unknown(default.type)).marked(marks)
        raise CallError(f'the given object has no attribute "{key.data}"', 0)
    if value.type.kind != "map":
        raise CallError("lookup() requires a map as the first argument", 0)
    element = value.type.element
    if default is not None:
        try:
            default = convert(default, element)
        except ConversionError:
            raise CallError("the default value must have the same type as the map elements", 2) from None
    if not value.known or not key.known:
        return values.unknown(element).marked(marks)
    found = value.data.get(key.data, default)
    if found is None:
        shown = "(sensitive value)" if key.marks else f'"{key.data}"'
        raise CallError(f"lookup failed to find key {shown}")
    return found.marked(marks)  # type: ignore[no-any-return]


def _match_keys(arguments: Sequence[Value]) -> Value:
    chosen, keys, wanted = arguments
    common = unify([keys.type, wanted.type])
    if common is None:
        raise CallError("keys and searchset must be of the same type")
    if not (chosen.known and keys.known and wanted.known):
        return values.unknown(chosen.type, not_null=True)
    if len(chosen.data) != len(keys.data):
        raise CallError("length of keys and values should be equal")
    if not wanted.data:
        return values.list_value(chosen.type.element, ())
    if not (chosen.wholly_known and keys.wholly_known and wanted.wholly_known):
        return values.unknown(chosen.type, not_null=True)
    accepted = {values.identity(value) for value in convert(wanted, common).data}
    pairs = zip(chosen.data, convert(keys, common).data, strict=True)
    return values.list_value(chosen.type.element, [value for value, key in pairs if values.identity(key) in accepted])


def _merge(arguments: Sequence[Value]) -> Value:
    if not arguments:
        return values.object_value({})
    marks = NO_MARKS.union(*(value.marks for value in arguments))
    if any(value.type.kind == "dynamic" for value in arguments):
        return ANY.marked(marks)
    for value in arguments:
        if value.type.kind not in ("map", "object"):
            raise CallError(f'arguments must be maps or objects, got "{value.type.friendly()}"')
    first = arguments[0].type
    alike = all(value.type == first for value in arguments)
    if not all(value.known for value in arguments):
        return _merge_unknown(arguments, first if alike else None).marked(marks)
    gathered: dict[str, Value] = {}
    for value in arguments:
        gathered.update(value.data or {})
    if all(value.null for value in arguments):
        return values.null(first if alike else types.object_of({})).marked(marks)
    if alike and first.kind == "map":
        return values.map_value(first.element, gathered).marked(marks)
    return values.object_value(gathered).marked(marks)


def _merge_unknown(arguments: Sequence[Value], alike: Type | None) -> Value:
    if alike is not None:
        return values.unknown(alike)
    attributes: dict[str, Type] = {}
    for value in arguments:
        if value.type.kind == "object":
            if not value.null:
                attributes.update(value.type.attributes)
        elif not value.known:
            return ANY
        elif not value.null:
            attributes.update(dict.fromkeys(value.data, value.type.element))
    return values.unknown(types.object_of(attributes))


_NOT_ONE = "must be a list, set, or tuple value with either zero or one elements"


def _one(arguments: Sequence[Value]) -> Value:
    value = arguments[0]
    if value.type.kind == "tuple":
        if len(value.type.elements) > 1:
            raise CallError(_NOT_ONE, 0)
        if not value.type.elements:
            return values.null(DYNAMIC) if value.known else ANY
        return value.data[0] if value.known else values.unknown(value.type.elements[0])  # type: ignore[no-any-return]
    if not value.type.is_sequence:
        raise CallError(_NOT_ONE, 0)
    if not _length_known(value):
        return values.unknown(value.type.element)
    if len(value.data) > 1:
        raise CallError(_NOT_ONE, 0)
    return value.data[0] if value.data else values.null(value.type.element)


def _range(arguments: Sequence[Value]) -> Value:
    numbers = [value.data for value in arguments]
    if len(numbers) == 1:
        start, end = 0, numbers[0]
    elif len(numbers) in (2, 3):
        start, end = numbers[:2]
    else:
        raise CallError("must have one, two, or three arguments")
    step = numbers[2] if len(numbers) == 3 else (-1 if end < start else 1)
    if step == 0:
        raise CallError("step must not be zero", 2)
    if step < 0 and end > start:
        raise CallError("end must be less than start when step is negative", 1)
    if step > 0 and end < start:
        raise CallError("end must be greater than start when step is positive", 1)
    made: list[Value] = []
    while start > end if step < 0 else start < end:
        if len(made) >= _RANGE_LIMIT:
            raise CallError(
                f"more than {_RANGE_LIMIT} values were generated; either decrease the difference between start and "
                "end or use a smaller step"
            )
        made.append(values.number(start))
        start = numeric.add(start, step)
    return values.list_value(NUMBER, made)


def _reverse(arguments: Sequence[Value]) -> Value:
    value = arguments[0]
    if value.type.kind == "tuple":
        if not value.known:
            return values.unknown(types.tuple_of(reversed(value.type.elements)), not_null=True)
        return values.tuple_value(reversed(value.data))
    if not value.type.is_sequence:
        raise CallError(f"can only reverse list or tuple values, not {value.type.friendly()}", 0)
    if not value.known:
        return values.unknown(types.list_of(value.type.element), not_null=True)
    return values.list_value(value.type.element, reversed(value.data))


def _set_operation(name: str) -> Implementation:
    def operate(arguments: Sequence[Value]) -> Value:
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


def _set_product(arguments: Sequence[Value]) -> Value:
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
    if not all(map(_length_known, arguments)):
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
    return values.set_value(element, made) if as_set else values.list_value(element, made)


def _slice(arguments: Sequence[Value]) -> Value:
    value, start_value, end_value = arguments
    if value.type.kind == "set":
        raise CallError(
            "cannot slice a set, because its elements do not have indices; explicitly convert to a list if the "
            "ordering of the result is not important",
            0,
        )
    if value.type.kind not in ("list", "tuple"):
        raise CallError("must be a list or tuple value", 0)
    length = None
    if value.type.kind == "tuple":
        length = len(value.type.elements)
    elif value.known:
        length = len(value.data)
    bounds: list[int | None] = []
    for position, (word, bound) in enumerate((("start", start_value), ("end", end_value)), start=1):
        if not bound.known:
            bounds.append(None)
            continue
        at = integer(bound, position, f"invalid {word} index: ")
        if at < 0:
            raise CallError(f"{word} index must not be less than zero", position)
        if length is not None and at > length:
            raise CallError(f"{word} index must not be greater than the length of the list", position)
        bounds.append(at)
    start, end = bounds
    if start is not None and end is not None and start > end:
        raise CallError("start index must not be greater than end index", 1)
    if value.type.kind == "list":
        if not value.known or start is None or end is None:
            return values.unknown(value.type, not_null=True)
        return values.list_value(value.type.element, value.data[start:end])
    if start is None or end is None:
        return ANY
    if not value.known:
        return values.unknown(types.tuple_of(value.type.elements[start:end]), not_null=True)
    return values.tuple_value(value.data[start:end])


def _sort(arguments: Sequence[Value]) -> Value:
    if not arguments[0].wholly_known:
        return values.unknown(types.LIST_OF_STRING, not_null=True)
    for value in arguments[0].data:
        if value.null:
            raise CallError("given list element 0; a null string cannot be sorted")
    return strings(sorted(value.data for value in arguments[0].data))


def _sum(arguments: Sequence[Value]) -> Value:
    value = arguments[0]
    if value.type.is_primitive:
        raise CallError("cannot sum noniterable", 0)
    if not value.data:
        raise CallError("cannot sum an empty list", 0)
    if not value.type.is_sequence:
        raise CallError(f"argument must be list, set, or tuple. Received {value.type.friendly()}", 0)
    if not value.wholly_known:
        return values.unknown(NUMBER, not_null=True)
    total: numeric.Number = 0
    for part in value.data:
        try:
            number = convert(part, NUMBER)
        except ConversionError:
            number = values.NULL
        if number.null:
            raise CallError("argument must be list, set, or tuple of number values", 0)
        try:
            total = numeric.add(total, number.data)
        except ZeroDivisionError:
            raise CallError("can't compute sum of opposing infinities") from None
    return values.number(total)


def _transpose(arguments: Sequence[Value]) -> Value:
    value = arguments[0]
    kind = types.map_of(types.LIST_OF_STRING)
    if not value.wholly_known:
        return values.unknown(kind, not_null=True)
    turned: dict[str, list[str]] = {}
    for name, texts in value.data.items():
        for text in texts.data or ():
            if not text.null:
                turned.setdefault(text.data, []).append(name)
    return values.map_value(types.LIST_OF_STRING, {name: strings(sorted(texts)) for name, texts in turned.items()})


def _values(arguments: Sequence[Value]) -> Value:
    value = arguments[0]
    if value.type.kind == "map":
        if not value.known:
            return values.unknown(types.list_of(value.type.element), not_null=True).marked(value.marks)
        return values.list_value(value.type.element, value.data.values()).marked(value.marks)
    if value.type.kind != "object":
        raise CallError("values() requires a map as the first argument")
    if not value.known:
        attributes = value.type.attributes
        kind = types.tuple_of(attributes[name] for name in sorted(attributes))
        return values.unknown(kind, not_null=True).marked(value.marks)
    return values.tuple_value(value.data.values()).marked(value.marks)


def _zipmap(arguments: Sequence[Value]) -> Value:
    keys, given = arguments
    keys, key_marks = values.unmark_deep(keys)
    marks = key_marks | given.marks
    if given.type.kind not in ("list", "tuple"):
        raise CallError("values argument must be a list or tuple value")
    whole_type = types.map_of(given.type.element) if given.type.kind == "list" else DYNAMIC
    if not keys.wholly_known:
        return values.unknown(whole_type).marked(marks)
    if given.type.kind == "tuple" or given.known:
        count = len(given.type.elements) if given.type.kind == "tuple" else len(given.data)
        if len(keys.data) != count:
            raise CallError(f"number of keys ({len(keys.data)}) does not match number of values ({count})")
    for position, key in enumerate(keys.data):
        if key.null:
            raise CallError(f"keys list has null value at index {position}")
    names = [key.data for key in keys.data]
    if not given.known:
        if given.type.kind == "tuple":
            whole_type = types.object_of(dict(zip(names, given.type.elements, strict=True)))
        return values.unknown(whole_type, not_null=True).marked(marks)
    made = dict(zip(names, given.data, strict=True))
    if given.type.kind == "list":
        return values.map_value(given.type.element, made).marked(marks)
    return values.object_value(made).marked(marks)


FUNCTIONS: dict[str, Implementation] = {
    "alltrue": _all_true,
    "anytrue": _any_true,
    "chunklist": _chunk_list,
    "coalesce": _coalesce,
    "coalescelist": _coalesce_list,
    "compact": _compact,
    "concat": _concat,
    "contains": _contains,
    "distinct": _distinct,
    "element": _element,
    "flatten": _flatten,
    "index": _index,
    "keys": _keys,
    "length": _length,
    "lookup": _lookup,
    "matchkeys": _match_keys,
    "merge": _merge,
    "one": _one,
    "range": _range,
    "reverse": _reverse,
    "setintersection": _set_operation("setintersection"),
    "setproduct": _set_product,
    "setsubtract": _set_operation("setsubtract"),
    "setunion": _set_operation("setunion"),
    "slice": _slice,
    "sort": _sort,
    "sum": _sum,
    "transpose": _transpose,
    "values": _values,
    "zipmap": _zipmap,
}
