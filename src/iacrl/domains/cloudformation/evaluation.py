"""The evaluation of intrinsic functions: the value that a property really gets.

Each body is read twice. "As written", parameters and other resources are unknown and remember where they come from. "As
it arrives", parameters have their defaults, and resources have the names that the template gives them. A value that
only the second way knows is an `Arrived`, which holds both.

Anything outside the template is unknown: attributes that AWS makes, the account, the region, other stacks' exports.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from iacrl.domains.cloudformation import naming
from iacrl.domains.cloudformation.intrinsics import LONGEST, NO_VALUE, Arrived, Choice, call, joined, reference
from iacrl.domains.document import Expression

_VARIABLE = re.compile(r"\$\{(!?)([^{}]*+)\}")
_SCALARS = (str, int, float, bool)
#: How many names that lead to other names are followed.
_DEEPEST = 12
#: The values of pseudo parameters in every commercial region.
_PSEUDO = {"AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}


class Evaluator:
    """The evaluation of one template.

    Args:
        template: The decoded template.
        defaults: Whether to use parameters' defaults and resources' names.
        inputs: Values of parameters instead of their defaults.
        deciding: The evaluation that knows which value of a `Fn::If` arrives; this one, unless given.
    """

    def __init__(
        self,
        template: Mapping[Any, Any],
        defaults: bool,
        inputs: Mapping[str, Any] = MappingProxyType({}),
        deciding: Evaluator | None = None,
    ) -> None:
        self._inputs = inputs
        self._deciding = deciding or self
        self._template = template
        self._defaults = defaults
        self._found: dict[str, Any] = {}
        self._depth = 0

    def plain(self, value: Any) -> Any:
        """Return a decoded value as nested plain data, with expressions as leaves."""
        if isinstance(value, Mapping):
            function = _function(value)
            if function is not None:
                return self._called(function, value[function])
            named = {str(key): self.plain(inner) for key, inner in value.items()}
            return {key: inner for key, inner in named.items() if inner != NO_VALUE}
        if isinstance(value, list):
            return [inner for inner in map(self.plain, value) if inner != NO_VALUE]
        if type(value) is date:  # YAML reads `Version: 2012-10-17` as a date; CloudFormation takes the text
            return value.isoformat()
        return str(value) if isinstance(value, str) else value

    def absent_reference(self) -> str | None:
        """Return a resource that a false condition leaves out and that something else refers to; None if there is none.

        CloudFormation refuses such a template ("Unresolved resource dependencies"). A condition that is not known
        leaves nothing out.
        """
        there = {
            section: {
                str(name): body
                for name, body in self._section(section).items()
                if not isinstance(body, Mapping) or self._condition(body.get("Condition")) is not False
            }
            for section in ("Resources", "Outputs")
        }
        read = Evaluator(self._template, self._defaults, self._inputs)
        read.plain(there)
        absent = {str(name) for name in self._section("Resources")} - set(there["Resources"])
        return min(absent & {name.partition(".")[0] for name in read._found}, default=None)

    def _section(self, name: str) -> Mapping[Any, Any]:
        found = self._template.get(name)
        return found if isinstance(found, Mapping) else {}

    def _called(self, function: str, argument: Any) -> Any:
        if function == "Fn::If" and isinstance(argument, list) and len(argument) == 3:
            decided = self._condition(argument[0])
            if decided is not None:
                return self.plain(argument[1] if decided else argument[2])
            values = [self.plain(one) for one in argument[1:]]
            return Choice(str(argument[0]), values, self._deciding._condition(argument[0]))
        value = self.plain(argument)
        if function == "Ref" and isinstance(value, str):
            return self._reference(value)
        if function == "Fn::GetAtt":
            parts = value if isinstance(value, list) else [value]
            if parts and all(isinstance(part, str) for part in parts):
                return self._reference(".".join(parts))
        known = self._known(function, value)
        return call(function, value) if known is None else known

    def _known(self, function: str, value: Any) -> Any:
        """Return the result of a function as far as it is known; None if nothing is."""
        if function == "Fn::Base64" and isinstance(value, str):
            if len(value) > LONGEST:
                return None  # each call within a call makes a text longer by a third
            return base64.b64encode(value.encode()).decode()
        if function == "Condition":
            return self._condition(value)
        match function, *(value if isinstance(value, list) else [value]):
            case "Fn::Sub", str(template):
                return self._substituted(template, {})
            case "Fn::Sub", str(template), Mapping() as given:
                return self._substituted(template, given)
            case "Fn::Join", str(by), list(listed) if all(_is_part(one) for one in listed):
                return joined([part for one in listed for part in (by, one)][1:])
            case "Fn::Split", str(by), str(text) if by and len(text) <= LONGEST:
                return text.split(by)
            case "Fn::Select", str() | int() as index, list(listed):
                return {str(number): one for number, one in enumerate(listed)}.get(str(index))
            case "Fn::FindInMap", str(name), str() | int() as first, str() | int() as second:
                return self._mapped(name, str(first), str(second))
            case (("Fn::Equals" | "Fn::Not" | "Fn::And" | "Fn::Or"), *operands):
                return _decided(function, operands)
        return None

    def _reference(self, name: str) -> Any:
        """Return what a reference is: a default, a name that the template gives, or an unknown value."""
        if not self._defaults:
            return reference(name)
        if name not in self._found:
            self._found[name] = None  # set during the computation, so that a cycle ends
            named = self._default if name in self._section("Parameters") else self._named
            self._found[name] = self._deeper(named, name)
        found = self._found[name]
        return reference(name) if found is None else found

    def _deeper(self, read: Callable[[Any], Any], argument: Any) -> Any:
        """Return the value of a name; None if too many names lead to it."""
        if self._depth == _DEEPEST:
            return None
        self._depth += 1
        try:
            return read(argument)
        finally:
            self._depth -= 1

    def _default(self, name: str) -> Any:
        body = self._section("Parameters")[name]
        kind, default = (
            (body.get("Type"), self._inputs.get(name, body.get("Default")))
            if isinstance(body, Mapping)
            else (None, None)
        )
        if not isinstance(kind, str) or not isinstance(default, _SCALARS) or kind.startswith("AWS::SSM::"):
            return None  # if it comes from the parameter store, the default is only its name
        if kind == "CommaDelimitedList" or kind.startswith("List<"):
            return [one.strip() for one in str(default).split(",")]
        return str(default).lower() if isinstance(default, bool) else str(default)

    def _named(self, name: str) -> Any:
        if name in _PSEUDO:
            return _PSEUDO[name]
        logical, _, attribute = name.partition(".")
        body = self._section("Resources").get(logical)
        if not isinstance(body, Mapping) or not isinstance(body.get("Properties"), Mapping):
            return None
        setting = naming.setting(str(body.get("Type")), attribute)
        written = None if setting is None else body["Properties"].get(setting)
        value = None if written is None else self.plain(written)
        return value if isinstance(value, str) else None

    def _mapped(self, name: str, first: str, second: str) -> Any:
        level: Any = self._section("Mappings").get(name)
        for key in (first, second):
            level = {str(one): inner for one, inner in level.items()}.get(key) if isinstance(level, Mapping) else None
        return level if isinstance(level, (*_SCALARS, list)) else None

    def _condition(self, name: Any) -> bool | None:
        """Return whether a condition holds; None if unknown."""
        key = f"condition:{name}"
        if key not in self._found and isinstance(name, str) and name in self._section("Conditions"):
            self._found[key] = None
            value = self._deeper(self.plain, self._section("Conditions")[name])
            self._found[key] = value if isinstance(value, bool) else None
        return self._found.get(key)

    def _substituted(self, template: str, given: Mapping[str, Any]) -> Any:
        """Return what `Fn::Sub` makes of a text; None if a value in it is a list."""
        parts = list(self._parts(template, given))
        return joined(parts) if all(_is_part(part) for part in parts) else None

    def _parts(self, template: str, given: Mapping[str, Any]) -> Iterator[Any]:
        last = 0
        for found in _VARIABLE.finditer(template):
            yield template[last : found.start()]
            literal, name = found[1], found[2].strip()
            yield f"${{{name}}}" if literal else given[name] if name in given else self._reference(name)
            last = found.end()
        yield template[last:]


def evaluated(body: Any, written: Evaluator, arriving: Evaluator) -> Any:
    """Return a body as it arrives. Scalars known only by defaults and names also keep what is written."""
    return _beside(arriving.plain(body), written.plain(body))


def _beside(arrived: Any, written: Any) -> Any:
    if isinstance(arrived, Mapping):
        inner = written if isinstance(written, Mapping) else {}
        return {key: _beside(value, inner.get(key)) for key, value in arrived.items()}
    if isinstance(arrived, list):
        same = isinstance(written, list) and len(written) == len(arrived)
        return [_beside(value, written[number] if same else None) for number, value in enumerate(arrived)]
    known = isinstance(arrived, _SCALARS) and isinstance(written, Expression)
    return Arrived.of(arrived, written) if known else arrived


def _function(value: Mapping[Any, Any]) -> str | None:
    """Return the name of the function that a mapping calls."""
    if len(value) != 1:
        return None
    name = next(iter(value))
    if not isinstance(name, str):
        return None
    called = name == "Ref" or (name.startswith("Fn::") and not name.startswith("Fn::ForEach"))
    return str(name) if called or (name == "Condition" and isinstance(value[name], str)) else None


def _is_part(value: Any) -> bool:
    return isinstance(value, str | int | float | Expression) and value != NO_VALUE


def _decided(function: str, operands: list[Any]) -> bool | None:
    """Return whether a condition function holds; None if unknown."""
    if function == "Fn::Equals":
        if len(operands) != 2 or not all(isinstance(one, _SCALARS) for one in operands):
            return None
        return _spelled(operands[0]) == _spelled(operands[1])
    if function == "Fn::Not":
        return not operands[0] if len(operands) == 1 and isinstance(operands[0], bool) else None
    deciding = function == "Fn::Or"
    if any(one is deciding for one in operands):
        return deciding
    return not deciding if all(isinstance(one, bool) for one in operands) else None


def _spelled(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
