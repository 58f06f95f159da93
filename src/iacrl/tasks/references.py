"""Whether a value refers to an entity: by expression in Terraform, by name in Kubernetes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iacrl.validators.document import Entity, Expression

#: How deep a chain of locals is followed.
_DEEPEST = 8


def refers_to(
    value: Any, target: Entity | None, by: Sequence[str] | None, source: Entity, entities: Sequence[Entity]
) -> bool:
    """Return whether `value` refers to `target`; in Terraform through locals, and by one of the attributes `by`."""
    if target is None:
        return False
    if source.category == "object":
        return isinstance(value, str) and value == target.name
    address = _address(target)
    for reference in _references(value, entities, 0):
        if reference == address or reference.startswith((f"{address}.", f"{address}[")):
            rest = re.sub(r"\[[^\]]*\]", "", reference[len(address) :]).lstrip(".")
            if by is None or rest in by:
                return True
    return False


def _address(entity: Entity) -> str:
    prefix = {"variable": "var", "local": "local", "module": "module", "data": f"data.{entity.kind}"}
    return f"{prefix.get(entity.category, entity.kind)}.{entity.name}"


def _references(value: Any, entities: Sequence[Entity], depth: int) -> Iterator[str]:
    if isinstance(value, Expression):
        for reference in value.references:
            yield reference
            if reference.startswith("local.") and depth < _DEEPEST:
                name = re.split(r"[.\[]", reference, maxsplit=2)[1]
                for entity in entities:
                    if entity.category == "local" and entity.name == name:
                        yield from _references(dict(entity.values), entities, depth + 1)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _references(inner, entities, depth)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for inner in value:
            yield from _references(inner, entities, depth)
