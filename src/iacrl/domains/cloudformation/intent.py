"""What CloudFormation means to an intent: what a value refers to, and what a resource does beyond what it sets up."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from iacrl.domains.base import Bound, DomainTest
from iacrl.domains.cloudformation.intrinsics import Choice, is_reference
from iacrl.domains.document import Entity, Expression
from iacrl.domains.free_settings import FreeSettings, read_list
from iacrl.domains.meaning import Extras, Flow
from iacrl.errors import UserError

#: Settings that hold the names of other entries as plain strings.
_NAMES = ("DependsOn", "Condition")


def refers_to(flow: Flow) -> bool:
    """Return whether a value refers to the target.

    With `by`, the value must be the reference itself, `Ref` or one of the named attributes of `Fn::GetAtt`; without,
    a text made from it counts too. Whichever value a `Fn::If` turns out to have, it must refer to the target.
    """
    value, name = flow.value, _address(flow.target)
    if isinstance(value, Choice):
        return bool(value.branches) and all(refers_to(flow._replace(value=branch)) for branch in value.branches)
    if isinstance(value, list):
        return any(refers_to(flow._replace(value=element)) for element in value)
    if isinstance(value, str):
        keys = [step for step in flow.steps if isinstance(step, str)]
        return value == flow.target.name and keys[-1:] in ([key] for key in _NAMES)
    if not isinstance(value, Expression):
        return False
    if flow.by is None:
        return any(one == name or one.startswith(f"{name}.") for one in value.references)
    ways = (name if by == "Ref" else f"{name}.{by}" for by in flow.by)
    return is_reference(value) and value.references[0] in ways


def _address(entity: Entity) -> str:
    return f"{entity.category}:{entity.name}" if entity.category in ("mapping", "condition") else entity.name


def _ways(name: str, argument: Any) -> tuple[str, ...]:
    ways = [argument] if isinstance(argument, str) else argument
    if not isinstance(ways, list | tuple) or not ways or not all(isinstance(way, str) for way in ways):
        raise UserError(f"{name!r} is {argument!r}: expected an expression as text, or a list of them.")
    return tuple("".join(way.split()) for way in ways)


def _is_written(value: Any, ways: tuple[str, ...], bound: Bound) -> bool:
    return isinstance(value, Expression) and "".join(value.text.split()) in ways


def _words(ways: tuple[str, ...]) -> str:
    return "is " + " or ".join(ways)


#: `code`: an expression written so, or in one of several ways, spaces aside: `!Sub ${Stage}-jobs`.
VALUE_TESTS: Mapping[str, DomainTest] = {"code": DomainTest(_is_written, _ways, _words, fault="it is {value}")}


def extras_of(entity: Entity) -> Extras:
    """Return what is free unasked, by the list `free_settings.json`."""
    key = entity.kind or entity.category
    return Extras(partial(_free_settings().is_free, key, entity))


@cache
def _free_settings() -> FreeSettings:
    return FreeSettings(read_list(__package__ or "", "free_settings.json"))
