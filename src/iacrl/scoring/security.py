"""Security checks over what a text declares: what each check of a domain says about a document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from iacrl.domains.document import Document, Entity, EntityType, EntityView, Expression
from iacrl.domains.paths import Steps
from iacrl.domains.registry import all_domains, find_domain
from iacrl.domains.security import SecurityCheck


@dataclass(frozen=True, slots=True)
class SecurityFinding:
    """What a check says about one place of a document."""

    check: SecurityCheck
    entity: Entity
    holds: bool
    steps: Steps


def all_checks() -> tuple[SecurityCheck, ...]:
    """Return the checks of every domain."""
    return tuple(check for domain in all_domains() for check in domain.security_checks())


def examine(document: Document) -> Iterator[SecurityFinding]:
    """Yield what each check says about each place that it can judge, in the order of the text.

    A value that the text alone does not determine, such as an attribute of another resource, is not judged: a check
    that depends on it yields nothing. But a variable without a default leaves the value to the module's caller: a check
    that depends on it fails.
    """
    by_type = _by_type(document.domain)
    variables = _Variables(document)
    for entity in document.entities:
        # An entity without a kind may be recognized by its name, as providers are.
        types = (
            str(EntityType(entity.category, one)) for one in dict.fromkeys((entity.kind, entity.kind or entity.name))
        )
        for check in (check for one in types for check in by_type.get(one, ())):
            found = [SecurityFinding(check, entity, seen.holds, seen.steps) for seen in check.look(entity)]
            yield from found
            left_open = variables.filled_in(entity)
            if any(sum(1 for _ in check.look(view)) > len(found) for view in left_open):
                yield SecurityFinding(check, entity, False, ())


#: What a variable may be: nothing, everything, a port, a policy. If one of them changes a check, it depends on it.
_STAND_INS = (None, "*", 22, '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}]}')
#: Locals that refer to each other are followed so far.
_DEEPEST = 8


class _Variables:
    """The values of a document that only its variables decide."""

    def __init__(self, document: Document) -> None:
        self._locals = {
            f"local.{one.name}": one.values.get("value") for one in document.entities if one.category == "local"
        }

    def filled_in(self, entity: Entity) -> list[EntityView]:
        """Return the entity with these substitutes for its values; nothing if it has none."""
        if not any(self._is_open(leaf) for leaf in _expressions(entity.values)):
            return []
        return [EntityView(entity, self._filled(entity.values, stand_in)) for stand_in in _STAND_INS]

    def _filled(self, value: Any, stand_in: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self._filled(one, stand_in) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return tuple(self._filled(one, stand_in) for one in value)
        return stand_in if self._is_open(value) else value

    def _is_open(self, value: Any, depth: int = 0) -> bool:
        if not isinstance(value, Expression) or not value.references or depth > _DEEPEST:
            return False
        return all(
            one.startswith("var.") or self._is_open(self._locals.get(".".join(one.split(".")[:2])), depth + 1)
            for one in value.references
        )


def _expressions(value: Any) -> Iterator[Expression]:
    if isinstance(value, Expression):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _expressions(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _expressions(one)


@cache
def _by_type(domain: str) -> dict[str, list[SecurityCheck]]:
    found: dict[str, list[SecurityCheck]] = {}
    for check in find_domain(domain).security_checks():
        for entity_type in check.looks_at:
            found.setdefault(entity_type, []).append(check)
    return found
