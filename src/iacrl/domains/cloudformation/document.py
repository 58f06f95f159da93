"""The tree that intents and rewards read: resources, parameters, outputs, mappings, conditions and rules.

An entity's values are its whole body, so that a path reads as in the template: `Properties.BucketName`,
`DeletionPolicy`, `Export.Name`. A condition has no keys of its own; its function is at `Value`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from iacrl.domains.cloudformation.intrinsics import plain
from iacrl.domains.cloudformation.limits import START
from iacrl.domains.cloudformation.places import place
from iacrl.domains.document import Expression
from iacrl.domains.verdict import Range

_SECTIONS = {
    "Resources": "resource",
    "Parameters": "parameter",
    "Outputs": "output",
    "Mappings": "mapping",
    "Conditions": "condition",
    "Rules": "rule",
}


class CloudFormationEntity:
    """One resource, parameter, output, mapping, condition or rule."""

    def __init__(self, category: str, name: Any, body: Any, lines: Sequence[str], judged: bool) -> None:
        self._key, self._body, self._lines = name, body, lines
        self.judged = judged
        self.category = category
        self.name = str(name)

    @cached_property
    def kind(self) -> str:
        """The type of a resource; empty for everything else."""
        kind = self._body.get("Type") if isinstance(self._body, Mapping) else None
        return str(kind) if self.category == "resource" and isinstance(kind, str) else ""

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """Everything it sets, as nested plain data with `Expression` leaves."""
        value = plain(self._body)
        return value if isinstance(value, Mapping) else {"Value": value}

    @property
    def range(self) -> Range:
        """From its name to the end of its body."""
        return self._from(self._key, self._body) or START

    def range_of(self, steps: tuple[str | int, ...]) -> Range:
        """Return where the value at these steps is; the nearest enclosing range where it has none of its own."""
        value, where = self._body, self.range
        for step in steps:
            if isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
                where = self._from(value, value) or where
            elif isinstance(value, Mapping) and step in value:
                key = next(key for key in value if key == step)
                value = value[key]
                where = self._from(key, value) or where
            else:
                break
        return where

    def references_at(self, steps: tuple[str | int, ...]) -> tuple[str, ...]:
        """Return what the value at these steps refers to."""
        value: Any = self.values
        for step in steps:
            if isinstance(value, Mapping):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
        return value.references if isinstance(value, Expression) else ()

    def _from(self, first: Any, last: Any) -> Range | None:
        """Return the range from the start of one node to the end of another; None where neither has a mark."""
        begin = getattr(first, "start_mark", None)
        end = getattr(last, "end_mark", None) or getattr(first, "end_mark", None)
        if begin is None or end is None:
            return None
        return place(self._lines, (begin.line + 1, begin.column + 1), (end.line + 1, end.column + 1))


class CloudFormationDocument:
    """The entities of one template.

    Args:
        text: The template.
        template: The same, decoded.
        unjudged: The section and name of each entry that was not judged; None where none was.
    """

    domain = "cloudformation"

    def __init__(
        self, text: str, template: Mapping[Any, Any], unjudged: frozenset[tuple[str, str]] | None = frozenset()
    ) -> None:
        self._text, self._template, self._unjudged = text, template, unjudged

    @cached_property
    def entities(self) -> tuple[CloudFormationEntity, ...]:
        """Every entity, in the order of the text."""
        return tuple(self._found())

    def _found(self) -> Iterator[CloudFormationEntity]:
        lines = self._text.split("\n")
        for section, entries in self._template.items():
            category = _SECTIONS.get(str(section))
            if category is not None and isinstance(entries, Mapping):
                for name, body in entries.items():
                    judged = self._unjudged is not None and (str(section), str(name)) not in self._unjudged
                    yield CloudFormationEntity(category, name, body, lines, judged)
