"""Which types convert to which, and the common type of several types.

The rules are those of cty's `convert` package. A safe conversion works for every value (number to string); an unsafe
one depends on the value (string to number). Terraform allows both almost everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from iacrl.domains.terraform.cty import types
from iacrl.domains.terraform.cty.types import DYNAMIC, Type, without_optional


def convertible(have: Type, want: Type, unsafe: bool = True) -> bool:
    """Say whether some value of type `have` converts to `want`."""
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
            if want.element.kind == "dynamic" and _is_mixture(have.elements):
                return False
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


def always_converts(have: Type, want: Type) -> bool:
    """Say whether every value of type `have` certainly converts to `want`, as most arguments' values do.

    A quick check for the types of most arguments: primitives, and lists, sets and maps of them.
    """
    if have is want:
        return True
    plain = want.element if want.kind in types.COLLECTIONS else want
    return plain.kind in types.PRIMITIVES and convertible(have, want, unsafe=False)


def _all_convertible(parts: Iterable[Type], want: Type, unsafe: bool) -> bool:
    if want.kind == "dynamic":
        return _unify_parts(parts, unsafe) is not None
    return all(convertible(part, want, unsafe) for part in parts)


def _is_mixture(parts: Sequence[Type]) -> bool:
    """Whether structures or collections are mixed with entirely unknown parts; those have no common type."""
    return unify(parts) is DYNAMIC and any(part.kind != "dynamic" for part in parts)


def _unify_parts(parts: Iterable[Type], unsafe: bool = True) -> Type | None:
    """The common type of all parts of a structure; without parts it stays open."""
    present = list(parts)
    return unify(present, unsafe) if present else DYNAMIC


def unify(candidates: Sequence[Type], unsafe: bool = True) -> Type | None:
    """Return the common type that all `candidates` convert to, or None."""
    if not candidates:
        return None
    distinct = list(dict.fromkeys(candidates))
    if len(distinct) == 1:
        return distinct[0]
    kinds = {type.kind for type in distinct}
    shapes = kinds - {"dynamic"}
    if len(shapes) == 1 and shapes <= _UNIFIED_BY_PARTS:
        # An unknown type may turn out to be anything, so the parts cannot be compared.
        return DYNAMIC if "dynamic" in kinds else _unify_alike(distinct, unsafe)
    if shapes in ({"list", "tuple"}, {"map", "object"}):
        made = _unify_structures_as_collection(distinct, unsafe)
        if made is not None:
            return made
    if {"object", "tuple"} <= shapes:
        return None
    for want in _most_general_first(distinct):
        if all(have is want or convertible(have, want, unsafe) for have in distinct):
            return want
    return None


_UNIFIED_BY_PARTS = frozenset({"list", "set", "map", "object", "tuple"})


def _unify_alike(candidates: list[Type], unsafe: bool) -> Type | None:
    """Unify types of one kind part by part."""
    kind = candidates[0].kind
    if kind in ("object", "tuple"):
        return _unify_structures(candidates, unsafe)
    element = unify([type.element for type in candidates], unsafe)
    return None if element is None else types.collection_of(kind, element)


def _unify_structures_as_collection(candidates: list[Type], unsafe: bool) -> Type | None:
    """Unify tuples with lists, or objects with maps, as if the structures were already collections."""
    structures = [type for type in candidates if type.kind in ("tuple", "object")]
    if not any(type.elements if type.kind == "tuple" else type.attributes for type in structures):
        return None  # Empty ones say nothing about elements: they get the type of the collections.
    collected = _unify_as_collection(structures, unsafe)
    if collected is None:
        return None
    made = unify([collected if type.kind in ("tuple", "object") else type for type in candidates], unsafe)
    return made if made is not None and made.kind == collected.kind else None


def _unify_as_collection(structures: list[Type], unsafe: bool) -> Type | None:
    """The list or map that all these tuples or objects convert to."""
    if structures[0].kind == "tuple":
        element = _unify_parts((part for type in structures for part in type.elements), unsafe)
        kind: types.Kind = "list"
    else:
        element = _unify_parts((part for type in structures for part in type.attributes.values()), unsafe)
        kind = "map"
    if element is None:
        return None
    made = types.collection_of(kind, element)
    return made if all(convertible(type, made, unsafe) for type in structures) else None


def _unify_structures(structures: list[Type], unsafe: bool) -> Type | None:
    """Unify objects attribute by attribute, or tuples element by element; else as maps or lists."""
    objects = structures[0].kind == "object"
    parts: list[dict[Any, Type]] = [
        type.attributes if objects else dict(enumerate(type.elements)) for type in structures
    ]
    if all(other.keys() == parts[0].keys() for other in parts):
        unified: dict[Any, Type] = {}
        for name in parts[0]:
            part = unify([other[name] for other in parts], unsafe)
            if part is None:
                return None
            unified[name] = part
        made = types.object_of(unified) if objects else types.tuple_of(unified.values())
        if all(convertible(type, made, unsafe) for type in structures):
            return made
    return _unify_as_collection(structures, unsafe)


def _most_general_first(candidates: list[Type]) -> list[Type]:
    """Sort so that a type comes before those it is more general than; otherwise keep the given order."""
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


#: Which kind is preferred if both fit the values: a list over a tuple, and either over a set.
_GENERALITY = {"list": 3, "tuple": 2, "set": 1}


def _compare(one: Type, other: Type) -> int:
    """Return -1 if `one` is the more general type, 1 if `other` is, 0 if neither is."""
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


def filled(have: Type, want: Type) -> Type:
    """Return the type of a value of type `have` after conversion to `want`, which may have open parts."""
    if not want.is_dynamic_inside:
        return without_optional(want)
    if want.kind == "dynamic":
        return have
    if have.kind == "dynamic":
        return without_optional(want)
    if want.kind in types.COLLECTIONS:
        if have.kind in types.COLLECTIONS:
            element = filled(have.element, want.element)
        else:
            parts = list(have.elements if have.kind == "tuple" else have.attributes.values())
            if not parts:
                return without_optional(want)
            if want.element.kind != "dynamic":
                parts = [filled(part, want.element) for part in parts]
            element = unify(parts) or DYNAMIC
            if want.kind == "map" and element is DYNAMIC:
                # Null and unknown elements are assumed to have the type of the known ones.
                distinct = {part for part in parts if part.kind != "dynamic"}
                element = distinct.pop() if len(distinct) == 1 else DYNAMIC
        return types.collection_of(want.kind, element)
    if want.kind == "tuple":
        pairs = zip(have.elements, want.elements, strict=True)
        return types.tuple_of(filled(one, other) for one, other in pairs)
    of = have.attributes.get if have.kind == "object" else lambda name, default: have.element
    return types.object_of(
        {name: filled(of(name, attribute), attribute) for name, attribute in want.attributes.items()}
    )
