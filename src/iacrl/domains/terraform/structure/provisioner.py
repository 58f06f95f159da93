"""Provisioners and connections: the checks that Terraform makes before it knows the resource."""

from __future__ import annotations

from iacrl.domains.terraform.checking.find import find_references
from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.rules import structure_rule
from iacrl.domains.terraform.structure.body import BodyShape, duplicate_block, merge_escaped, reserved_block, split_body
from iacrl.domains.terraform.structure.module import File, Provisioner
from iacrl.domains.terraform.structure.static import keyword, unquoted
from iacrl.domains.terraform.syntax.nodes import Block, Body, GetAttr, Traversal

INVALID_KEYWORD = structure_rule(
    "TF226",
    "Invalid keyword",
    "resources/provisioners/syntax",
    "A provisioner's when is create or destroy, and its on_failure is continue or fail, both without quotes.",
)
INVALID_DESTROY_REFERENCE = structure_rule(
    "TF227",
    "Invalid reference from destroy provisioner",
    "resources/provisioners/syntax#destroy-time-provisioners",
    "When a resource is destroyed only the resource itself is sure to exist: refer to self, count.index or each.key.",
)
PROVISIONER_REMOVED = structure_rule(
    "TF228",
    "Provisioner has been removed",
    "resources/provisioners/syntax",
    "The chef, habitat, puppet and salt-masterless provisioners are no longer part of Terraform.",
)

_PROVISIONER = BodyShape("when on_failure", blocks={"_": (), "connection": (), "lifecycle": ()})
_REMOVED_TYPES = frozenset({"chef", "habitat", "puppet", "salt-masterless"})
_KEYWORDS = {"when": ("create", "destroy"), "on_failure": ("continue", "fail")}


def read_provisioner(block: Block, file: File) -> Provisioner | None:
    """Read a `provisioner` block; None if its type no longer exists."""
    report = file.findings
    config, blocks = split_body(block.body, _PROVISIONER, report, block)
    label = block.labels[0]
    if label.value in _REMOVED_TYPES:
        detail = f'The "{label.value}" provisioner was deprecated in Terraform 0.13.4 and has been removed.'
        summary = f'The "{label.value}" provisioner has been removed'
        refuse(report, label, PROVISIONER_REMOVED, detail, summary)
        return None
    provisioner = Provisioner(file, block, label.value, config)
    destroy = False
    for name, choices in _KEYWORDS.items():
        argument = block.body.attributes.get(name)
        if argument is not None:
            chosen = keyword(unquoted(argument.value, "keywords", report))
            destroy = destroy or chosen == "destroy"
            if chosen not in choices:
                detail = f'The "{name}" argument requires one of the following keywords: {" or ".join(choices)}.'
                refuse(report, argument.value, INVALID_KEYWORD, detail, f'Invalid "{name}" keyword')
    if destroy:
        only_self(config, report)
    seen: set[str] = set()
    for inner in blocks:
        if inner.type == "lifecycle":
            report.append(reserved_block(inner, "provisioner"))
        elif inner.type in seen:
            report.append(duplicate_block(inner, "provisioner"))
        elif inner.type == "connection":
            provisioner.connection = inner.body
            if destroy:
                only_self(inner.body, report)
        else:
            provisioner.config = merge_escaped(provisioner.config, inner.body, report)
        seen.add(inner.type)
    return provisioner


def only_self(body: Body, report: list[Finding]) -> None:
    """Report references to things that no longer exist when a resource is destroyed."""
    for attribute in body.attributes.values():
        if not all(map(_survives, find_references(attribute.value))):
            detail = (
                "Destroy-time provisioners and their connection configurations may only reference attributes of the "
                "related resource, via 'self', 'count.index', or 'each.key'."
            )
            refuse(report, attribute.value, INVALID_DESTROY_REFERENCE, detail)


def _survives(reference: Traversal) -> bool:
    if reference.root in ("self", "path", "terraform"):
        return True
    wanted = {"count": "index", "each": "key"}.get(reference.root)
    if wanted is None or len(reference.steps) != 1:
        return False
    step = reference.steps[0]
    return isinstance(step, GetAttr) and step.name == wanted
