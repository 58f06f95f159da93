"""The evaluation of a document's expressions, which follows symbols through functions and templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.document.symbols import Origin, Symbols, as_text, has_symbol, mapped
from iacrl.domains.terraform.expressions.frame import Frame
from iacrl.domains.terraform.expressions.functions.arguments import CallError
from iacrl.domains.terraform.expressions.functions.builtin import call
from iacrl.domains.terraform.syntax import nodes

if TYPE_CHECKING:
    from iacrl.domains.terraform.cty.types import Type
    from iacrl.domains.terraform.expressions.functions.builtin import Signature

#: Functions that write their arguments into a text, or choose among them, without changing any.
_WRITING = frozenset(
    {
        "chomp",
        "coalesce",
        "compact",
        "distinct",
        "flatten",
        "format",
        "formatlist",
        "join",
        "jsonencode",
        "trimspace",
        "yamlencode",
    }
)
#: Functions that return their argument, as another type or with other marks.
_SAME = frozenset(
    {"ephemeralasnull", "nonsensitive", "sensitive", "tobool", "tolist", "tomap", "tonumber", "toset", "tostring"}
)
#: Functions that return one element of a collection, or all of them, even of an unknown one.
_ELEMENTS = frozenset({"element", "one", "values"})


class Settling(Protocol):
    """Knows the values of symbols."""

    def settled(self, value: Value) -> Value:
        """Return a symbol's value as far as the text says it; return any other value unchanged."""
        ...

    def find(self, origin: Origin) -> Value | None:
        """Return the value of an attribute, which may contain symbols; None if the text does not say it."""
        ...


class Symbolic(Protocol):
    """The names of a module, with the symbols of its document and their known values."""

    @property
    def symbols(self) -> Symbols:
        """The symbols of the document."""
        ...

    @property
    def literals(self) -> Settling:
        """The values of resources' attributes according to the text."""
        ...


class SymbolicFrame(Frame):
    """The place of evaluation of a document's expression; its scope has the module's `names`."""

    __slots__ = ()

    symbolic = True
    scope: Any

    @property
    def _names(self) -> Symbolic:
        names: Symbolic = self.scope.names
        return names

    def operand(self, node: nodes.ValueNode) -> Value:
        """Return the value of an expression, as far as the text says it."""
        value = self.evaluate(node)
        return value if value.spelling is None else self._names.literals.settled(value)

    def spelled(self, text: str) -> Value:
        """Return the text with symbols in it."""
        return self._names.symbols.spelled(text)

    def call(self, name: str, signature: Signature, passed: list[Value]) -> Value:
        """Return the result of a function, with the symbols that come through it.

        Raises:
            CallError: Terraform refuses these arguments.
        """
        if all(value.wholly_known for value in passed):
            return call(name, signature, passed, self.scope.directory)
        if passed[0].spelling is not None and name in _SAME:
            return passed[0]
        if passed[0].spelling is not None and name in _ELEMENTS:
            return passed[0].part("[*]")
        if name in _WRITING:
            written = [mapped(value, as_text) for value in passed]
            if all(value.wholly_known for value in written):
                try:
                    return mapped(call(name, signature, written), self._read)
                except CallError:  # it takes no text in place of the symbol, which may be a list or a number
                    pass
        if name == "zipmap":  # its first argument only names the values
            passed = [self._settled(passed[0], signature.parameter(0).type), *passed[1:]]
        result = call(name, signature, passed, self.scope.directory)
        if result.known or result.spelling is not None:
            return result
        return self._with_literals(name, signature, passed) or result

    def _read(self, value: Value) -> Value:
        if isinstance(value.data, str) and has_symbol(value.data):
            return self._names.symbols.spelled(value.data)
        return value

    def _settled(self, value: Value, type: Type) -> Value:
        """Return a value with its symbols' values according to the text, if they fit a parameter's type."""
        try:
            return convert(mapped(value, self._names.literals.settled), type)
        except ConversionError:
            return value

    def _with_literals(self, name: str, signature: Signature, passed: list[Value]) -> Value | None:
        """Return the result for the symbols' values, if the text gives the values of all."""
        known = [mapped(value, self._names.literals.settled) for value in passed]
        if not all(value.wholly_known for value in known):
            return None
        try:  # the symbols had the parameters' types, their values may have others
            taken = [convert(value, signature.parameter(position).type) for position, value in enumerate(known)]
            return call(name, signature, taken, self.scope.directory)
        except (CallError, ConversionError):
            return None
