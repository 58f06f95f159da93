"""The blocks about the state: `moved`, `removed` and `import`."""

from __future__ import annotations

from typing import NamedTuple

from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.rules import structure_rule
from iacrl.domains.terraform.structure.body import BodyShape, check_body
from iacrl.domains.terraform.structure.module import File, Import, ResourceKey
from iacrl.domains.terraform.structure.provider_block import read_provider_reference
from iacrl.domains.terraform.structure.provisioner import read_provisioner
from iacrl.domains.terraform.structure.static import constant_bool, is_whole, static_reference
from iacrl.domains.terraform.structure.structure_rules import DUPLICATE_BLOCK, INVALID_IMPORT_PROVIDER, NOT_ALLOWED_HERE
from iacrl.domains.terraform.syntax import nodes
from iacrl.domains.terraform.syntax.nodes import Block, GetAttr, GetIndex, Step, Traversal, ValueNode

INVALID_ADDRESS = structure_rule(
    "TF232",
    "Invalid address",
    "modules/develop/refactoring",
    "The from and to of moved, removed and import blocks are addresses: module.NAME steps, then TYPE.NAME, then an "
    "instance key where one is allowed. Only managed resources are imported, and only whole ones are removed.",
)

_MOVED = BodyShape(required="from to")
_REMOVED = BodyShape(required="from", blocks={"lifecycle": (), "connection": (), "provisioner": ("type",)})
_REMOVED_LIFECYCLE = BodyShape("destroy")
_IMPORT = BodyShape("provider for_each", "id to")
_KEYWORDS = frozenset("count each local path self terraform var template lazy arg".split())  # noqa: SIM905


class Target(NamedTuple):
    """An absolute address: the module path, then a resource, or none if it names a module.

    `keyed` is the first instance key anywhere in the address.
    """

    path: tuple[str, ...]
    key: ResourceKey | None
    instance: int | str | None
    keyed: Step | None


def parse_target(reference: Traversal, report: list[Finding], keywords: frozenset[str] = _KEYWORDS) -> Target | None:
    """Return the address in a reference; report a reference that is not an address and return None.

    Args:
        keywords: Names that no resource type may have here.
    """
    names: list[Step] = [GetAttr(reference.start, reference.start + len(reference.root), reference.root)]
    steps = names + list(reference.steps)
    path: list[str] = []
    keyed: Step | None = None
    at = 0
    while at < len(steps) and _name(steps, at) == "module":
        name = _name(steps, at + 1)
        if name is None:
            _bad(reference, 'Prefix "module." must be followed by a module name.', report)
            return None
        path.append(name)
        at += 2
        if at < len(steps) and isinstance(steps[at], GetIndex):
            keyed = keyed or steps[at]
            at += 1
    if at == len(steps):
        return Target(tuple(path), None, None, keyed)
    first = _name(steps, at)
    mode = "resource"
    if first in ("data", "ephemeral", "resource"):
        mode = first
        at += 1
    elif first in keywords:
        _bad(reference, f'The keyword "{first}" is reserved and cannot be used to target a resource.', report)
        return None
    type, name = _name(steps, at), _name(steps, at + 1)
    if type is None or name is None:
        _bad(reference, "Resource specification must include a resource type and name.", report)
        return None
    rest = steps[at + 2 :]
    index: int | str | None = None
    if rest:
        step = rest[0]
        if len(rest) > 1:
            _bad(reference, "Unexpected extra operators after address.", report)
            return None
        if not isinstance(step, GetIndex) or not is_whole(step.key):
            _bad(reference, "Resource instance key must be given in square brackets.", report)
            return None
        keyed = keyed or step
        index = step.key if isinstance(step.key, str) else int(step.key)
    return Target(tuple(path), (mode, type, name), index, keyed)


def _name(steps: list[Step], at: int) -> str | None:
    if at >= len(steps):
        return None
    step = steps[at]
    return step.name if isinstance(step, GetAttr) else None


def _bad(reference: Traversal, detail: str, report: list[Finding]) -> None:
    refuse(report, reference, INVALID_ADDRESS, detail)


def check_moved(block: Block, file: File) -> None:
    """Check a `moved` block. Only a plan decides whether its addresses fit together."""
    report = file.findings
    check_body(block.body, _MOVED, report, block)
    ends = []
    for name in ("from", "to"):
        argument = block.body.attributes.get(name)
        reference = static_reference(argument.value, report) if argument is not None else None
        ends.append(parse_target(reference, report) if reference is not None else None)
    start, end = ends
    if start is not None and end is not None and (start.key is None) != (end.key is None):
        detail = 'The "from" and "to" addresses must either both refer to resources or both refer to modules.'
        refuse(report, block.header, INVALID_ADDRESS, detail, 'Invalid "moved" addresses')


def check_removed(block: Block, file: File) -> None:
    """Check a `removed` block. Only a plan checks what its provisioners would run."""
    report = file.findings
    blocks = check_body(block.body, _REMOVED, report, block)
    target = None
    argument = block.body.attributes.get("from")
    if argument is not None:
        reference = static_reference(argument.value, report)
        # Terraform accepts any name as a resource type only in this place.
        target = parse_target(reference, report, frozenset()) if reference is not None else None
    if target is not None and target.keyed is not None:
        detail = "The address must be that of a whole resource or module, not of an instance."
        step = target.keyed
        summary = "Resource instance keys not allowed" if target.key else "Module instance keys not allowed"
        refuse(report, step, INVALID_ADDRESS, detail, summary)
    managed = target is not None and target.key is not None and target.key[0] == "resource"
    if target is not None and target.key is not None and not managed and argument is not None:
        detail = "Data sources are never destroyed, so they are not valid targets of removed blocks."
        refuse(report, argument.value, INVALID_ADDRESS, detail, "Data source address not allowed")
    seen_connection = False
    for inner in blocks:
        if inner.type == "lifecycle":
            check_body(inner.body, _REMOVED_LIFECYCLE, report, inner)
            if "destroy" in inner.body.attributes:
                constant_bool(inner.body.attributes["destroy"].value, report)
        elif not managed:
            detail = "Provisioners and connections are valid only when a removed block targets a managed resource."
            refuse(report, inner.header, NOT_ALLOWED_HERE, detail, f"Invalid {inner.type} block")
        elif inner.type == "connection":
            if seen_connection:
                detail = 'This "removed" block already has a connection block.'
                refuse(report, inner.header, DUPLICATE_BLOCK, detail, "Duplicate connection block")
            seen_connection = True
        else:
            _check_removed_provisioner(inner, file)


def _check_removed_provisioner(block: Block, file: File) -> None:
    report = file.findings
    if read_provisioner(block, file) is None:
        return
    when = block.body.attributes.get("when")
    value = when.value if when is not None else None
    if (isinstance(value, Traversal) and value.root == "destroy") or (
        isinstance(value, nodes.Literal) and value.value == "destroy"
    ):
        return
    detail = 'Only destroy-time provisioners are valid in "removed" blocks. Write: when = destroy'
    refuse(report, block.header, NOT_ALLOWED_HERE, detail, "Invalid provisioner block")


def read_import(block: Block, file: File) -> Import | None:
    """Read an `import` block; None if its target is not a resource."""
    report = file.findings
    check_body(block.body, _IMPORT, report, block)
    arguments = block.body.attributes
    if "to" not in arguments:
        return None
    to = arguments["to"].value
    found = Import(file, block, to)
    before = len(report)
    reference = _without_indices(to, report)
    target = parse_target(reference, report) if reference is not None else None
    if target is None or target.key is None or target.key[0] != "resource":
        if target is not None or len(report) == before:
            detail = "Only managed resources can be imported."
            refuse(report, to, INVALID_ADDRESS, detail, "Invalid import address")
        return None
    found.path, found.key, found.index = target.path, target.key, target.instance
    found.id = arguments["id"].value if "id" in arguments else None
    found.for_each = arguments["for_each"].value if "for_each" in arguments else None
    if "provider" in arguments:
        if found.path:
            detail = "The provider argument can only be specified in import blocks that will generate configuration."
            argument = arguments["provider"]
            refuse(report, argument, INVALID_IMPORT_PROVIDER, detail)
        found.provider = read_provider_reference(arguments["provider"].value, report)
    return found


def _without_indices(expression: ValueNode, report: list[Finding]) -> Traversal | None:
    """Return the reference in an import's target, without the part that `[each.key]` chooses."""
    if isinstance(expression, nodes.Index):
        return _without_indices(expression.collection, report)
    if isinstance(expression, nodes.RelativeTraversal):
        start = _without_indices(expression.source, report)
        if start is None:
            return None
        return Traversal(expression.start, expression.end, start.root, (*start.steps, *expression.steps))
    return static_reference(expression, report)
