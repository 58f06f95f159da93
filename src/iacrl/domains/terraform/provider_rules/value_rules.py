"""Values that the provider refuses, argument by argument."""

from __future__ import annotations

from collections.abc import Iterator

from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.findings import Finding
from iacrl.domains.terraform.provider_rules.conditions import Datum, holds, rule_of, words_of
from iacrl.domains.terraform.provider_rules.facts import Condition, Path, TypeFacts
from iacrl.domains.terraform.provider_rules.seen import Seen
from iacrl.domains.terraform.syntax.nodes import Attribute


def check_values(facts: TypeFacts, body: Seen, report: list[Finding]) -> None:
    """Report every known value that the provider would refuse, with one finding for each argument."""
    for path, conditions in facts.values.items():
        if _is_reached(body, path) and (facts.partial or body.is_known(path[0])):
            for attribute, value in _values(body, path):
                _check_value(attribute, value, path, conditions, report)


def _is_reached(body: Seen, path: Path) -> bool:
    return path[0] in body.blocks or path[0] in body.arguments


def _values(body: Seen, path: Path) -> Iterator[tuple[Attribute, Value]]:
    """Yield the values at a path, including those in objects that could be written as blocks."""
    name = path[0]
    if name in body.arguments:
        attribute, value = body.arguments[name]
        if value is not None:
            for one in _inside(value, path[1:]):
                yield attribute, one
    for block in body.blocks.get(name, ()) if len(path) > 1 else ():
        yield from _values(block, path[1:])


def _inside(value: Value, path: Path) -> Iterator[Value]:
    """Yield the known texts and numbers in a value: itself, its elements, or the attributes at a path in them."""
    if not value.known or value.null:
        return
    data = value.data
    if isinstance(data, tuple):
        for element in data:
            yield from _inside(element.marked(value.marks), path)
    elif isinstance(data, dict):
        if not path:
            for element in data.values():
                yield from _inside(element.marked(value.marks), ())
        elif path[0] in data:
            yield from _inside(data[path[0]].marked(value.marks), path[1:])
    elif not path:
        yield value


def _check_value(
    attribute: Attribute, value: Value, path: Path, conditions: list[Condition], report: list[Finding]
) -> None:
    datum: Datum = value.data if not isinstance(value.data, bool) else str(value.data).lower()
    for condition in conditions:
        if not holds(condition, datum):
            detail = words_of(condition, ".".join(path), datum, secret=bool(value.marks))
            start, end = attribute.value.start, attribute.value.end
            report.append(Finding(rule_of(condition), detail, start, end, summary="Invalid value for argument"))
            return
