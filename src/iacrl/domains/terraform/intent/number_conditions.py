"""Whether two conditions on a number, such as `var.n <= 9` and `!(var.n > 9)`, hold for the same whole numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.expressions.evaluator import evaluate
from iacrl.domains.terraform.syntax import nodes
from iacrl.domains.terraform.syntax.parser import parse

_OPERATORS = frozenset({"<", "<=", ">", ">=", "==", "!=", "&&", "||"})
#: A condition with more numbers is only compared as text.
_MOST_NUMBERS = 8


class _Taken:
    """The scope in which the single variable has a value."""

    directory: Path | None = None
    dialect = "terraform"

    def __init__(self, value: int) -> None:
        self.value = value

    def resolve(self, reference: nodes.Traversal) -> tuple[Value, int]:
        """Return the value."""
        return values.number(self.value), len(reference.steps)

    def has_function(self, name: str) -> bool:
        """Functions are never called."""
        return False


def same_condition(written: str, wanted: str) -> bool:
    """Return whether two conditions compare the same variable with numbers, and agree on every whole number.

    Such a condition can only change at the numbers that it compares with, so a few values decide.
    """
    if not any(operator in wanted for operator in ("<", ">", "==", "!=")):
        return False
    one, other = _read(written), _read(wanted)
    if one is None or other is None:
        return False
    names, numbers = {*_names(one), *_names(other)}, {*_numbers(one), *_numbers(other)}
    if len(names) != 1 or not 0 < len(numbers) <= _MOST_NUMBERS:
        return False
    outcomes = [_holds(one, taken) for number in numbers for taken in (number - 1, number, number + 1)]
    expected = [_holds(other, taken) for number in numbers for taken in (number - 1, number, number + 1)]
    return outcomes == expected and set(expected) == {True, False}


def _read(text: str) -> nodes.ValueNode | None:
    """Return a condition of comparisons; None for anything else."""
    result = parse(f"condition = {text}\n")
    attribute = result.body.attributes.get("condition")
    if result.diagnostics or attribute is None or len(result.body.attributes) != 1:
        return None
    return attribute.value if _compares(attribute.value) else None


def _compares(node: nodes.ValueNode) -> bool:
    if isinstance(node, nodes.Literal):
        return type(node.value) is int
    if isinstance(node, nodes.Traversal):
        return node.root == "var" and len(node.steps) == 1
    if isinstance(node, nodes.Binary):
        return node.operator in _OPERATORS and _compares(node.left) and _compares(node.right)
    if isinstance(node, nodes.Unary):
        return node.operator == "!" and _compares(node.operand)
    return isinstance(node, nodes.Parens) and _compares(node.inner)


def _names(node: nodes.ValueNode) -> Iterator[str]:
    if isinstance(node, nodes.Traversal):
        yield str(node)
    for child in node.children():
        yield from _names(child)


def _numbers(node: nodes.ValueNode) -> Iterator[int]:
    if isinstance(node, nodes.Literal) and isinstance(node.value, int):
        yield node.value
    for child in node.children():
        yield from _numbers(child)


def _holds(condition: nodes.ValueNode, taken: int) -> object:
    return evaluate(condition, _Taken(taken), []).data
