"""What the evaluation of all kinds of expressions shares: the place, the meaning of names, and the report."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from iacrl.domains.terraform.cty.types import STRING
from iacrl.domains.terraform.cty.values import Value, unknown
from iacrl.domains.terraform.findings import Finding
from iacrl.domains.terraform.syntax import nodes
from iacrl.effort import Effort

if TYPE_CHECKING:
    from pathlib import Path

    from iacrl.domains.terraform.expressions.functions.arguments import Unread
    from iacrl.domains.terraform.expressions.functions.builtin import Signature


class Scope(Protocol):
    """What names mean in the place of an expression.

    Attributes:
        dialect: Which functions exist: Terraform's, or OpenTofu's too.
    """

    dialect: str

    @property
    def directory(self) -> Path | Unread | None:
        """The configuration's directory, where `file` looks; None for a single text, `UNREAD` if no file is read."""
        ...

    def resolve(self, reference: nodes.Traversal) -> tuple[Value, int]:
        """Return the value that the root and the first steps of a reference name, and how many steps were used.

        `var.x.name` gives the value of the variable and 1; a resource's attribute gives an unknown value and all its
        steps, because Terraform checks those against the schema and not here. Undeclared names are unknown too.
        """

    def has_function(self, name: str) -> bool:
        """Say whether a provider-defined function (`provider::x::f`) may be called here."""


class Budget:
    """How much more may be computed. Once it is spent, values stay unknown, so no text takes long.

    All expressions of a verdict share one. A unit is about one microsecond. Patterns have a limit of their own.
    """

    __slots__ = ("left", "patterns")

    def __init__(self, units: int = 200_000) -> None:
        self.left = units
        self.patterns = Effort()

    def spend(self, units: int) -> bool:
        """Take some units; False once none are left."""
        self.left -= units
        return self.left > 0


class Frame:
    """The place of evaluation: the scope, the names that `for` adds, and the current element of a splat."""

    __slots__ = ("budget", "item", "names", "report", "scope")

    #: Whether unknown values may record their origin (`iacrl.domains.terraform.document.symbols`).
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
        """Return the frame with this element as the splat's current one."""
        return type(self)(self.scope, self.report, self.names, item, self.budget)

    def with_report(self, report: list[Finding]) -> Frame:
        """Return the frame that reports to another list."""
        return type(self)(self.scope, report, self.names, self.item, self.budget)

    def evaluate(self, node: nodes.ValueNode) -> Value:
        """Return the value of an expression in this place."""
        return EVALUATORS[type(node)](node, self)

    def operand(self, node: nodes.ValueNode) -> Value:
        """Return the value of an expression that is only used to compute others, and is not part of the result."""
        return EVALUATORS[type(node)](node, self)

    def call(self, name: str, signature: Signature, passed: list[Value]) -> Value:
        """Return the result of a built-in function for arguments of its parameters' types.

        Raises:
            CallError: Terraform refuses these arguments.
        """
        from iacrl.domains.terraform.expressions.functions.builtin import call

        return call(name, signature, passed, self.scope.directory)

    def spelled(self, text: str) -> Value:
        """Return the text that contains unknown values with a recorded origin."""
        return unknown(STRING, not_null=True)


class _Evaluators(dict[type[nodes.ValueNode], Callable[[Any, Frame], Value]]):
    """How each kind of expression is evaluated; rare kinds are imported on first use."""

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
#: `evaluator.py` adds the kinds that every text has.
EVALUATORS = _Evaluators()
