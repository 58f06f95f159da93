"""What an intent may name: the categories of entities and the tests of values of its domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from iacrl.domains.base import Category, Domain, DomainTest
from iacrl.domains.document import EntityType
from iacrl.errors import UserError, did_you_mean


class Vocabulary(NamedTuple):
    """The words of one domain or, where it is not known which is meant, of several.

    Attributes:
        categories: What may be asked for.
        tests: The tests beside the general ones (see `iacrl.intent.value_tests`), by name.
    """

    categories: tuple[Category, ...]
    tests: Mapping[str, DomainTest]

    def read_entity_type(self, raw: object, place: str) -> EntityType:
        """Read a category and its kind, `resource KIND`, or a category that has no kinds.

        Raises:
            UserError: It is malformed, or there is no such category.
        """
        if not isinstance(raw, str) or not raw.strip():
            raise UserError(f"{place} is {raw!r}: expected a category and kind{self._example()}.")
        category, *kind = raw.split()
        known = [one for one in self.categories if one.name == category]
        if not known:
            names = dict.fromkeys(one.name for one in self.categories)
            listed = f"Categories: {', '.join(names)}." if names else "The domain declares none."
            raise UserError(f"{place}: unknown category {category!r}.{did_you_mean(category, names)} {listed}")
        if not any(len(kind) == one.has_kind for one in known):
            raise UserError(f"{place} is {raw!r}: expected {_form(known[0])}.")
        return EntityType(category, kind[0] if kind else "")

    def _example(self) -> str:
        return f" such as {_form(self.categories[0])}" if self.categories else ""


def vocabulary_of(domains: Iterable[Domain]) -> Vocabulary:
    """Return the words of these domains; of tests with the same name that of the first domain."""
    categories: list[Category] = []
    tests: dict[str, DomainTest] = {}
    for domain in domains:
        categories += domain.categories
        tests = {**domain.value_tests(), **tests}
    return Vocabulary(tuple(categories), tests)


def knows(domain: Domain, entity_type: EntityType) -> bool:
    """Return whether documents of a domain may hold entities of a type."""
    return any(one.name == entity_type.category and one.has_kind == bool(entity_type.kind) for one in domain.categories)


def _form(category: Category) -> str:
    return f'"{category.name} KIND"' if category.has_kind else f'"{category.name}" alone'
