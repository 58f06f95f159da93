"""Whether a value refers to an entity: by expression in Terraform, by name in Kubernetes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from iacrl.domains.document import Entity
from iacrl.intent.instances import InstanceView

#: How deep a chain of locals is followed.
_DEEPEST = 8


def refers_to(
    value: Any,
    target: Entity | None,
    by: Sequence[str] | None,
    source: Entity,
    steps: tuple[str | int, ...],
    entities: Sequence[Entity],
) -> bool:
    """Return whether `value`, at `steps` of `source`, refers to `target`.

    In Terraform it may do so through locals, and must do so by one of the attributes `by` where they are given.
    """
    if target is None:
        return False
    if source.category == "object":
        return isinstance(value, str) and value == target.name
    address = _address(target)
    for reference in _followed(source.references_at(steps), entities, 0):
        if reference == address or reference.startswith((f"{address}.", f"{address}[")):
            rest = reference[len(address) :]
            key = re.match(r'\["?([\w-]+)"?\]', rest)
            if key and isinstance(target, InstanceView) and not _may_be(key[1], target.key):
                continue
            if by is None or re.sub(r"\[[^\]]*\]", "", rest).lstrip(".") in by:
                return True
    return False


def _may_be(written: str, key: int | str | None) -> bool:
    """Return whether an index as written is, or may turn out to be, this key."""
    return written == str(key) or written in ("each", "count", "var", "local")


def _address(entity: Entity) -> str:
    prefix = {"variable": "var", "local": "local", "module": "module", "data": f"data.{entity.kind}"}
    return f"{prefix.get(entity.category, entity.kind)}.{entity.name}"


def _followed(references: Iterable[str], entities: Sequence[Entity], depth: int) -> Iterator[str]:
    """Yield the references, and those of the locals among them."""
    for reference in references:
        yield reference
        if reference.startswith("local.") and depth < _DEEPEST:
            name = re.split(r"[.\[]", reference, maxsplit=2)[1]
            for entity in entities:
                if entity.category == "local" and entity.name == name:
                    for key in entity.values:
                        yield from _followed(entity.references_at((key,)), entities, depth + 1)
