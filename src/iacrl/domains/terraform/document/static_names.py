"""The values of names in a document, from the text alone.

For validation every variable is unknown. A document gives a variable its default, because the text says so. Resources
and data sources are symbols, which record the origin of a value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.cty.conversion import ConversionError
from iacrl.domains.terraform.cty.values import ANY, Value
from iacrl.domains.terraform.document.repeated_blocks import instance_keys, is_repeated
from iacrl.domains.terraform.document.symbolic_frame import Settling, SymbolicFrame
from iacrl.domains.terraform.document.symbols import Origin, Symbols
from iacrl.domains.terraform.expressions.constraints import read_constraint
from iacrl.domains.terraform.expressions.evaluator import evaluate_constant
from iacrl.domains.terraform.expressions.frame import Budget, Scope
from iacrl.domains.terraform.expressions.functions.arguments import UNREAD, Unread
from iacrl.domains.terraform.syntax import nodes
from iacrl.domains.terraform.syntax.source import SourceText

#: How many references between locals and variables are followed in a row.
_DEEPEST = 30


class Assumed(NamedTuple):
    """A variable or local, `var.x`, with the value assumed for it; with None it is a symbol."""

    name: str
    value: Value | None = None


class StaticNames:
    """The variables and locals of a module; the scope of everything outside an instance.

    Args:
        files: The files of the module.
        literals: Makes the object that knows resources' attributes from the text.
        given: Values that a caller gives for variables and locals, by name (`var.x`), instead of those in the text.
        assumed: A variable or local, `var.x`, and the value assumed for it. With None it is a symbol too, so its flow
            can be followed.
    """

    directory: Path | Unread | None = UNREAD  # the content of a file is not part of the text
    dialect = "terraform"

    def __init__(
        self,
        files: tuple[tuple[nodes.Body, SourceText], ...],
        literals: Callable[[StaticNames], Settling],
        given: Mapping[str, Value] = MappingProxyType({}),
        assumed: Assumed | None = None,
    ) -> None:
        self.budget = Budget()
        self.symbols = Symbols()
        self.expressions: dict[str, tuple[nodes.ValueNode, SourceText]] = {}
        self.blocks: dict[str, tuple[nodes.Block, SourceText]] = {}
        self._files = files
        self._literals = literals
        self._given = given
        self._types: dict[str, nodes.ValueNode] = {}
        self._variables: set[str] = set()
        self._values: dict[str, Value] = {}
        self._whole: dict[str, Value] = {}
        self._depth = 0
        self._others: dict[Assumed, StaticNames] = {}
        for body, source in files:
            for block in body.blocks:
                self._add(block, source)
        self._values |= given
        if assumed is not None:
            self._values[assumed.name] = assumed.value or self.symbols.symbol(Origin(assumed.name))

    def _add(self, block: nodes.Block, source: SourceText) -> None:
        if block.type == "resource" and len(block.labels) == 2:
            self.blocks[f"{block.labels[0].value}.{block.labels[1].value}"] = block, source
        elif block.type == "data" and len(block.labels) == 2:
            self.blocks[f"data.{block.labels[0].value}.{block.labels[1].value}"] = block, source
        elif block.type == "module" and block.labels:
            self.blocks[f"module.{block.labels[0].value}"] = block, source
        elif block.type == "locals":
            for name, attribute in block.body.attributes.items():
                self.expressions[f"local.{name}"] = (attribute.value, source)
        elif block.type == "variable" and block.labels:
            self._add_variable(f"var.{block.labels[0].value}", block.body.attributes, source)

    def _add_variable(self, name: str, attributes: dict[str, nodes.Attribute], source: SourceText) -> None:
        self._variables.add(name)
        if "default" in attributes:
            self.expressions[name] = (attributes["default"].value, source)
        if "type" in attributes:
            self._types[name] = attributes["type"].value

    @property
    def names(self) -> StaticNames:
        """Itself: every scope has the names of its module."""
        return self

    @cached_property
    def literals(self) -> Settling:
        """The values of resources' attributes according to the text."""
        return self._literals(self)

    def assuming(self, assumed: Assumed) -> StaticNames:
        """Return these names with another value for one variable or local."""
        if assumed not in self._others:
            self._others[assumed] = StaticNames(self._files, self._literals, self._given, assumed)
        return self._others[assumed]

    def given(self, inputs: Mapping[str, Value]) -> StaticNames | None:
        """Return these names with other values for some variables and locals.

        None if the text does not declare one of them, or if a value is not of its variable's type.
        """
        found: dict[str, Value] = {}
        for name, value in inputs.items():
            if name not in self._variables and name not in self.expressions:
                return None
            try:
                found[name] = self._as_declared(name, value)
            except ConversionError:
                return None
        return StaticNames(self._files, self._literals, found)

    def resolve(self, reference: nodes.Traversal) -> tuple[Value, int]:
        """Return the value of a variable or local, or the symbol of another thing; anything else is unknown."""
        name = name_of(reference)
        if name is not None:
            return self._value(name), 1
        thing, used = thing_of(reference)
        return (self._thing(thing), used) if thing else (ANY, len(reference.steps))

    def _thing(self, thing: str) -> Value:
        """Return the value that represents a whole resource, data source or module."""
        if thing not in self._whole:
            self._whole[thing] = self.symbols.symbol(Origin(thing))
            if thing in self.blocks and is_repeated(self.blocks[thing][0]):
                self._whole[thing] = self._instances(thing)
        return self._whole[thing]

    def _instances(self, thing: str) -> Value:
        block, source = self.blocks[thing]
        keys = instance_keys(block, StaticPlace(self, self, source.text)) if self.budget.left > 0 else None
        if keys is None or not self.budget.spend(len(keys)):
            return self._whole[thing]
        if "count" in block.body.attributes:
            return values.tuple_value(self.symbols.symbol(Origin(thing, (f"[{n}]",))) for n in range(len(keys)))
        named = [str(key.data) for key, _ in keys if key is not None]
        return values.object_value({name: self.symbols.symbol(Origin(thing, (f'["{name}"]',))) for name in named})

    def has_function(self, name: str) -> bool:
        """No provider's function is computed."""
        return False

    def _value(self, name: str) -> Value:
        if name not in self._values:
            self._values[name] = ANY  # while it is computed, to end a cycle
            if name in self.expressions and self._depth < _DEEPEST:
                self._depth += 1
                value = SymbolicFrame(self, [], None, None, self.budget).evaluate(self.expressions[name][0])
                self._values[name] = self._converted(name, value)
                self._depth -= 1
        return self._values[name]

    def _converted(self, name: str, value: Value) -> Value:
        """Return a variable's default as the module sees it: converted to the variable's type."""
        try:
            return self._as_declared(name, value)
        except ConversionError:
            return value

    def _as_declared(self, name: str, value: Value) -> Value:
        declared = self._types.get(name)
        return value if declared is None else read_constraint(declared, [], evaluate_constant).convert(value)


class Instance:
    """The scope inside a resource or module with `count` or `for_each`, for one of its instances."""

    directory: Path | Unread | None = UNREAD
    dialect = "terraform"

    def __init__(self, names: StaticNames, known: Mapping[str, Value]) -> None:
        self.names = names
        self._known = known

    @classmethod
    def of(cls, names: StaticNames, key: Value, value: Value | None) -> Instance:
        """Return the scope of the instance with this key, and with this value for `for_each`."""
        return cls(names, {"count.index": key} if value is None else {"each.key": key, "each.value": value})

    def resolve(self, reference: nodes.Traversal) -> tuple[Value, int]:
        """Return the value of `each.key`, `each.value` or `count.index`, or what the name means elsewhere."""
        step = reference.steps[0] if reference.steps else None
        if isinstance(step, nodes.GetAttr):
            known = self._known.get(f"{reference.root}.{step.name}")
            if known is not None:
                return known, 1
        return self.names.resolve(reference)

    def has_function(self, name: str) -> bool:
        """No provider's function is computed."""
        return False


class StaticPlace:
    """The place of an expression: its text, and what names mean there.

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
        return SymbolicFrame(self.scope, [], self.iterators, None, self.names.budget).evaluate(expression)

    def with_iterator(self, name: str, key: Value, value: Value) -> StaticPlace:
        """Return the place inside one repetition of a `dynamic` block."""
        iterators = {**(self.iterators or {}), name: values.object_value({"key": key, "value": value})}
        return StaticPlace(self.names, self.scope, self.text, iterators)

    def definition(self, reference: nodes.Traversal) -> tuple[nodes.ValueNode, StaticPlace] | None:
        """Return the expression of the variable or local that a reference names, and its place."""
        name = name_of(reference)
        if name is None or len(reference.steps) != 1 or name not in self.names.expressions:
            return None
        expression, source = self.names.expressions[name]
        return expression, StaticPlace(self.names, self.names, source.text)


def name_of(reference: nodes.Traversal) -> str | None:
    """Return `var.x` or `local.x` for a reference that begins with it."""
    if reference.root not in ("var", "local") or not reference.steps:
        return None
    step = reference.steps[0]
    return f"{reference.root}.{step.name}" if isinstance(step, nodes.GetAttr) else None


#: Names that are not things: they are valid within a block, or mean an attribute of the block itself.
_LOCAL_ROOTS = frozenset({"each", "count", "self", "terraform"})


def thing_of(reference: nodes.Traversal) -> tuple[str, int]:
    """Return the thing that a reference begins with, and how many steps are used; empty if there is none."""
    count = 2 if reference.root in ("data", "ephemeral") else 1
    steps = reference.steps[:count]
    if reference.root in _LOCAL_ROOTS or len(steps) < count:
        return "", 0
    written = [reference.root]
    for step in steps:
        if not isinstance(step, nodes.GetAttr):
            return "", 0
        written.append(step.name)
    return ".".join(written), count
