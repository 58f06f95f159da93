"""What names stand for in a document: the values that the text alone gives.

Unlike validation, for which every variable is unknown, a document takes a variable to have its default: that is what
the text says. Resources and data sources stay unknown.
"""

from __future__ import annotations

from pathlib import Path

from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.cty.conversion import ConversionError
from iacrl.domains.terraform.cty.values import ANY, Value
from iacrl.domains.terraform.expressions.constraints import read_constraint
from iacrl.domains.terraform.expressions.evaluator import evaluate_constant
from iacrl.domains.terraform.expressions.frame import Budget, Frame, Scope
from iacrl.domains.terraform.syntax import nodes
from iacrl.domains.terraform.syntax.source import SourceText

#: Locals and variables that refer to each other are followed so far, and no further.
_DEEPEST = 30


class StaticNames:
    """The variables and locals of a module; the scope of everything outside an instance.

    Args:
        files: The files of the module.
    """

    directory: Path | None = None  # what a file holds is not part of the text

    def __init__(self, files: tuple[tuple[nodes.Body, SourceText], ...]) -> None:
        self.budget = Budget()
        self.expressions: dict[str, tuple[nodes.ValueNode, SourceText]] = {}
        self._types: dict[str, nodes.ValueNode] = {}
        self._values: dict[str, Value] = {}
        self._depth = 0
        for body, source in files:
            for block in body.blocks:
                if block.type == "locals":
                    for name, attribute in block.body.attributes.items():
                        self.expressions[f"local.{name}"] = (attribute.value, source)
                elif block.type == "variable" and block.labels:
                    self._add_variable(f"var.{block.labels[0].value}", block.body.attributes, source)

    def _add_variable(self, name: str, attributes: dict[str, nodes.Attribute], source: SourceText) -> None:
        if "default" in attributes:
            self.expressions[name] = (attributes["default"].value, source)
            if "type" in attributes:
                self._types[name] = attributes["type"].value

    def resolve(self, reference: nodes.Traversal) -> tuple[Value, int]:
        """Return the value of a variable or local; everything else is unknown."""
        name = name_of(reference)
        return (ANY, len(reference.steps)) if name is None else (self._value(name), 1)

    def has_function(self, name: str) -> bool:
        """No provider's function is computed."""
        return False

    def _value(self, name: str) -> Value:
        if name not in self._values:
            self._values[name] = ANY  # while it is computed, so that a cycle ends
            if name in self.expressions and self._depth < _DEEPEST:
                self._depth += 1
                value = Frame(self, [], None, None, self.budget).evaluate(self.expressions[name][0])
                self._values[name] = self._converted(name, value)
                self._depth -= 1
        return self._values[name]

    def _converted(self, name: str, value: Value) -> Value:
        """Return a variable's default as the module sees it: of the variable's type."""
        if name not in self._types:
            return value
        try:
            return read_constraint(self._types[name], [], evaluate_constant).convert(value)
        except ConversionError:
            return value


class Instance:
    """The scope inside a resource or module with `count` or `for_each`, for one of its instances."""

    directory: Path | None = None

    def __init__(self, names: StaticNames, known: dict[str, Value]) -> None:
        self._names = names
        self._known = known

    def resolve(self, reference: nodes.Traversal) -> tuple[Value, int]:
        """Return the value of `each.key`, `each.value` or `count.index`, or what the name means elsewhere."""
        step = reference.steps[0] if reference.steps else None
        if isinstance(step, nodes.GetAttr):
            known = self._known.get(f"{reference.root}.{step.name}")
            if known is not None:
                return known, 1
        return self._names.resolve(reference)

    def has_function(self, name: str) -> bool:
        """No provider's function is computed."""
        return False


class StaticPlace:
    """Where an expression stands: its text, and what names mean there.

    Attributes:
        names: The module's names.
        scope: `names`, or an instance's.
        text: The text that the expression's offsets count in.
        iterators: The values of the iterators of the `dynamic` blocks around it.
    """

    __slots__ = ("iterators", "names", "scope", "text")

    def __init__(self, names: StaticNames, scope: Scope, text: str, iterators: dict[str, Value] | None = None) -> None:
        self.names = names
        self.scope = scope
        self.text = text
        self.iterators = iterators

    def evaluate(self, expression: nodes.ValueNode) -> Value:
        """Return the value of an expression, with unknown parts."""
        return Frame(self.scope, [], self.iterators, None, self.names.budget).evaluate(expression)

    def with_iterator(self, name: str, key: Value, value: Value) -> StaticPlace:
        """Return the place inside one repetition of a `dynamic` block."""
        iterators = {**(self.iterators or {}), name: values.object_value({"key": key, "value": value})}
        return StaticPlace(self.names, self.scope, self.text, iterators)

    def definition(self, reference: nodes.Traversal) -> tuple[nodes.ValueNode, StaticPlace] | None:
        """Return the expression of the variable or local that a reference names, and where that stands."""
        name = name_of(reference)
        if name is None or len(reference.steps) != 1 or name not in self.names.expressions:
            return None
        expression, source = self.names.expressions[name]
        return expression, StaticPlace(self.names, self.names, source.text)


def name_of(reference: nodes.Traversal) -> str | None:
    """Return `var.x` or `local.x` for a reference that begins so."""
    if reference.root not in ("var", "local") or not reference.steps:
        return None
    step = reference.steps[0]
    return f"{reference.root}.{step.name}" if isinstance(step, nodes.GetAttr) else None


def elements(value: Value) -> list[tuple[Value, Value]] | None:
    """Return the keys and values of a collection, as `for_each` sees them; None where they are not known."""
    return list(values.pairs(value)) if isinstance(value.data, dict | tuple) else None
