"""From a reference in an expression to the thing it names: which resource, variable, module, ...

The rules are those of Terraform's own address parser. Steps after the name are judged elsewhere: by the schema of a
resource, or the value of a variable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iacrl.domains.rules import Rule
from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.rules import reference_rule
from iacrl.domains.terraform.structure.module import ResourceKey
from iacrl.domains.terraform.structure.static import is_whole
from iacrl.domains.terraform.syntax.nodes import GetAttr, GetIndex, Traversal

if TYPE_CHECKING:
    from decimal import Decimal

INVALID_REFERENCE = reference_rule(
    "TF405",
    "Invalid reference",
    "expressions/references",
    "A reference is not complete (a bare word, var without a name, a resource type without a name), or continues "
    "in a way that its kind does not allow.",
)
RESERVED_SYMBOL_NAME = reference_rule(
    "TF462",
    "Reserved symbol name",
    "expressions/references",
    "template, lazy and arg are reserved. A resource type of that name is reached through resource.TYPE.NAME.",
)

#: Roots whose first step is the name of something, with no further parts.
_NAMED = frozenset({"count", "each", "local", "path", "terraform", "var", "output"})
_RESERVED = frozenset({"template", "lazy", "arg"})


class Address:
    """What a reference names.

    Attributes:
        kind: The root (`var`, `local`, `count`, ...) or `resource`, `module`, `self`.
        name: The name after the root; empty for resources and `self`.
        key: The instance key that follows a resource or module, or None.
        output: The output of a module, if one follows.
        used: How many steps of the reference were used.
    """

    __slots__ = ("key", "kind", "name", "output", "resource", "used")

    def __init__(self, kind: str, name: str = "", used: int = 1) -> None:
        self.kind = kind
        self.name = name
        self.used = used
        self.key: int | Decimal | str | None = None
        self.output: str | None = None
        self.resource: ResourceKey | None = None


def parse_address(reference: Traversal, report: list[Finding] | None = None) -> Address | None:
    """Return what a reference names. If it names nothing, return None and add the reason to `report`."""
    root, steps = reference.root, reference.steps
    if root in _NAMED:
        if root == "output":
            return _resource(reference, "resource", root, 0, report)
        name = _name_after(reference, report)
        return None if name is None else Address(root, name)
    if root == "self":
        return Address("self", used=0)
    if root == "module":
        return _module(reference, report)
    if root in ("data", "resource", "ephemeral"):
        if len(steps) < 2:
            what = {"data": "data source", "resource": "resource", "ephemeral": "ephemeral resource"}[root]
            detail = (
                f'The "{root}" object must be followed by two attribute names: the {what} type and the resource name.'
            )
            _refuse(reference, detail, report)
            return None
        first = steps[0]
        if not isinstance(first, GetAttr):
            _refuse(reference, f'The "{root}" object does not support this operation.', report)
            return None
        return _resource(reference, root, first.name, 1, report)
    if root in _RESERVED:
        detail = f'The symbol name "{root}" is reserved for use in a future Terraform version.'
        _refuse(reference, detail, report, RESERVED_SYMBOL_NAME)
        return None
    return _resource(reference, "resource", root, 0, report)


def resource_of(reference: Traversal) -> ResourceKey | None:
    """Return the resource that a reference names, or None if it names something else."""
    address = parse_address(reference)
    return None if address is None else address.resource


def _name_after(reference: Traversal, report: list[Finding] | None) -> str | None:
    if not reference.steps:
        detail = f'The "{reference.root}" object cannot be accessed directly. Instead, access one of its attributes.'
        _refuse(reference, detail, report)
        return None
    first = reference.steps[0]
    if isinstance(first, GetAttr):
        return first.name
    _refuse(reference, f'The "{reference.root}" object does not support this operation.', report)
    return None


def _module(reference: Traversal, report: list[Finding] | None) -> Address | None:
    name = _name_after(reference, report)
    if name is None:
        return None
    address = Address("module", name)
    steps = reference.steps
    if len(steps) > 1 and isinstance(steps[1], GetIndex):
        address.key = steps[1].key
        address.used = 2
        if not is_whole(address.key):
            _refuse(reference, "Invalid index for module instance.", report, summary="Invalid index key")
            return None
    if len(steps) > address.used:
        output = steps[address.used]
        if not isinstance(output, GetAttr):
            _refuse(reference, "Module instance objects do not support this operation.", report)
            return None
        address.output = output.name
        address.used += 1
    return address


def _resource(reference: Traversal, mode: str, type: str, at: int, report: list[Finding] | None) -> Address | None:
    steps = reference.steps
    what = "data source" if mode == "data" else "resource type"
    if len(steps) <= at or not isinstance(steps[at], GetAttr):
        detail = (
            f"A reference to a {what} must be followed by at least one attribute access, specifying the resource name."
        )
        _refuse(reference, detail, report)
        return None
    address = Address("resource", used=at + 1)
    address.resource = (mode, type, steps[at].name)  # type: ignore[union-attr]  # checked above
    if len(steps) > at + 1:
        index = steps[at + 1]
        if isinstance(index, GetIndex):
            address.key = index.key
            address.used = at + 2
            if not is_whole(index.key):
                detail = "Invalid index for resource instance: must be a whole number."
                _refuse(reference, detail, report, summary="Invalid index key")
                return None
    return address


def _refuse(
    reference: Traversal,
    detail: str,
    report: list[Finding] | None,
    rule: Rule = INVALID_REFERENCE,
    summary: str | None = None,
) -> None:
    if report is not None:
        refuse(report, reference, rule, detail, summary)
