"""Unknown values in a template: references, texts made from them, and choices between values.

A reference is written as in `Fn::Sub`: `Queue` for `!Ref Queue`, `Queue.Arn` for `!GetAtt Queue.Arn`. Mappings and
conditions have their own prefix: `mapping:Regions`, `condition:IsProduction`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iacrl.domains.document import Expression, references_in

#: The value of a setting that is left out.
NO_VALUE = Expression("!Ref AWS::NoValue", ("AWS::NoValue",))
#: Longer texts are unknown: nested substitutions could make them grow without end.
LONGEST = 20_000
_TOO_LONG = Expression("!Sub ...", ())


class PartlyKnownText(Expression):
    """A text with unknown parts; what flows into a part flows into the text."""

    __slots__ = ("parts",)
    parts: tuple[Any, ...]

    def __init__(self, text: str, references: tuple[str, ...], parts: tuple[Any, ...]) -> None:
        super().__init__(text, references)
        object.__setattr__(self, "parts", parts)


class Choice(Expression):
    """A `Fn::If`, as it is written, with its two values; only one if the parameters' defaults decide it."""

    __slots__ = ("branches", "condition")
    condition: str
    branches: tuple[Any, ...]

    def __init__(self, condition: str, values: Sequence[Any], decided: bool | None) -> None:
        super().__init__(*_form("Fn::If", [condition, *values]))
        object.__setattr__(self, "condition", condition)
        object.__setattr__(self, "branches", tuple(values if decided is None else [values[0 if decided else 1]]))


class Arrived(str):
    """A scalar that is known from the parameters' defaults, with what the template writes for it.

    It is a text, because CloudFormation passes numbers and booleans on as text.
    """

    __slots__ = ("written",)
    written: Expression

    @classmethod
    def of(cls, value: str | int | float, written: Expression) -> Arrived:
        """Return a known value together with what is written."""
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
    """Return a function of unknown values."""
    text, references = _form(function, argument)
    return PartlyKnownText(text, references, (argument,)) if function == "Fn::Base64" else Expression(text, references)


def _form(function: str, argument: Any) -> tuple[str, tuple[str, ...]]:
    """Return how a call is written, and the references in it."""
    text = f"!{function.removeprefix('Fn::')} {_shown(argument)}"
    return text, tuple(dict.fromkeys(_references(function, argument)))


def joined(parts: Sequence[Any]) -> Any:
    """Join texts and expressions: a text if all parts are texts, the expression if it is the only part."""
    flat: list[Any] = []
    for part in parts:
        flat += part.parts if _is_substitution(part) else [part if isinstance(part, Expression) else str(part)]
    flat = [part for part in flat if part != ""]
    if sum(len(part.text) if isinstance(part, Expression) else len(part) for part in flat) > LONGEST:
        return _TOO_LONG
    if not any(isinstance(part, Expression) for part in flat):
        return "".join(flat)
    if len(flat) == 1 and is_reference(flat[0]):
        return flat[0]
    text = "".join(_in_text(part) for part in flat)
    return PartlyKnownText(
        f"!Sub {text}", tuple(dict.fromkeys(name for part in flat for name in references_in(part))), tuple(flat)
    )


def _is_substitution(value: Any) -> bool:
    return isinstance(value, PartlyKnownText) and value.text.startswith("!Sub ")


def _in_text(value: Any) -> str:
    """Return a part of a text as `Fn::Sub` would write it."""
    if not isinstance(value, Expression):
        return str(value).replace("${", "${!")
    return f"${{{value.references[0] if is_reference(value) else value.text}}}"


def flows(value: Any) -> Iterator[str]:
    """Yield the references that flow into a value, whole or as a part of its text."""
    if isinstance(value, PartlyKnownText):
        for part in value.parts:
            yield from flows(part)
    elif isinstance(value, Expression):
        if is_reference(value) or value.text.startswith(_DECIDED):
            yield from value.references
        elif value.text.startswith("!FindInMap "):
            yield from value.references[:1]


#: Conditions: their value depends on all that they mention, since it is unknown.
_DECIDED = ("!Equals ", "!Not ", "!And ", "!Or ", "!Condition ")


def _references(function: str, value: Any) -> Iterator[str]:
    if function == "Condition":
        yield f"condition:{value}"
    elif isinstance(value, list) and value and isinstance(value[0], str):
        if function == "Fn::FindInMap":
            yield f"mapping:{value[0]}"
        elif function == "Fn::If":
            yield f"condition:{value[0]}"
    yield from references_in(value)


def _shown(value: Any) -> str:
    """Return an argument in YAML's short form."""
    if isinstance(value, Expression):
        return value.text
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_shown(inner)}" for key, inner in value.items()) + "}"
    return str(value)
