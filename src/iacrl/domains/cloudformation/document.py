"""The tree that intents and rewards read: resources, parameters, outputs, mappings, conditions and rules.

An entity's values are its whole body, so a path is the same as in the template: `Properties.BucketName`,
`DeletionPolicy`, `Export.Name`. A condition has no keys of its own; its function is at `Value`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any

from iacrl.domains.cloudformation.evaluation import Evaluator, evaluated
from iacrl.domains.cloudformation.mark_ranges import place
from iacrl.domains.paths import Steps
from iacrl.domains.plain_document import PlainEntity
from iacrl.domains.ranges import START, Range

_SECTIONS = {
    "Resources": "resource",
    "Parameters": "parameter",
    "Outputs": "output",
    "Mappings": "mapping",
    "Conditions": "condition",
    "Rules": "rule",
}


class CloudFormationDocument:
    """The entities of one template.

    Args:
        text: The template.
        template: The decoded template.
        unjudged: The section and name of each entry that was not judged; None if no entry was judged.
        inputs: Values of parameters instead of their defaults.
    """

    domain = "cloudformation"

    def __init__(
        self,
        text: str,
        template: Mapping[Any, Any],
        unjudged: frozenset[tuple[str, str]] | None = frozenset(),
        inputs: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self._text, self._template, self._unjudged, self._inputs = text, template, unjudged, inputs

    def with_inputs(self, inputs: Mapping[str, Any]) -> CloudFormationDocument | str:
        """Return it with other values of parameters, or why CloudFormation would refuse it with them."""
        from iacrl.domains.cloudformation.limits import slow_pattern
        from iacrl.domains.cloudformation.parameter_values import why_refused

        if slow := slow_pattern(self._template):
            return f"AllowedPattern of the parameter {slow} takes too long"
        for name, value in inputs.items():
            if reason := why_refused(self._template, name, value):
                return reason
        if absent := Evaluator(self._template, True, inputs).absent_reference():
            return f"a condition leaves out {absent}, and something refers to it"
        return CloudFormationDocument(self._text, self._template, self._unjudged, inputs)

    @cached_property
    def entities(self) -> tuple[PlainEntity, ...]:
        """Every entity, in the order of the text."""
        return tuple(self._found())

    def _found(self) -> Iterator[PlainEntity]:
        lines = self._text.split("\n")
        arriving = Evaluator(self._template, True, self._inputs)
        written = Evaluator(self._template, defaults=False, deciding=arriving)
        for section, entries in self._template.items():
            category = _SECTIONS.get(str(section))
            if category is not None and isinstance(entries, Mapping):
                for name, body in entries.items():
                    judged = self._unjudged is not None and (str(section), str(name)) not in self._unjudged
                    yield _entity(category, name, body, evaluated(body, written, arriving), lines, judged)


def _entity(category: str, name: Any, body: Any, values: Any, lines: Sequence[str], judged: bool) -> PlainEntity:
    kind = body.get("Type") if category == "resource" and isinstance(body, Mapping) else None
    return PlainEntity(
        category,
        str(name),
        _range(name, body, lines) or START,
        values if isinstance(values, Mapping) else {"Value": values},
        str(kind) if isinstance(kind, str) else "",
        {steps: where for steps, key, value in _inside(body, ()) if (where := _range(key, value, lines)) is not None},
        judged,
    )


def _inside(value: Any, steps: Steps) -> Iterator[tuple[Steps, Any, Any]]:
    """Yield the steps to each value inside a value, with its key (in a list: itself) and itself."""
    if isinstance(value, Mapping):
        inner = [(key, key, value[key]) for key in value]
    else:
        inner = [(index, each, each) for index, each in enumerate(value)] if isinstance(value, list) else []
    for step, key, each in inner:
        yield (*steps, step), key, each
        yield from _inside(each, (*steps, step))


def _range(first: Any, last: Any, lines: Sequence[str]) -> Range | None:
    """Return the range from the start of one node to the end of another; None if neither has a mark."""
    begin = getattr(first, "start_mark", None)
    end = getattr(last, "end_mark", None) or getattr(first, "end_mark", None)
    if begin is None or end is None:
        return None
    return place(lines, (begin.line + 1, begin.column + 1), (end.line + 1, end.column + 1))
