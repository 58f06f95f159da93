"""What CloudFormation means to an intent: what a value refers to, and what a resource does beyond what it sets up."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from iacrl.domains.base import Bound, DomainTest
from iacrl.domains.cloudformation import naming
from iacrl.domains.cloudformation.intrinsics import NO_VALUE, Choice, flows, is_reference, written_as
from iacrl.domains.document import Entity, Expression
from iacrl.domains.free_settings import FreeSettings, read_list
from iacrl.domains.meaning import Extras, Flow, same_spelling
from iacrl.errors import UserError

#: Settings whose values are names of other entries as plain strings.
_NAMES = ("DependsOn", "Condition")


def refers_to(flow: Flow) -> bool:
    """Return whether a value refers to the target.

    With `by`, the value must be the reference itself: `Ref` or one of the named attributes of `Fn::GetAtt`. Without
    `by`, a text made from it counts too. Both values of a `Fn::If` must refer to the target. One may be `AWS::NoValue`
    only under the target's own condition: where the target is not created, nothing can refer to it.
    """
    if isinstance(flow.value, str) and _is_name_of(flow.value, flow):
        return True
    value, name = written_as(flow.value), _address(flow.target)
    if isinstance(value, Choice):
        missing = value.condition == flow.target.values.get("Condition")
        present = [branch for branch in value.branches if not (missing and branch == NO_VALUE)]
        return bool(present) and all(refers_to(flow._replace(value=branch)) for branch in present)
    if isinstance(value, list):
        return any(refers_to(flow._replace(value=element)) for element in value)
    if isinstance(value, str):
        keys = [step for step in flow.steps if isinstance(step, str)]
        return value == flow.target.name and keys[-1:] in ([key] for key in _NAMES)
    if not isinstance(value, Expression):
        return False
    if flow.by is None:
        return any(one == name or one.startswith(f"{name}.") for one in flows(value))
    ways = (name if by == "Ref" else f"{name}.{by}" for by in flow.by)
    return is_reference(value) and value.references[0] in ways


def _is_name_of(value: str, flow: Flow) -> bool:
    """Return whether a value is the name that `Ref` returns for the target, in a resource that waits for the target."""
    name = naming.setting(flow.target.kind, "")
    properties = flow.target.values.get("Properties")
    waits = flow.source.values.get("DependsOn")
    return (
        name is not None
        and (flow.by is None or "Ref" in flow.by)
        and flow.target.name in (waits if isinstance(waits, list) else [waits])
        and isinstance(properties, Mapping)
        and properties.get(name) == value
    )


def _address(entity: Entity) -> str:
    return f"{entity.category}:{entity.name}" if entity.category in ("mapping", "condition") else entity.name


def _ways(name: str, argument: Any) -> tuple[str, ...]:
    ways = [argument] if isinstance(argument, str) else argument
    if not isinstance(ways, list | tuple) or not ways or not all(isinstance(way, str) for way in ways):
        raise UserError(f"{name!r} is {argument!r}: expected an expression as text, or a list of them.")
    return tuple("".join(way.split()) for way in ways)


def _is_written(value: Any, ways: tuple[str, ...], bound: Bound) -> bool:
    value = written_as(value)
    return isinstance(value, Expression) and "".join(value.text.split()) in ways


def same_value(value: Any, expected: Any) -> bool:
    """Return whether two scalars are the same: CloudFormation converts them to the property's type."""
    if isinstance(value, str) and isinstance(expected, str):
        return value == expected
    return same_spelling(value, expected)


def _words(ways: tuple[str, ...]) -> str:
    return "is " + " or ".join(ways)


#: `code`: an expression in this spelling, or in one of several, apart from spaces: `!Sub ${Stage}-jobs`.
VALUE_TESTS: Mapping[str, DomainTest] = {"code": DomainTest(_is_written, _ways, _words, fault="it is {value}")}


def extras_of(entity: Entity) -> Extras:
    """Return the extras that need not be asked for, from the list `free_settings.json`."""
    key = entity.kind or entity.category
    return Extras(partial(_free_settings().is_free, key, entity))


@cache
def _free_settings() -> FreeSettings:
    return FreeSettings(read_list(__package__ or "", "free_settings.json"))
