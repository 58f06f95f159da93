"""Functions that change the type or the marks of a value."""

from __future__ import annotations

import json

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.types import BOOL, DYNAMIC, NUMBER, STRING, Type
from iacrl.domains.terraform.cty.unification import convertible
from iacrl.domains.terraform.cty.values import EPHEMERAL, SENSITIVE, Value
from iacrl.domains.terraform.expressions.functions.arguments import CallError, Implementation


def _to(want: Type) -> Implementation:
    def to(value: Value) -> Value:
        if not convertible(value.type, want):
            raise CallError(f"cannot convert {value.type.friendly()} to {want.friendly(constraint=True)}", 0)
        if not value.known and value.type != want:
            # Terraform keeps only the requested type: `tolist` of an unknown set is a list of anything.
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


def _sensitive(value: Value) -> Value:
    return value.marked(SENSITIVE)


def _nonsensitive(given: Value) -> Value:
    value, marks = given.unmarked(), given.marks - SENSITIVE
    return value.marked(marks) if marks else value


def _issensitive(value: Value) -> Value:
    if "sensitive" in value.marks:
        return values.TRUE
    return values.boolean(False) if value.known else values.unknown(BOOL, not_null=True)


def _ephemeralasnull(value: Value) -> Value:
    return _without_ephemeral(value)


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


_tobool = _to(BOOL)
_tolist = _to(types.list_of(DYNAMIC))
_tomap = _to(types.map_of(DYNAMIC))
_tonumber = _to(NUMBER)
_toset = _to(types.set_of(DYNAMIC))
_tostring = _to(STRING)
