"""What CloudFormation refuses in a template and cfn-lint accepts.

Source: the pages "Parameters", "Conditions" and "Outputs" of the CloudFormation template reference, and "Tag naming
limits and requirements" of the guide to tagging AWS resources.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from typing import Any

from iacrl.domains.cloudformation.parameter_values import contradiction


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One mistake: the rule's code, the key in the template at which it is, and the reason."""

    code: str
    key: Any
    message: str


def contradictions(template: Mapping[Any, Any]) -> Iterator[Contradiction]:
    """Yield the parameters without a value, circles of conditions, tags of AWS's own, and exports of one name."""
    for name, body in _section(template, "Parameters").items():
        if why := contradiction(body):
            yield Contradiction("CF201", name, f"Parameter {name}: {why}")
    yield from _reserved_tags(template)
    yield from _circles(_section(template, "Conditions"))
    yield from _repeated_exports(_section(template, "Outputs"))


def _section(template: Mapping[Any, Any], name: str) -> Mapping[Any, Any]:
    section = template.get(name)
    return section if isinstance(section, Mapping) else {}


def _circles(conditions: Mapping[Any, Any]) -> Iterator[Contradiction]:
    """Yield the first circle of conditions; no condition in it has a value."""
    try:
        TopologicalSorter({name: set(_conditions_in(body)) for name, body in conditions.items()}).prepare()
    except CycleError as error:
        circle = error.args[1][::-1]  # each is followed by one that it names
        key = next(name for name in conditions if name == circle[0])
        yield Contradiction("CF401", key, f"Conditions refer to each other in a circle: {' -> '.join(circle)}")


def _conditions_in(value: Any) -> Iterator[str]:
    """Yield the conditions that a condition names."""
    open_values = [value]
    while open_values:
        one = open_values.pop()
        if isinstance(one, Mapping):
            if isinstance(one.get("Condition"), str):
                yield one["Condition"]
            open_values.extend(one.values())
        elif isinstance(one, list):
            open_values.extend(one)


def _repeated_exports(outputs: Mapping[Any, Any]) -> Iterator[Contradiction]:
    """Yield each output that exports under a name of an earlier one, if both exist under the same condition."""
    seen: dict[str, Any] = {}
    for key, output in outputs.items():
        export = output.get("Export") if isinstance(output, Mapping) else None
        if not isinstance(export, Mapping) or "Name" not in export:
            continue
        name = json.dumps([output.get("Condition"), export["Name"]], sort_keys=True, default=str)
        first = seen.setdefault(name, key)
        if first is not key:
            yield Contradiction("CF402", key, f"Output {key}: exported under the same name as {first}")


def _reserved_tags(template: Mapping[Any, Any]) -> Iterator[Contradiction]:
    for resource in _section(template, "Resources").values():
        properties = resource.get("Properties") if isinstance(resource, Mapping) else None
        tags = properties.get("Tags") if isinstance(properties, Mapping) else None
        listed = (one.get("Key") for one in tags if isinstance(one, Mapping)) if isinstance(tags, list) else ()
        for key in chain(listed, tags if isinstance(tags, Mapping) else ()):
            if isinstance(key, str) and key.lower().startswith("aws:"):
                yield Contradiction("CF301", key, f"Tag {key}: only AWS itself writes tags that begin with aws:")
