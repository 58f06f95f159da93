"""A document as plain data, for domains that know all entities once the text is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from iacrl.domains.document import Expression, references_in
from iacrl.domains.paths import Steps
from iacrl.domains.ranges import Range


@dataclass(frozen=True, slots=True)
class PlainEntity:
    """One declared thing.

    Attributes:
        category: One of the categories of the domain.
        name: Its name in the text.
        range: Where it is declared.
        values: What it sets, as nested plain data; values that are not static are `Expression`s.
        kind: Its kind; empty if the category has no kinds.
        places: The places in the text of values within it, by their steps.
        judged: Whether its kind is known, and it was checked against schema and rules.
    """

    category: str
    name: str
    range: Range
    values: Mapping[str, Any]
    kind: str = ""
    places: Mapping[Steps, Range] = field(default_factory=dict)
    judged: bool = True

    def range_of(self, steps: Steps) -> Range:
        """Return where the value at these steps is; the nearest enclosing place that is known."""
        above = (self.places.get(steps[:length]) for length in range(len(steps), 0, -1))
        return next((place for place in above if place is not None), self.range)

    def references_at(self, steps: Steps) -> tuple[str, ...]:
        """Return what the value at these steps and everything within it refers to."""
        value: Any = self.values
        for step in steps:
            if isinstance(value, Expression):
                break
            value = value[step]
        return tuple(references_in(value))


@dataclass(frozen=True, slots=True)
class PlainDocument:
    """The tree of one text.

    Attributes:
        domain: The name of the domain that the text is of.
        entities: Every entity, in the order of the text.
    """

    domain: str
    entities: Sequence[PlainEntity]
