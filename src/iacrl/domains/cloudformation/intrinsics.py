"""What is not known of a template: references, texts made from them, and choices between values.

A reference is written as CloudFormation writes it within `Fn::Sub`: `Queue` for `!Ref Queue`, `Queue.Arn` for
`!GetAtt Queue.Arn`. Mappings and conditions have names of their own: `mapping:Regions`, `condition:IsProduction`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iacrl.domains.document import Expression

#: What a setting is that is left out.
NO_VALUE = Expression("!Ref AWS::NoValue", ("AWS::NoValue",))
#: Longer texts are unknown: substitutions within substitutions could make them grow without end.
_LONGEST = 20_000
_TOO_LONG = Expression("!Sub ...", ())


class PartlyKnownText(Expression):
    """A text of which some parts are not known; what flows into one of them flows into it."""

    __slots__ = ("parts",)
    parts: tuple[Any, ...]

    def __init__(self, text: str, references: tuple[str, ...], parts: tuple[Any, ...]) -> None:
        super().__init__(text, references)
        object.__setattr__(self, "parts", parts)


class Choice(Expression):
    """A `Fn::If` on what is not known, with its two values; `AWS::NoValue`, which leaves the setting out, is none."""

    __slots__ = ("branches",)
    branches: tuple[Any, ...]

    def __init__(self, text: str, references: tuple[str, ...], branches: tuple[Any, ...]) -> None:
        super().__init__(text, references)
        object.__setattr__(self, "branches", branches)


class Arrived(str):
    """A scalar that is known where parameters have their defaults, with what the template writes for it.

    It is a text, as CloudFormation hands numbers and booleans on.
    """

    __slots__ = ("written",)
    written: Expression

    @classmethod
    def of(cls, value: str | int | float, written: Expression) -> Arrived:
        """Return a value that is known beside what is written."""
        arrived = cls(str(value).lower() if isinstance(value, bool) else value)
        arrived.written = written
        return arrived


def written_as(value: Any) -> Any:
    """Return what the template writes for a value."""
    return value.written if isinstance(value, Arrived) else value


def reference(name: str) -> Expression:
    """Return the reference to a name."""
    return Expression(f"!GetAtt {name}" if "." in name else f"!Ref {name}", (name,))


def is_reference(expression: Expression) -> bool:
    """Return whether an expression is a reference and nothing else: `!Ref A`, `!GetAtt A.Arn`, `!Sub "${A}"`."""
    return expression in map(reference, expression.references[:1])


def call(function: str, argument: Any) -> Expression:
    """Return a function of what is not known."""
    text = f"!{function.removeprefix('Fn::')} {_shown(argument)}"
    references = tuple(dict.fromkeys(_references(function, argument)))
    if function == "Fn::If" and isinstance(argument, list) and len(argument) == 3:
        return Choice(text, references, tuple(one for one in argument[1:] if one != NO_VALUE))
    return PartlyKnownText(text, references, (argument,)) if function == "Fn::Base64" else Expression(text, references)


def joined(parts: Sequence[Any]) -> Any:
    """Return the text of parts that are texts and expressions: a text where all are, an expression that is alone."""
    flat: list[Any] = []
    for part in parts:
        flat += part.parts if _is_substitution(part) else [part if isinstance(part, Expression) else str(part)]
    flat = [part for part in flat if part != ""]
    if sum(len(part.text) if isinstance(part, Expression) else len(part) for part in flat) > _LONGEST:
        return _TOO_LONG
    if not any(isinstance(part, Expression) for part in flat):
        return "".join(flat)
    if len(flat) == 1 and is_reference(flat[0]):
        return flat[0]
    text = "".join(_in_text(part) for part in flat)
    return PartlyKnownText(
        f"!Sub {text}", tuple(dict.fromkeys(name for part in flat for name in _names(part))), tuple(flat)
    )


def _is_substitution(value: Any) -> bool:
    return isinstance(value, PartlyKnownText) and value.text.startswith("!Sub ")


def _in_text(value: Any) -> str:
    """Return a part of a text as `Fn::Sub` would hold it."""
    if not isinstance(value, Expression):
        return str(value).replace("${", "${!")
    return f"${{{value.references[0] if is_reference(value) else value.text}}}"


def flows(value: Any) -> Iterator[str]:
    """Yield what flows into a value, whole or as a part of its text: the references that it is made of."""
    if isinstance(value, PartlyKnownText):
        for part in value.parts:
            yield from flows(part)
    elif isinstance(value, Expression):
        if is_reference(value) or value.text.startswith(_DECIDED):
            yield from value.references
        elif value.text.startswith("!FindInMap "):
            yield from value.references[:1]


#: Conditions: true or false, as what is mentioned decides; which it does, since they are not known.
_DECIDED = ("!Equals ", "!Not ", "!And ", "!Or ", "!Condition ")


def _references(function: str, value: Any) -> Iterator[str]:
    if function == "Condition":
        yield f"condition:{value}"
    elif isinstance(value, list) and value and isinstance(value[0], str):
        if function == "Fn::FindInMap":
            yield f"mapping:{value[0]}"
        elif function == "Fn::If":
            yield f"condition:{value[0]}"
    yield from _names(value)


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, Expression):
        yield from value.references
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _names(inner)


def _shown(value: Any) -> str:
    """Return an argument in YAML's short form."""
    if isinstance(value, Expression):
        return value.text
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_shown(inner)}" for key, inner in value.items()) + "}"
    return str(value)
