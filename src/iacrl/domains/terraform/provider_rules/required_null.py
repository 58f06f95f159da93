"""Required arguments that are known to be null.

Terraform itself accepts them, because there is an expression. Every provider refuses them through its SDK, because null
means not set ("The argument is required, but no definition was found"). The older SDK does not look into a block with
anything unknown in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iacrl.domains.terraform.checking.schema_rules import MISSING_REQUIRED_ARGUMENT
from iacrl.domains.terraform.findings import Finding
from iacrl.domains.terraform.structure.body import JsonBody
from iacrl.domains.terraform.syntax import nodes

if TYPE_CHECKING:
    from iacrl.domains.terraform.checking.body_checker import BodyChecker
    from iacrl.domains.terraform.checking.site import Site
    from iacrl.domains.terraform.provider_rules.seen import Seen
    from iacrl.domains.terraform.schema.block_shapes import BlockShape
    from iacrl.domains.terraform.structure.module import Resource

#: Expressions that are never null.
_NEVER_NULL = (nodes.Template, nodes.Tuple, nodes.Object, nodes.For, nodes.Splat, nodes.Binary, nodes.Unary)


def check_required(resource: Resource, checker: BodyChecker, shape: BlockShape, place: Site) -> None:
    """Report each required argument of the resource itself whose value is known to be null."""
    for name, attribute in resource.config.attributes.items():
        argument = shape.arguments.get(name)
        if argument is None or not argument.schema.required or not _may_be_null(attribute.value):
            continue
        value = checker.evaluate_forgiving(attribute.value, place)
        if value is not None and value.known and value.null:
            checker.report.append(_finding(name, attribute))


def check_required_in_blocks(body: Seen, shape: BlockShape, partial: bool, report: list[Finding]) -> None:
    """Report each required argument of a nested block whose value is known to be null.

    Args:
        body: What the resource sets.
        shape: Its schema.
        partial: Whether the provider judges known values even if others in the same block are unknown.
        report: Gets the findings.
    """
    for name, blocks in body.blocks.items():
        nested = shape.blocks.get(name)
        if nested is not None and (partial or body.is_known(name)):
            for one in blocks:
                _check_block(one, nested.shape, report)


def _check_block(body: Seen, shape: BlockShape, report: list[Finding]) -> None:
    for name in shape.required:
        attribute, value = body.arguments.get(name, (None, None))
        if attribute is not None and value is not None and value.known and value.null:
            report.append(_finding(name, attribute))
    check_required_in_blocks(body, shape, True, report)


def may_have_null(body: nodes.Body, shape: BlockShape) -> bool:
    """Say whether a required argument in a nested block could be known to be null, by the form of its expression."""
    if type(body) is JsonBody:
        body = body.with_blocks(shape.blocks)
    for block in body.blocks:
        is_dynamic = block.type == "dynamic" and block.labels
        nested = shape.blocks.get(block.labels[0].value if is_dynamic else block.type)
        if nested is None:
            continue
        bodies = [inner.body for inner in block.body.blocks] if is_dynamic else [block.body]
        for inner in bodies:
            if any(
                name in inner.attributes and _is_computed_here(inner.attributes[name].value)
                for name in nested.shape.required
            ) or may_have_null(inner, nested.shape):
                return True
    return False


def _is_computed_here(expression: nodes.ValueNode) -> bool:
    """Say whether a null can come out of this configuration. What resources and variables hold is unknown."""
    if type(expression) is nodes.Traversal:
        first = expression.steps[0] if expression.steps else None
        is_iterator = type(first) is nodes.GetAttr and first.name in ("key", "value")
        return expression.root == "local" or is_iterator
    return _may_be_null(expression)


def _finding(name: str, attribute: nodes.Attribute) -> Finding:
    detail = f'The argument "{name}" is required, but its value is null. A provider takes that for not set.'
    return Finding(MISSING_REQUIRED_ARGUMENT, detail, attribute.value.start, attribute.value.end)


def _may_be_null(expression: nodes.ValueNode) -> bool:
    if type(expression) is nodes.Literal:
        return expression.value is None
    return not isinstance(expression, _NEVER_NULL)
