"""Functions that change the type or the marks of a value."""

from __future__ import annotations

import json
from collections.abc import Sequence

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.types import BOOL, DYNAMIC, NUMBER, STRING, Type
from iacrl.domains.terraform.cty.unification import convertible
from iacrl.domains.terraform.cty.values import EPHEMERAL, SENSITIVE, Value
from iacrl.domains.terraform.expressions.functions.arguments import CallError, Implementation


def _to(want: Type) -> Implementation:
    def to(arguments: Sequence[Value]) -> Value:
        value = arguments[0]
        if not convertible(value.type, want):
            raise CallError(f"cannot convert {value.type.friendly()} to {want.friendly(constraint=True)}", 0)
        if not value.known and value.type != want:
            # Terraform promises no more than what was asked for: `tolist` of an unknown set is a list of anything.
            return values.unknown(want, value.not_null).marked(value.marks)
        try:
            return convert(value, want)
        except ConversionError:
            raise CallError(_why_not(value, want), 0) from None

    return to


def _why_not(value: Value, want: Type) -> str:
    if value.has_marks:
        return f"cannot convert this sensitive {value.type.friendly()} to {want.friendly(constraint=True)}"
    if value.type is STRING and want is BOOL:
        return f'cannot convert {json.dumps(value.data)} to bool; only the strings "true" or "false" are allowed'
    if value.type is STRING and want is NUMBER:
        return (
            f"cannot convert {json.dumps(value.data)} to number; given string must be a decimal representation of a "
            "number"
        )
    return f"cannot convert {value.type.friendly()} to {want.friendly(constraint=True)}"


def _sensitive(arguments: Sequence[Value]) -> Value:
    return arguments[0].marked(SENSITIVE)


def _nonsensitive(arguments: Sequence[Value]) -> Value:
    value, marks = arguments[0].unmarked(), arguments[0].marks - SENSITIVE
    return value.marked(marks) if marks else value


def _issensitive(arguments: Sequence[Value]) -> Value:
    value = arguments[0]
    if "sensitive" in value.marks:
        return values.TRUE
    return values.boolean(False) if value.known else values.unknown(BOOL, not_null=True)


def _ephemeral_as_null(arguments: Sequence[Value]) -> Value:
    return _without_ephemeral(arguments[0])


def _without_ephemeral(value: Value) -> Value:
    if not value.has_marks:
        return value
    if "ephemeral" in value.marks:
        bare = values.null(value.type) if value.known else values.unknown(value.type)
        return bare.marked(value.marks - EPHEMERAL)
    if isinstance(value.data, dict):
        parts = {name: _without_ephemeral(part) for name, part in value.data.items()}
        made = values.object_value(parts)
        return (made if value.type.kind == "object" else values.map_value(value.type.element, parts)).marked(
            value.marks
        )
    if isinstance(value.data, tuple):
        elements = [_without_ephemeral(part) for part in value.data]
        if value.type.kind == "list":
            return values.list_value(value.type.element, elements).marked(value.marks)
        return values.tuple_value(elements).marked(value.marks)
    return value


FUNCTIONS: dict[str, Implementation] = {
    "ephemeralasnull": _ephemeral_as_null,
    "issensitive": _issensitive,
    "nonsensitive": _nonsensitive,
    "sensitive": _sensitive,
    "tobool": _to(BOOL),
    "tolist": _to(types.list_of(DYNAMIC)),
    "tomap": _to(types.map_of(DYNAMIC)),
    "tonumber": _to(NUMBER),
    "toset": _to(types.set_of(DYNAMIC)),
    "tostring": _to(STRING),
}
