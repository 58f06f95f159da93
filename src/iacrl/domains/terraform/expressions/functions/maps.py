"""Functions on maps and objects."""

from __future__ import annotations

from collections.abc import Sequence

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.types import DYNAMIC, Type
from iacrl.domains.terraform.cty.unification import unify
from iacrl.domains.terraform.cty.values import ANY, Value
from iacrl.domains.terraform.expressions.functions.arguments import CallError, strings


def _keys(value: Value) -> Value:
    if value.type.kind == "object":
        return values.tuple_value(map(values.string, sorted(value.type.attributes))).marked(value.marks)
    if value.type.kind != "map":
        raise CallError("must have map or object type", 0)
    if not value.known:
        return values.unknown(types.LIST_OF_STRING, not_null=True).marked(value.marks)
    return strings(value.data).marked(value.marks)


def _lookup(value: Value, key: Value, default: Value | None = None, *more: Value) -> Value:
    if value.type.kind == "dynamic":
        return ANY
    if more:
        raise CallError(f"lookup() takes two or three arguments, got {3 + len(more)}")
    marks = value.marks | key.marks
    if value.type.kind == "object":
        if not key.known:
            return ANY.marked(marks)
        if key.data in value.type.attributes:
            part = value.data[key.data] if value.known else values.unknown(value.type.attributes[key.data])
            return part.marked(marks)
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
    found: Value | None = value.data.get(key.data, default)
    if found is None:
        shown = "(sensitive value)" if key.marks else f'"{key.data}"'
        raise CallError(f"lookup failed to find key {shown}")
    return found.marked(marks)


def _matchkeys(chosen: Value, keys: Value, wanted: Value) -> Value:
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


def _merge(*arguments: Value) -> Value:
    after_null = False
    for value in arguments:
        if value.type.kind == "dynamic":
            if not value.null:
                return ANY
            after_null = True
        elif value.type.kind not in ("map", "object") and not (after_null and _is_empty(value)):
            raise CallError(f'arguments must be maps or objects, got "{value.type.friendly()}"')
    typed = [value for value in arguments if value.type.kind in ("map", "object")]
    if not typed:
        return values.object_value({})
    first = typed[0].type
    alike = all(value.type == first for value in typed)
    if not all(value.known for value in typed):
        return _merge_unknown(typed, first if alike else None)
    gathered: dict[str, Value] = {}
    for value in typed:
        gathered.update(value.data or {})
    if all(value.null for value in typed):
        return values.null(first if alike else types.object_of({}))
    if alike and first.kind == "map":
        return values.map_value(first.element, gathered)
    return values.object_value(gathered)


def _is_empty(value: Value) -> bool:
    """Say whether a value has no content: Terraform ignores the types of what follows a bare null."""
    return value.type.kind in ("tuple", "list", "set") and (not value.known or not value.data)


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


def _transpose(value: Value) -> Value:
    kind = types.map_of(types.LIST_OF_STRING)
    if not value.wholly_known:
        return values.unknown(kind, not_null=True)
    turned: dict[str, list[str]] = {}
    for name, texts in value.data.items():
        for text in texts.data or ():
            if not text.null:
                turned.setdefault(text.data, []).append(name)
    return values.map_value(types.LIST_OF_STRING, {name: strings(sorted(texts)) for name, texts in turned.items()})


def _values(value: Value) -> Value:
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


def _zipmap(keys: Value, given: Value) -> Value:
    keys, key_marks = values.unmark_deep(keys)
    marks = key_marks | given.marks
    if given.type.kind not in ("list", "tuple"):
        raise CallError("values argument must be a list or tuple value")
    whole_type = types.map_of(given.type.element) if given.type.kind == "list" else DYNAMIC
    if not keys.wholly_known:
        return values.unknown(whole_type)
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
