"""What both domains' documents have in common: entities with plain values, which intents and rewards read.

An entity is one thing that the text declares: a Terraform resource, variable or output, a Kubernetes object. Its
`values` are nested plain data: mappings, sequences, strings, numbers, booleans and None, so that a path such as
`spec.template.spec.containers[0].image` or `versioning_configuration[0].status` reads the same in both domains
(repeated Terraform blocks are lists). Where a value is not static it is an `Expression` with the references it holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from iacrl.domains.verdict import Range


@dataclass(frozen=True, slots=True)
class Expression:
    """A value that is not known from the text alone.

    Attributes:
        text: The source of the expression.
        references: What it refers to, in order, such as `aws_s3_bucket.logs.id`, `var.region`, `each.key`.
    """

    text: str
    references: tuple[str, ...]


class Entity(Protocol):
    """One declared thing. Read-only."""

    @property
    def category(self) -> str:
        """`object` for Kubernetes; `local`, or the type of the block that declares it: `resource`, `variable`."""
        ...

    @property
    def kind(self) -> str:
        """The type of a resource, data source or ephemeral resource, or the Kubernetes kind; else empty."""
        ...

    @property
    def name(self) -> str:
        """The block's last label, or `metadata.name`; empty where there is none."""
        ...

    @property
    def range(self) -> Range:
        """Where the entity is declared."""
        ...

    @property
    def values(self) -> Mapping[str, Any]:
        """Everything it sets, as nested plain data with `Expression` leaves where nothing static is known."""
        ...

    def range_of(self, steps: tuple[str | int, ...]) -> Range:
        """Return where the value at these steps stands; the nearest enclosing range when it has none of its own."""
        ...

    def references_at(self, steps: tuple[str | int, ...]) -> tuple[str, ...]:
        """Return what the source of the value at these steps refers to, also where that value is known."""
        ...


class Document(Protocol):
    """The validated tree of one text."""

    @property
    def entities(self) -> Sequence[Entity]:
        """Every entity, in the order of the text."""
        ...
