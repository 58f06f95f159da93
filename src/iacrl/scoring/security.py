"""Security checks over what a text declares: what each check of a domain says about a document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from iacrl.domains.document import Document, Entity, EntityType
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

    A value that is not known from the text alone is not judged: a check that depends on it yields nothing.
    """
    by_type = _by_type(document.domain)
    for entity in document.entities:
        # What has no kind may be told apart by its name, as providers are.
        types = (
            str(EntityType(entity.category, one)) for one in dict.fromkeys((entity.kind, entity.kind or entity.name))
        )
        for check in (check for one in types for check in by_type.get(one, ())):
            for seen in check.look(entity):
                yield SecurityFinding(check, entity, seen.holds, seen.steps)


@cache
def _by_type(domain: str) -> dict[str, list[SecurityCheck]]:
    found: dict[str, list[SecurityCheck]] = {}
    for check in find_domain(domain).security_checks():
        for entity_type in check.looks_at:
            found.setdefault(entity_type, []).append(check)
    return found
