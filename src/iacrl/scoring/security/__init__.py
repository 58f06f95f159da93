"""Security checks over what a text declares: the catalogue, and what it finds in a document."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from iacrl.domains.document import Document, Entity
from iacrl.domains.verdict import DOMAINS, Domain
from iacrl.scoring.security.checks import Check, Finding

__all__ = ["Check", "Finding", "checks_of", "examine"]


@cache
def checks_of(domain: Domain) -> tuple[Check, ...]:
    """Return every check of a domain, by id."""
    if domain == "terraform":
        from iacrl.domains.terraform.security import aws_access, aws_data, aws_network, azure, google, secrets

        found = [
            *aws_data.CHECKS, *aws_access.CHECKS, *aws_network.CHECKS, *google.CHECKS, *azure.CHECKS, *secrets.CHECKS,
        ]  # fmt: skip
    else:
        from iacrl.domains.kubernetes.security import cluster, pods

        found = [*pods.CHECKS, *cluster.CHECKS]
    return tuple(sorted(found, key=lambda check: check.id))


def all_checks() -> tuple[Check, ...]:
    """Return the whole catalogue."""
    return tuple(check for domain in DOMAINS for check in checks_of(domain))


def examine(document: Document, domain: Domain) -> Iterator[Finding]:
    """Yield what each check says about each place that it can judge, in the order of the text.

    A value that is not known from the text alone is not judged: a check that depends on it yields nothing.
    """
    by_sort = _by_sort(domain)
    for entity in document.entities:
        for check in by_sort.get(_sort(entity), ()):
            for seen in check.look(entity):
                yield Finding(check, entity, seen.holds, seen.steps)


def _sort(entity: Entity) -> str:
    """Return the category with the kind; a provider's kind is its name, and a variable has none."""
    kind = entity.name if entity.category == "provider" else entity.kind
    return f"{entity.category} {kind}".rstrip()


@cache
def _by_sort(domain: Domain) -> dict[str, list[Check]]:
    found: dict[str, list[Check]] = {}
    for check in checks_of(domain):
        for sort in check.sorts:
            found.setdefault(sort, []).append(check)
    return found
