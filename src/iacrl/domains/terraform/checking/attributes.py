"""Whether a resource has the attribute that a reference asks for."""

from __future__ import annotations

from collections.abc import Sequence

from iacrl.domains.terraform.checking.reference_rules import UNSUPPORTED_ATTRIBUTE
from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.expressions.parts import apply_step
from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.schema.block_shapes import BlockShape, Nested
from iacrl.domains.terraform.structure.names import is_identifier, nearest
from iacrl.domains.terraform.syntax.nodes import GetAttr, GetIndex, Step


def check_steps(shape: BlockShape, steps: Sequence[Step], report: list[Finding]) -> None:
    """Report the first step that does not exist in a resource of this shape."""
    if not steps or shape.open:
        return
    step, rest = steps[0], steps[1:]
    if not isinstance(step, GetAttr):
        detail = "Only attribute access is allowed here, using the dot operator."
        if isinstance(step.key, str) and is_identifier(step.key):
            detail = (
                f'Only attribute access is allowed here. Did you mean to access attribute "{step.key}" using the dot '
                "operator?"
            )
        refuse(report, step, UNSUPPORTED_ATTRIBUTE, detail, "Invalid index operation")
        return
    argument = shape.arguments.get(step.name)
    if argument is not None:
        value = values.unknown(argument.type) if rest else None
        for part in rest:
            value = apply_step(value, part, report) if value is not None else None
            if value is None:
                return
        return
    nested = shape.blocks.get(step.name)
    if nested is not None:
        _check_nested(nested, step.name, rest, report)
        return
    hint = nearest(step.name, (*shape.arguments, *shape.blocks))
    detail = f'This object has no argument, nested block, or exported attribute named "{step.name}".{hint}'
    refuse(report, step, UNSUPPORTED_ATTRIBUTE, detail)


def _check_nested(nested: Nested, name: str, steps: Sequence[Step], report: list[Finding]) -> None:
    nesting = nested.schema.nesting
    if nesting in ("single", "group"):
        check_steps(nested.shape, steps, report)
        return
    if not steps:
        return
    step = steps[0]
    if nesting == "set":
        detail = (
            f'Block type "{name}" is represented by a set of objects, and set elements do not have addressable keys. '
            'To find elements matching specific criteria, use a "for" expression with an "if" clause.'
        )
        refuse(report, step, UNSUPPORTED_ATTRIBUTE, detail, "Cannot index a set value")
    elif nesting == "list" and not isinstance(step, GetIndex):
        detail = (
            f'Block type "{name}" is represented by a list of objects, so it must be indexed using a numeric key, like '
            f".{name}[0]."
        )
        refuse(report, step, UNSUPPORTED_ATTRIBUTE, detail, "Invalid operation")
    else:
        check_steps(nested.shape, steps[1:], report)
