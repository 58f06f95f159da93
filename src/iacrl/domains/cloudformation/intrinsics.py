"""Intrinsic functions as values: what is known from the text alone is plain data, everything else an `Expression`.

A reference is written as CloudFormation writes it within `Fn::Sub`: `Queue` for `!Ref Queue`, `Queue.Arn` for
`!GetAtt Queue.Arn`. Mappings and conditions have names of their own: `mapping:Regions`, `condition:IsProduction`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
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
    if type(value) is date:  # YAML reads `Version: 2012-10-17` as one; CloudFormation takes the text
        return value.isoformat()
    return str(value) if isinstance(value, str) else value


class Choice(Expression):
    """A `Fn::If`, with its two values; `AWS::NoValue`, which leaves the setting out, is none."""

    __slots__ = ("branches",)
    branches: tuple[Any, ...]

    def __init__(self, text: str, references: tuple[str, ...], branches: tuple[Any, ...]) -> None:
        super().__init__(text, references)
        object.__setattr__(self, "branches", branches)


def is_reference(expression: Expression) -> bool:
    """Return whether an expression is a reference and nothing else: `!Ref A`, `!GetAtt A.Arn`, `!Sub "${A}"`."""
    return expression in map(_reference, expression.references[:1])


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
    value = plain(argument)
    if function == "Ref" and isinstance(value, str):
        return _reference(value)
    if function == "Fn::GetAtt":
        parts = value if isinstance(value, list) else [value]
        if parts and all(isinstance(part, str) for part in parts):
            return _reference(".".join(parts))
    if function == "Fn::Sub":
        template, given = (*value, {})[:2] if isinstance(value, list) and value else (value, {})
        if isinstance(template, str) and isinstance(given, Mapping):
            return _substituted(template, given)
    if function == "Fn::Join" and isinstance(value, list) and len(value) == 2 and isinstance(value[1], list):
        parts = [_as_variable(part) for part in value[1]]
        if isinstance(value[0], str) and None not in parts:
            return _substituted(value[0].join(map(str, parts)), {})
    text = f"!{function.removeprefix('Fn::')} {_written(value)}"
    references = tuple(dict.fromkeys(_references(function, value)))
    if function == "Fn::If" and isinstance(value, list) and len(value) == 3:
        no_value = _reference("AWS::NoValue")
        return Choice(text, references, tuple(one for one in value[1:] if one != no_value))
    return Expression(text, references)


def _reference(name: str) -> Expression:
    return Expression(f"!GetAtt {name}" if "." in name else f"!Ref {name}", (name,))


def _as_variable(value: Any) -> str | None:
    """Return a value as `Fn::Sub` would hold it; None where it is neither a text nor a reference."""
    if isinstance(value, Expression):
        return f"${{{value.references[0]}}}" if is_reference(value) else None
    return value.replace("${", "${!") if isinstance(value, str) else None


def _substituted(template: str, given: Mapping[str, Any]) -> Any:
    """Return what `Fn::Sub` makes: a plain text where it holds no variable, a reference where it is only one."""
    known = {name: _as_variable(value) for name, value in given.items()}
    text = _VARIABLE.sub(lambda found: known.get(found[1]) or f"${{{found[1]}}}", template)
    names = tuple(dict.fromkeys(_VARIABLE.findall(text)))
    if not names:
        return _LITERAL.sub(r"${\1}", text)
    if _VARIABLE.fullmatch(text) and names[0] not in given:
        return _reference(names[0])
    others = (one for name in names if name in given for one in _of_plain(given[name]))
    references = tuple(dict.fromkeys([*(name for name in names if name not in given), *others]))
    return Expression(f"!Sub {text}", references)


def _references(function: str, value: Any) -> Iterator[str]:
    if function == "Condition":
        yield f"condition:{value}"
    elif isinstance(value, list) and value and isinstance(value[0], str):
        if function == "Fn::FindInMap":
            yield f"mapping:{value[0]}"
        elif function == "Fn::If":
            yield f"condition:{value[0]}"
    yield from _of_plain(value)


def _of_plain(value: Any) -> Iterator[str]:
    if isinstance(value, Expression):
        yield from value.references
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _of_plain(inner)


def _written(value: Any) -> str:
    """Return an argument in YAML's short form."""
    if isinstance(value, Expression):
        return value.text
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_written(inner)}" for key, inner in value.items()) + "}"
    return str(value)
