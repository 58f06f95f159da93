"""What the documents of all domains share: entities with plain values, which intents and rewards read.

An entity is one thing that the text declares: a Terraform resource, variable or output, a Kubernetes object. Its
`values` are nested plain data: mappings, sequences, strings, numbers, booleans and None. A path such as
`spec.template.spec.containers[0].image` or `versioning_configuration[0].status` works the same in every domain
(repeated blocks are lists). A value that is not static is an `Expression` with its references.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from iacrl.domains.ranges import Range


@dataclass(frozen=True, slots=True)
class Expression:
    """A value that is not known from the text alone.

    Attributes:
        text: The source of the expression.
        references: What it refers to, in order, such as `aws_s3_bucket.logs.id`, `var.region`, `each.key`.
    """

    text: str
    references: tuple[str, ...]


def references_in(value: Any) -> Iterator[str]:
    """Yield what a value and everything within it refers to."""
    if isinstance(value, Expression):
        yield from value.references
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from references_in(inner)


class EncodedObject(dict[str, Any]):
    """The object in a text of JSON or YAML that is not wholly known. Read-only by convention."""


class EncodedList(tuple[Any, ...]):
    """The list in a text of JSON or YAML that is not wholly known."""

    __slots__ = ()


class EntityType(NamedTuple):
    """A category and, if it has kinds, a kind: `resource aws_s3_bucket`, `output`."""

    category: str
    kind: str

    def __str__(self) -> str:
        return f"{self.category} {self.kind}".rstrip()


class Entity(Protocol):
    """One declared thing. Read-only."""

    @property
    def category(self) -> str:
        """Its category, one of those of its domain: `resource`, `variable`, `object`."""
        ...

    @property
    def kind(self) -> str:
        """Its kind: the type of a resource, the kind of an object; empty if its category has only one."""
        ...

    @property
    def name(self) -> str:
        """Its name in the text; empty if it has none."""
        ...

    @property
    def range(self) -> Range:
        """Where the entity is declared."""
        ...

    @property
    def values(self) -> Mapping[str, Any]:
        """Everything it sets, as nested plain data; values that are not static are `Expression`s."""
        ...

    @property
    def judged(self) -> bool:
        """Whether its kind is known, and it was checked against schema and rules. Otherwise it earns nothing."""
        ...

    def range_of(self, steps: tuple[str | int, ...]) -> Range:
        """Return where the value at these steps is; the nearest enclosing range if it has none of its own."""
        ...

    def references_at(self, steps: tuple[str | int, ...]) -> tuple[str, ...]:
        """Return what the source of the value at these steps refers to, even if that value is known."""
        ...


@dataclass(frozen=True, slots=True)
class EntityView:
    """An entity with other values than those in its source."""

    whole: Entity
    values: Mapping[str, Any]

    @property
    def category(self) -> str:
        """The category of the whole."""
        return self.whole.category

    @property
    def kind(self) -> str:
        """The kind of the whole."""
        return self.whole.kind

    @property
    def name(self) -> str:
        """The name of the whole."""
        return self.whole.name

    @property
    def judged(self) -> bool:
        """Whether the whole was judged."""
        return self.whole.judged

    @property
    def range(self) -> Range:
        """Where the whole is declared."""
        return self.whole.range

    def range_of(self, steps: tuple[str | int, ...]) -> Range:
        """Return where the value is in the whole."""
        return self.whole.range_of(steps)

    def references_at(self, steps: tuple[str | int, ...]) -> tuple[str, ...]:
        """Return what the value refers to in the whole."""
        return self.whole.references_at(steps)


class Document(Protocol):
    """The validated tree of one text."""

    @property
    def domain(self) -> str:
        """The name of the domain that the text is of."""
        ...

    @property
    def entities(self) -> Sequence[Entity]:
        """Every entity, in the order of the text."""
        ...
