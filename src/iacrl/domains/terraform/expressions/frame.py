"""What the evaluation of every kind of expression shares: where it stands, what names mean there, what it reports."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from iacrl.domains.terraform.cty.types import STRING
from iacrl.domains.terraform.cty.values import Value, unknown
from iacrl.domains.terraform.findings import Finding
from iacrl.domains.terraform.syntax import nodes

if TYPE_CHECKING:
    from pathlib import Path

    from iacrl.domains.terraform.expressions.functions.builtin import Signature


class Scope(Protocol):
    """What names mean where an expression stands.

    Attributes:
        directory: Where the configuration stands, so that `file` finds what is there; None for a single text.
        dialect: Whose functions there are: Terraform's, or those of OpenTofu too.
    """

    directory: Path | None
    dialect: str

    def resolve(self, reference: nodes.Traversal) -> tuple[Value, int]:
        """Return the value that the root and the first steps of a reference name, and how many steps that took.

        `var.x.name` gives the value of the variable and 1; a resource's attribute gives an unknown value and all
        its steps, for Terraform checks those against the schema and not here. What is not declared is unknown too.
        """

    def has_function(self, name: str) -> bool:
        """Say whether a provider-defined function (`provider::x::f`) may be called here."""


class Budget:
    """How much may still be computed. What is left when it is spent stays unknown, so that no text takes long.

    One is shared by all expressions of a verdict. A unit is about one microsecond.
    """

    __slots__ = ("left",)

    def __init__(self, units: int = 200_000) -> None:
        self.left = units

    def spend(self, units: int) -> bool:
        """Take some units; False when there are none left."""
        self.left -= units
        return self.left > 0


class Frame:
    """Where an expression is evaluated: the scope, the names that `for` adds, the element that a splat is at."""

    __slots__ = ("budget", "item", "names", "report", "scope")

    #: Whether unknown values may remember where they come from (`iacrl.domains.terraform.document.symbols`).
    symbolic = False

    def __init__(
        self,
        scope: Scope,
        report: list[Finding],
        names: dict[str, Value] | None,
        item: Value | None,
        budget: Budget,
    ) -> None:
        self.scope = scope
        self.report = report
        self.names = names
        self.item = item
        self.budget = budget

    def with_names(self, key: str | None, key_value: Value, name: str, value: Value) -> Frame:
        """Return the frame in which `for`'s names have these values."""
        names = dict(self.names) if self.names else {}
        if key is not None:
            names[key] = key_value
        names[name] = value
        return type(self)(self.scope, self.report, names, self.item, self.budget)

    def with_item(self, item: Value) -> Frame:
        """Return the frame in which a splat is at this element."""
        return type(self)(self.scope, self.report, self.names, item, self.budget)

    def with_report(self, report: list[Finding]) -> Frame:
        """Return the frame that reports to another list."""
        return type(self)(self.scope, report, self.names, self.item, self.budget)

    def evaluate(self, node: nodes.ValueNode) -> Value:
        """Return the value of an expression that stands here."""
        return EVALUATORS[type(node)](node, self)

    def operand(self, node: nodes.ValueNode) -> Value:
        """Return the value of an expression that something is computed from, so that it does not come through."""
        return EVALUATORS[type(node)](node, self)

    def call(self, name: str, signature: Signature, passed: list[Value]) -> Value:
        """Return the result of a built-in function for arguments of its parameters' types.

        Raises:
            CallError: Terraform refuses these arguments.
        """
        from iacrl.domains.terraform.expressions.functions.builtin import call

        return call(name, signature, passed, self.scope.directory)

    def spelled(self, text: str) -> Value:
        """Return the text that unknown values that remember where they come from are part of."""
        return unknown(STRING, not_null=True)


class _Evaluators(dict[type[nodes.ValueNode], Callable[[Any, Frame], Value]]):
    """How each kind of expression is evaluated; what few texts need is imported when a text first has it."""

    def __missing__(self, kind: type[nodes.ValueNode]) -> Callable[[Any, Frame], Value]:
        module, name = _HOMES[kind]
        found: Callable[[Any, Frame], Value] = getattr(import_module(f"{__package__}.{module}"), name)
        self[kind] = found
        return found


_HOMES: dict[type[nodes.ValueNode], tuple[str, str]] = {
    nodes.Binary: ("operators", "evaluate_binary"),
    nodes.Conditional: ("conditionals", "evaluate_conditional"),
    nodes.For: ("iteration", "evaluate_for"),
    nodes.FunctionCall: ("calls", "evaluate_call"),
    nodes.Splat: ("iteration", "evaluate_splat"),
    nodes.Template: ("rendering", "evaluate_template"),
    nodes.TemplateFor: ("rendering", "evaluate_template_for"),
    nodes.TemplateIf: ("rendering", "evaluate_template_if"),
    nodes.Unary: ("operators", "evaluate_unary"),
}
#: `evaluate.py` adds the kinds that every text has.
EVALUATORS = _Evaluators()
