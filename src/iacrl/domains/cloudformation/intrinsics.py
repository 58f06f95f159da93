"""Intrinsic functions as values: what is known from the text alone is plain data, everything else an `Expression`.

A reference is written as CloudFormation writes it within `Fn::Sub`: `Queue` for `!Ref Queue`, `Queue.Arn` for
`!GetAtt Queue.Arn`. Mappings and conditions have names of their own: `mapping:Regions`, `condition:IsProduction`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from iacrl.domains.document import Expression

_VARIABLE = re.compile(r"\$\{(?!!)\s*([^{}]*?)\s*\}")
_LITERAL = re.compile(r"\$\{!([^{}]*)\}")


def plain(value: Any) -> Any:
    """Return a decoded value as nested plain data with expressions as leaves."""
    if isinstance(value, Mapping):
        function = _function(value)
        if function is not None:
            return _evaluated(function, value[function])
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return str(value) if isinstance(value, str) else value


class Choice(Expression):
    """A `Fn::If`, with its two values; `AWS::NoValue`, which leaves the setting out, is none."""

    __slots__ = ("branches",)
    branches: tuple[Any, ...]

    def __init__(self, text: str, references: tuple[str, ...], branches: tuple[Any, ...]) -> None:
        super().__init__(text, references)
        object.__setattr__(self, "branches", branches)


def _function(value: Mapping[Any, Any]) -> str | None:
    """Return the name of the function that a mapping calls."""
    if len(value) != 1:
        return None
    name = next(iter(value))
    if not isinstance(name, str):
        return None
    called = name == "Ref" or (name.startswith("Fn::") and not name.startswith("Fn::ForEach"))
    return str(name) if called or (name == "Condition" and isinstance(value[name], str)) else None


def _evaluated(function: str, argument: Any) -> Any:
    if function == "Ref" and isinstance(argument, str):
        return _reference(str(argument))
    if function == "Fn::GetAtt":
        parts = argument if isinstance(argument, list) else str(argument).split(".", 1)
        if parts and all(isinstance(part, str) for part in parts):
            return _reference(".".join(parts))
    if function == "Fn::Sub":
        return _substituted(argument)
    if function == "Fn::Join" and isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], list):
        parts = [plain(part) for part in argument[1]]
        if isinstance(argument[0], str) and all(isinstance(part, str) for part in parts):
            return str(argument[0]).join(parts)
    text = f"!{function.removeprefix('Fn::')} {_written(argument)}"
    references = tuple(dict.fromkeys(_references(function, argument)))
    if function == "Fn::If" and isinstance(argument, list) and len(argument) == 3:
        either = [plain(one) for one in argument[1:]]
        return Choice(text, references, tuple(one for one in either if one != _reference("AWS::NoValue")))
    return Expression(text, references)


def _reference(name: str) -> Expression:
    attribute = "." in name
    return Expression(f"!GetAtt {name}" if attribute else f"!Ref {name}", (name,))


def _substituted(argument: Any) -> Any:
    """Return what `Fn::Sub` makes: a plain text where it holds no variable, a reference where it is only one."""
    template, given = argument, {}
    if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], Mapping):
        template, given = argument[0], {str(key): plain(value) for key, value in argument[1].items()}
    if not isinstance(template, str):
        return Expression(f"!Sub {_written(argument)}", ())
    template = str(template)
    whole = _VARIABLE.fullmatch(template)
    if whole is not None:
        return given[whole[1]] if whole[1] in given else _reference(whole[1])
    names = dict.fromkeys(_VARIABLE.findall(template))
    if any(name not in given or isinstance(given[name], Expression) for name in names):
        own = [name for name in names if name not in given]
        passed = [name for value in given.values() for name in _of_plain(value)]
        return Expression(f"!Sub {_written(argument)}", tuple(dict.fromkeys([*own, *passed])))
    filled = _VARIABLE.sub(lambda found: str(given[found[1]]), template)
    return _LITERAL.sub(r"${\1}", filled)


def _references(function: str, argument: Any) -> Iterator[str]:
    if function == "Condition":
        yield f"condition:{argument}"
    elif isinstance(argument, list) and argument and isinstance(argument[0], str):
        if function == "Fn::FindInMap":
            yield f"mapping:{argument[0]}"
        elif function == "Fn::If":
            yield f"condition:{argument[0]}"
    yield from _of_plain(plain(argument))


def _of_plain(value: Any) -> Iterator[str]:
    if isinstance(value, Expression):
        yield from value.references
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _of_plain(inner)


def _written(argument: Any) -> str:
    return str(argument) if isinstance(argument, str) else json.dumps(argument, default=str)
