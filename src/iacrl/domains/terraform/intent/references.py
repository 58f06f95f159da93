"""Whether a value of Terraform refers to an entity: by an expression, directly or through locals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from iacrl.domains.document import Entity
from iacrl.domains.meaning import Flow
from iacrl.domains.terraform.intent.instances import InstanceView

#: How deep a chain of locals is followed.
_DEEPEST = 8


def refers_to(flow: Flow) -> bool:
    """Return whether the value refers to the target, by one of the attributes `by` where they are given."""
    address = _address(flow.target)
    for reference in _followed(flow.source.references_at(flow.steps), flow.entities, 0):
        if reference == address or reference.startswith((f"{address}.", f"{address}[")):
            rest = reference[len(address) :]
            key = re.match(r'\["?([\w-]+)"?\]', rest)
            if key and isinstance(flow.target, InstanceView) and not _may_be(key[1], flow.target.key):
                continue
            if flow.by is None or re.sub(r"\[[^\]]*\]", "", rest).lstrip(".") in flow.by:
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
