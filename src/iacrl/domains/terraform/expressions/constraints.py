"""Type constraints, as in a variable's `type` argument: `list(object({ a = optional(number, 3) }))`.

The defaults inside `optional` are stored separately from the type, because a value gets them before it is converted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.types import DYNAMIC, Type
from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.findings import Finding, finding_at, refuse
from iacrl.domains.terraform.rules import reference_rule
from iacrl.domains.terraform.syntax import nodes

INVALID_TYPE = reference_rule(
    "TF428",
    "Invalid type specification",
    "expressions/type-constraints",
    "A type is `string`, `number`, `bool` or `any`, or is built with `list(...)`, `set(...)`, `map(...)`, "
    "`object({...})` and `tuple([...])`, without quotes. `optional` is allowed only around an object's attribute.",
)
INVALID_OPTIONAL_DEFAULT = reference_rule(
    "TF429",
    "Invalid default value for optional attribute",
    "expressions/type-constraints#optional-object-type-attributes",
    "The second argument of `optional` must be a value of the type in the first.",
)

#: Gives the value of a constant expression, and reports one that is not constant.
EvaluateConstant = Callable[[nodes.ValueNode, list[Finding]], Value]

_PRIMITIVE_NAMES: Final[Mapping[str, Type]] = {
    "string": types.STRING,
    "number": types.NUMBER,
    "bool": types.BOOL,
    "any": DYNAMIC,
}
_COLLECTIONS: Final = {"list": types.list_of, "set": types.set_of, "map": types.map_of}
_NEEDS_ARGUMENT: Final = {
    "list": "The list type constructor requires one argument specifying the element type.",
    "set": "The set type constructor requires one argument specifying the element type.",
    "map": "The map type constructor requires one argument specifying the element type.",
    "object": "The object type constructor requires one argument specifying the attribute types and values as a map.",
    "tuple": "The tuple type constructor requires one argument specifying the element types as a list.",
}
_NO_TYPE = (
    "A type specification is either a primitive type keyword (bool, number, string) or a complex type constructor "
    "call, like list(string)."
)


class Defaults:
    """The default values in one level of a type constraint.

    Attributes:
        values: The defaults of an object's own attributes.
        inside: The defaults of deeper levels, by attribute name or tuple index; the key None means every element.
    """

    __slots__ = ("inside", "values")

    def __init__(self, values: dict[str, Value], inside: dict[str | int | None, Defaults]) -> None:
        self.values = values
        self.inside = inside

    def apply(self, value: Value) -> Value:
        """Return the value with every absent or null attribute replaced by its default, at all levels."""
        if value.null or not value.known:
            return value
        data = value.data
        if isinstance(data, dict):
            return self._apply_to_attributes(value, data)
        if isinstance(data, tuple):
            parts = [self._apply_inside(index, part) for index, part in enumerate(data)]
            if all(new is old for new, old in zip(parts, data, strict=True)):
                return value
            return values.tuple_value(parts).marked(value.marks)
        return value

    def _apply_to_attributes(self, value: Value, data: dict[str, Value]) -> Value:
        attributes = {name: self._apply_inside(name, part) for name, part in data.items()}
        for name, default in self.values.items():
            if name not in attributes or attributes[name].null:
                attributes[name] = self._apply_inside(name, default)
        return values.object_value(attributes).marked(value.marks)

    def _apply_inside(self, step: str | int, part: Value) -> Value:
        inner = self.inside.get(step) or self.inside.get(None)
        return inner.apply(part) if inner is not None else part


class Constraint:
    """The meaning of a type expression: the type, and the defaults of its optional attributes (or None)."""

    __slots__ = ("defaults", "type")

    def __init__(self, type: Type, defaults: Defaults | None = None) -> None:
        self.type = type
        self.defaults = defaults

    def convert(self, value: Value) -> Value:
        """Return the value as Terraform passes it to the module: with defaults, and of this type.

        Raises:
            ConversionError: The value does not fit.
        """
        if self.defaults is not None:
            value = self.defaults.apply(value)
        return convert(value, self.type)


ANY_TYPE: Final = Constraint(DYNAMIC)


def read_constraint(
    expression: nodes.ValueNode, report: list[Finding], evaluate: EvaluateConstant, legacy: bool = True
) -> Constraint:
    """Read the type that a variable's `type` argument asks for.

    Args:
        report: Gets the errors; the result is `ANY_TYPE` in those places.
        evaluate: Gives the default values inside `optional`.
        legacy: Whether a bare `list` or `map` means a collection of anything, as at the top level of a variable.
    """
    if legacy:
        if isinstance(expression, nodes.Traversal) and not expression.steps and expression.root in ("list", "map"):
            return Constraint(_COLLECTIONS[expression.root](DYNAMIC))
        if isinstance(expression, nodes.Literal) and isinstance(expression.value, str):
            report.append(_legacy_quotes(expression, expression.value))
            return ANY_TYPE
    return _TypeReader(report, evaluate).read(expression)


def _legacy_quotes(expression: nodes.Literal, name: str) -> Finding:
    if name not in ("string", "list", "map"):
        detail = (
            "To provide a full type expression, remove the surrounding quotes and give the type expression directly."
        )
        return finding_at(expression, INVALID_TYPE, detail, summary="Invalid legacy variable type hint")
    detail = (
        "Terraform 0.11 and earlier required type constraints to be given in quotes, but that form is now deprecated "
        f'and will be removed in a future version of Terraform. Remove the quotes around "{name}"'
    )
    if name != "string":
        detail += f" and write {name}(string) instead to explicitly indicate that the {name} elements are strings"
    return finding_at(expression, INVALID_TYPE, f"{detail}.", summary="Invalid quoted type constraints")


class _TypeReader:
    """Reads one type expression; everything in it reports to the same list."""

    __slots__ = ("evaluate", "report")

    def __init__(self, report: list[Finding], evaluate: EvaluateConstant) -> None:
        self.report = report
        self.evaluate = evaluate

    def read(self, expression: nodes.ValueNode) -> Constraint:
        if isinstance(expression, nodes.Traversal) and not expression.steps:
            return self._keyword(expression, expression.root)
        if isinstance(expression, nodes.Literal) and (expression.value is None or isinstance(expression.value, bool)):
            return self._keyword(expression, "null" if expression.value is None else str(expression.value).lower())
        if isinstance(expression, nodes.FunctionCall):
            return self._constructor(expression)
        return self._wrong(expression.start, expression.end, _NO_TYPE)

    def _wrong(self, start: int, end: int, detail: str) -> Constraint:
        refuse(self.report, (start, end), INVALID_TYPE, detail)
        return ANY_TYPE

    def _keyword(self, expression: nodes.ValueNode, name: str) -> Constraint:
        if name in _PRIMITIVE_NAMES:
            return Constraint(_PRIMITIVE_NAMES[name])
        detail = _NEEDS_ARGUMENT.get(name, f'The keyword "{name}" is not a valid type specification.')
        return self._wrong(expression.start, expression.end, detail)

    def _constructor(self, call: nodes.FunctionCall) -> Constraint:
        name = call.name
        if name in ("string", "number", "bool"):
            detail = f'Primitive type keyword "{name}" does not expect arguments.'
            return self._wrong(call.name_end, call.end, detail)
        if name == "any":
            return self._wrong(call.name_end, call.end, 'Type constraint keyword "any" does not expect arguments.')
        if name == "optional":
            detail = 'Keyword "optional" is valid only as a modifier for object type attributes.'
            return self._wrong(call.start, call.name_end, detail)
        if name not in _NEEDS_ARGUMENT:
            return self._wrong(call.start, call.end, f'Keyword "{name}" is not a valid type constructor.')
        if len(call.arguments) != 1:
            start, end = call.name_end, call.end
            if call.arguments:
                start, end = call.arguments[1].start, call.arguments[-1].end
            return self._wrong(start, end, _NEEDS_ARGUMENT[name])
        argument = call.arguments[0]
        if name in _COLLECTIONS:
            inner = self.read(argument)
            defaults = None if inner.defaults is None else Defaults({}, {None: inner.defaults})
            return Constraint(_COLLECTIONS[name](inner.type), defaults)
        return self._tuple(argument) if name == "tuple" else self._object(argument)

    def _tuple(self, argument: nodes.ValueNode) -> Constraint:
        if not isinstance(argument, nodes.Tuple):
            return self._wrong(argument.start, argument.end, "Tuple type constructor requires a list of element types.")
        read = [self.read(item) for item in argument.items]
        inside: dict[str | int | None, Defaults] = {
            index: part.defaults for index, part in enumerate(read) if part.defaults is not None
        }
        return Constraint(types.tuple_of(part.type for part in read), Defaults({}, inside) if inside else None)

    def _object(self, argument: nodes.ValueNode) -> Constraint:
        if not isinstance(argument, nodes.Object):
            return self._wrong(
                argument.start,
                argument.end,
                "Object type constructor requires a map whose keys are attribute names and whose values are the "
                "corresponding attribute types.",
            )
        attributes: dict[str, Type] = {}
        optional: set[str] = set()
        defaults: dict[str, Value] = {}
        inside: dict[str | int | None, Defaults] = {}
        for item in argument.items:
            name = bare_key(item.key)
            if name is None:
                detail = "Object constructor map keys must be attribute names."
                self._wrong(item.key.start, item.key.end, detail)
                continue
            if name in attributes:
                self._wrong(item.key.start, item.key.end, "Object constructor map keys must be unique.")
                continue
            written = item.value
            if isinstance(written, nodes.FunctionCall) and written.name == "optional":
                read, default = self._optional(written)
                optional.add(name)
                if default is not None:
                    defaults[name] = default
            else:
                read = self.read(written)
            attributes[name] = read.type
            if read.defaults is not None:
                inside[name] = read.defaults
        found = Defaults(defaults, inside) if defaults or inside else None
        return Constraint(types.object_of(attributes, optional), found)

    def _optional(self, call: nodes.FunctionCall) -> tuple[Constraint, Value | None]:
        if not call.arguments:
            detail = "Optional attribute modifier requires the attribute type as its argument."
            return self._wrong(call.name_end, call.end, detail), None
        read = self.read(call.arguments[0])
        if len(call.arguments) == 1:
            return read, None
        if len(call.arguments) > 2:
            detail = (
                "Optional attribute modifier expects at most two arguments: the attribute type, and a default value."
            )
            return self._wrong(call.name_end, call.end, detail), None
        written = call.arguments[1]
        before = len(self.report)
        default = self.evaluate(written, self.report)
        if len(self.report) > before:
            return read, None
        try:
            return read, convert(default, read.type)
        except ConversionError as error:
            detail = f"This default value is not compatible with the attribute's type constraint: {error.message}."
            refuse(self.report, written, INVALID_OPTIONAL_DEFAULT, detail)
            return read, None


def bare_key(key: nodes.ValueNode) -> str | None:
    """Return the name if an object's key was written as a name, without quotes or parentheses; else None."""
    if isinstance(key, nodes.Literal):
        if isinstance(key.value, str) and key.end - key.start == len(key.value):
            return key.value
    elif isinstance(key, nodes.Traversal) and not key.steps:
        return key.root
    return None
