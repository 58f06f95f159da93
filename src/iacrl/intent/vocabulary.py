"""The words of an intent: its domain's categories of entities and tests of values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from iacrl.domains.base import Category, Domain, DomainTest
from iacrl.domains.document import EntityType
from iacrl.errors import UserError, did_you_mean


class Vocabulary(NamedTuple):
    """The words of one domain, or of several if the domain is unknown.

    Attributes:
        categories: The categories that may be asked for.
        tests: The domain's own tests by name, in addition to the general ones (see `iacrl.intent.value_tests`).
        takes_inputs: Whether a case may give other values of inputs.
    """

    categories: tuple[Category, ...]
    tests: Mapping[str, DomainTest]
    takes_inputs: bool

    def read_entity_type(self, raw: object, place: str) -> EntityType:
        """Read a category and its kind, `resource KIND`, or a category that has no kinds.

        Raises:
            UserError: It is malformed, or the category is unknown.
        """
        if not isinstance(raw, str) or not raw.strip():
            raise UserError(f"{place} is {raw!r}: expected a category and its kind.")
        category, *kind = raw.split()
        known = [one for one in self.categories if one.name == category]
        if not known:
            names = dict.fromkeys(one.name for one in self.categories)
            listed = f"Categories: {', '.join(names)}." if names else "The domain declares none."
            raise UserError(f"{place}: unknown category {category!r}.{did_you_mean(category, names)} {listed}")
        found = EntityType(category, " ".join(kind))
        if not any(_holds(one, found) for one in known):
            form = f'"{category} KIND", the kind like {known[0].kind}' if known[0].kind else f'"{category}" alone'
            raise UserError(f"{place} is {raw!r}: expected {form}.")
        return found


def vocabulary_of(domains: Iterable[Domain]) -> Vocabulary:
    """Return the words of these domains; for tests with the same name, the first domain's."""
    categories: list[Category] = []
    tests: dict[str, DomainTest] = {}
    takes_inputs = False
    for domain in domains:
        takes_inputs = takes_inputs or domain.with_inputs is not None
        categories += domain.categories
        tests = {**domain.value_tests(), **tests}
    return Vocabulary(tuple(categories), tests, takes_inputs)


def knows(domain: Domain, entity_type: EntityType) -> bool:
    """Return whether documents of a domain may contain entities of a type."""
    return any(_holds(category, entity_type) for category in domain.categories)


def _holds(category: Category, entity_type: EntityType) -> bool:
    return category.name == entity_type.category and re.fullmatch(category.kind, entity_type.kind) is not None
