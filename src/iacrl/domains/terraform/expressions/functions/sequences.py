"""Functions on lists and tuples, and those on any collection."""

from __future__ import annotations

from typing import Any

from iacrl.domains.terraform.cty import numeric, types, values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.normal_text import clusters
from iacrl.domains.terraform.cty.types import BOOL, DYNAMIC, NUMBER, STRING
from iacrl.domains.terraform.cty.unification import unify
from iacrl.domains.terraform.cty.values import ANY, FALSE, TRUE, UNKNOWN, Value
from iacrl.domains.terraform.expressions.functions.arguments import CallError, integer, strings
from iacrl.domains.terraform.expressions.operators import equal

_RANGE_LIMIT = 1024


def _alltrue(listed: Value) -> Value:
    for value in listed.data:
        if not value.known:
            return values.unknown(BOOL, not_null=True)
        if not value.data:
            return FALSE
    return TRUE


def _anytrue(listed: Value) -> Value:
    unknown = False
    for value in listed.data:
        if not value.known:
            unknown = True
        elif value.data:
            return TRUE
    return values.unknown(BOOL, not_null=True) if unknown else FALSE


def _coalesce(*arguments: Value) -> Value:
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


def _coalescelist(*arguments: Value) -> Value:
    if not arguments:
        raise CallError("at least one argument is required")
    for value in arguments:
        if not value.known:
            break
        if value.type.kind not in ("list", "tuple"):
            raise CallError("coalescelist arguments must be lists or tuples")
    for value in arguments:
        if not value.known:
            return ANY
        if value.data:
            return value
    raise CallError("no non-null arguments")


def _compact(listed: Value) -> Value:
    if not listed.wholly_known:
        return values.unknown(types.LIST_OF_STRING, not_null=True)
    return values.list_value(STRING, [value for value in listed.data if value.data])


def _concat(*arguments: Value) -> Value:
    if not arguments:
        raise CallError("at least one argument is required")
    if all(value.type.kind == "list" for value in arguments):
        common = unify([value.type for value in arguments])
        if common is not None:
            if not all(value.known for value in arguments):
                return values.unknown(common, not_null=True)
            parts: list[Value] = []
            for position, value in enumerate(arguments):
                try:
                    parts.extend(convert(value, common).data)
                except ConversionError as error:
                    raise CallError(error.message, position) from None
            return values.list_value(common.element, parts)
    gathered: list[Value] = []
    complete = True
    for position, value in enumerate(arguments):
        if value.type.kind not in ("list", "tuple"):
            raise CallError(f"all arguments must be lists or tuples; got {value.type.friendly()}", position)
        if not value.known:
            if value.type.kind == "list":
                return ANY
            complete = False
            gathered.extend(map(values.unknown, value.type.elements))
        else:
            gathered.extend(value.data)
    made = values.tuple_value(gathered)
    return made if complete else values.unknown(made.type, not_null=True)


def _contains(sequence: Value, wanted: Value) -> Value:
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


def _distinct(value: Value) -> Value:
    if not value.wholly_known:
        return values.unknown(value.type, not_null=True)
    first: dict[Any, Value] = {}
    for element in value.data:
        first.setdefault(values.identity(element), element)
    return values.list_value(value.type.element, first.values())


def _chunklist(value: Value, size_value: Value) -> Value:
    if not value.known or not size_value.known:
        return values.unknown(types.list_of(value.type), not_null=True)
    size = integer(size_value, prefix="invalid index: ") if value.data else 0
    if size < 0:
        raise CallError("the size argument must be positive")
    data = value.data
    chunks = [data[at : at + size] for at in range(0, len(data), size)] if size else [data] if data else []
    return values.list_value(value.type, [values.list_value(value.type.element, chunk) for chunk in chunks])


def _element(value: Value, index_value: Value) -> Value:
    if value.type.kind == "list":
        if index_value.known and value.known:
            index = integer(index_value, prefix="invalid index: ")
            if not value.data:
                raise CallError("cannot use element function with an empty list")
            found: Value = value.data[_wrapped(index, len(value.data))]
            return found
        return values.unknown(value.type.element)
    if value.type.kind != "tuple":
        raise CallError(f"cannot read elements from {value.type.friendly()}")
    if not index_value.known:
        return ANY
    index = integer(index_value, prefix="invalid index: ")
    if not value.type.elements:
        raise CallError("cannot use element function with an empty list")
    index = _wrapped(index, len(value.type.elements))
    return value.data[index] if value.known else values.unknown(value.type.elements[index])


def _wrapped(index: int, length: int) -> int:
    """Wrap an index as `element` does.

    The remainder keeps the sign, so a negative index must be a multiple of the length.
    """
    if index < 0 and index % length:
        raise CallError("cannot use element function with a negative index")
    return index % length


def _flatten(value: Value) -> Value:
    if not value.type.is_sequence:
        if not value.wholly_known:
            return ANY
        raise CallError("can only flatten lists, sets and tuples")
    flat: list[Value] = []
    marks = _flatten_into(value, flat)
    return ANY if marks is None else values.tuple_value(flat).marked(marks)


def _flatten_into(value: Value, flat: list[Value]) -> frozenset[str] | None:
    """Append all parts to `flat`; return the marks of the lists they came from, or None if one is not known."""
    if not values.length_known(value):
        return None
    marks = value.marks
    for part in value.data:
        if part.type.is_sequence and not part.null:
            inner = _flatten_into(part, flat)
            if inner is None:
                return None
            marks |= inner
        elif part.type.kind == "dynamic" and not part.known:
            # It may turn out to be a list.
            return None
        else:
            flat.append(part)
    return marks


def _index(value: Value, wanted: Value) -> Value:
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


def _length(value: Value) -> Value:
    kind = value.type.kind
    if kind in ("number", "bool"):
        raise CallError("argument must be a string, a collection type, or a structural type")
    if kind == "tuple":
        return values.number(len(value.type.elements)).marked(value.marks)
    if kind == "object":
        return values.number(len(value.type.attributes)).marked(value.marks)
    if not values.length_known(value):
        return values.unknown(NUMBER, not_null=True).marked(value.marks)
    return values.number(len(clusters(value.data) if kind == "string" else value.data)).marked(value.marks)


_NOT_ONE = "must be a list, set, or tuple value with either zero or one elements"


def _one(value: Value) -> Value:
    if value.type.kind == "tuple":
        if len(value.type.elements) > 1:
            raise CallError(_NOT_ONE, 0)
        if not value.type.elements:
            return values.null(DYNAMIC) if value.known else ANY
        return value.data[0] if value.known else values.unknown(value.type.elements[0])
    if not value.type.is_sequence:
        raise CallError(_NOT_ONE, 0)
    if not values.length_known(value):
        return values.unknown(value.type.element)
    if len(value.data) > 1:
        raise CallError(_NOT_ONE, 0)
    return value.data[0] if value.data else values.null(value.type.element)


def _range(*arguments: Value) -> Value:
    numbers = [value.data for value in arguments]
    if len(numbers) == 1:
        start, end = numeric.ZERO, numbers[0]
    elif len(numbers) in (2, 3):
        start, end = numbers[:2]
    else:
        raise CallError("must have one, two, or three arguments")
    step = numbers[2] if len(numbers) == 3 else (-1 if end < start else 1)
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


def _reverse(value: Value) -> Value:
    if value.type.kind == "tuple":
        if not value.known:
            return values.unknown(types.tuple_of(reversed(value.type.elements)), not_null=True)
        return values.tuple_value(reversed(value.data))
    if not value.type.is_sequence:
        raise CallError(f"can only reverse list or tuple values, not {value.type.friendly()}", 0)
    if not value.known:
        return values.unknown(types.list_of(value.type.element), not_null=True)
    return values.list_value(value.type.element, reversed(value.data))


def _slice(value: Value, start_value: Value, end_value: Value) -> Value:
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


def _sort(listed: Value) -> Value:
    if not listed.wholly_known:
        # The first element is not known, but the number of elements is.
        return values.list_value(STRING, [values.unknown(STRING)] * len(listed.data))
    for index, value in enumerate(listed.data):
        if value.null:
            raise CallError(f"given list element {index} is null; a null string cannot be sorted")
    return strings(sorted(value.data for value in listed.data))


def _sum(value: Value) -> Value:
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
