"""Why a type does not convert to another, in Terraform's words."""

from __future__ import annotations

from iacrl.domains.terraform.cty.types import Type
from iacrl.domains.terraform.cty.unification import convertible


def mismatch(have: Type, want: Type) -> str:
    """Say, in Terraform's words, why no value of type `have` converts to `want`."""
    if have.kind == "object" and want.kind == "object":
        return _mismatched_objects(have, want)
    structure = "object" if want.kind == "map" else "tuple"
    if want.is_collection and want.element.kind == "dynamic" and have.kind == structure:
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
