"""The tests of values that only some domains have.

Intents about Terraform have these tests in addition to the general ones:

    code          a type or an expression in this spelling, or in one of several, ignoring spaces: `list(string)`.
                  A condition on a number may be any that holds for the same whole numbers. An object type may have
                  its attributes in any order. A text may be put together in any way.
    quantity      a quantity of the same size, if a provider takes manifests: `1Gi` is `1024Mi`, `500m` is `0.5`
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from iacrl.domains.base import Bound, DomainTest
from iacrl.domains.document import Expression
from iacrl.domains.quantities import QUANTITY
from iacrl.domains.terraform.cty.types import Type
from iacrl.domains.terraform.cty.values import ANY
from iacrl.domains.terraform.expressions.constraints import read_constraint
from iacrl.domains.terraform.findings import Finding
from iacrl.domains.terraform.intent.number_conditions import same_condition
from iacrl.domains.terraform.intent.same_template import same_template
from iacrl.domains.terraform.syntax.parser import parse
from iacrl.errors import UserError


def _ways(name: str, argument: Any) -> tuple[str, ...]:
    ways = [argument] if isinstance(argument, str) else argument
    if not isinstance(ways, list | tuple) or not ways or not all(isinstance(way, str) for way in ways):
        raise UserError(f"{name!r} is {argument!r}: expected a type or an expression as text, or a list of them.")
    return tuple("".join(way.split()) for way in ways)


def _is_written(value: Any, ways: tuple[str, ...], bound: Bound) -> bool:
    source = value.text if isinstance(value, Expression) else str(value)
    if "".join(source.split()) in ways:
        return True
    if not isinstance(value, Expression):
        return False
    return any(
        same_condition(source, way) or _same_type(source, way) or same_template(source, way, bound.entities)
        for way in ways
    )


def _same_type(written: str, wanted: str) -> bool:
    """Return whether two texts are the same object type, whatever the order of the attributes."""
    if "object(" not in wanted or "optional(" in wanted:
        return False
    one, other = _type(written), _type(wanted)
    return one is not None and one == other


def _type(text: str) -> Type | None:
    """Return the type written in a text; None if it is not a type, or has optional attributes."""
    result = parse(f"type = {text}\n")
    attribute = result.body.attributes.get("type")
    if result.diagnostics or attribute is None or len(result.body.attributes) != 1 or "optional(" in text:
        return None
    wrong: list[Finding] = []
    found = read_constraint(attribute.value, wrong, lambda expression, report: ANY)
    return None if wrong else found.type


def _words(ways: tuple[str, ...]) -> str:
    return "is " + " or ".join(ways)


#: Expressions that only pass a value on: a template with nothing else in it, a list of one, parentheses.
_WRAPPED = re.compile(r'"\$\{([^"{}]*)\}"|one\(\[([^\[\]]*)\]\)|\(([^()]*)\)')


def _is_code(value: Any, ways: tuple[str, ...], bound: Bound) -> bool:
    if isinstance(value, Expression):
        text = value.text.strip()
        while found := _WRAPPED.fullmatch(text):
            text = next(inner for inner in found.groups() if inner is not None).strip()
        value = Expression(text, value.references)
    return _is_written(value, ways, bound)


_CODE = DomainTest(_is_code, _ways, _words, fault="it is {value}")

VALUE_TESTS: Mapping[str, DomainTest] = {"code": _CODE, "quantity": QUANTITY}
