"""Required arguments that are known to be null.

Terraform itself accepts them, because there is an expression. Every provider refuses them through its SDK, because null
means not set ("The argument is required, but no definition was found").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iacrl.domains.terraform.checking.schema_rules import MISSING_REQUIRED_ARGUMENT
from iacrl.domains.terraform.findings import Finding
from iacrl.domains.terraform.syntax import nodes

if TYPE_CHECKING:
    from iacrl.domains.terraform.checking.body_checker import BodyChecker
    from iacrl.domains.terraform.checking.site import Site
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
            detail = f'The argument "{name}" is required, but its value is null. A provider takes that for not set.'
            start, end = attribute.value.start, attribute.value.end
            checker.report.append(Finding(MISSING_REQUIRED_ARGUMENT, detail, start, end))


def _may_be_null(expression: nodes.ValueNode) -> bool:
    if type(expression) is nodes.Literal:
        return expression.value is None
    return not isinstance(expression, _NEVER_NULL)
