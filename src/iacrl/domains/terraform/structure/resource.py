"""The blocks `resource`, `data` and `ephemeral`, with Terraform's own arguments and blocks in them."""

from __future__ import annotations

from iacrl.domains.terraform.checking.address import resource_of
from iacrl.domains.terraform.checking.find import find_references
from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.rules import structure_rule
from iacrl.domains.terraform.structure.body import (
    BodyShape,
    check_body,
    duplicate_block,
    merge_escaped,
    reserved_block,
    split_body,
    unsupported_block,
)
from iacrl.domains.terraform.structure.check_blocks import read_check_rule
from iacrl.domains.terraform.structure.module import File, Provisioner, Resource, ResourceKey
from iacrl.domains.terraform.structure.names import check_name, is_identifier
from iacrl.domains.terraform.structure.provider_block import check_provider_name, read_provider_reference
from iacrl.domains.terraform.structure.provisioner import only_self, read_provisioner
from iacrl.domains.terraform.structure.static import (
    constant_bool,
    keyword,
    list_items,
    static_reference,
    unquoted,
)
from iacrl.domains.terraform.structure.structure_rules import COUNT_AND_FOR_EACH, INVALID_EXPRESSION, NOT_ALLOWED_HERE
from iacrl.domains.terraform.syntax import nodes
from iacrl.domains.terraform.syntax.nodes import Attribute, Block, GetAttr, Traversal, ValueNode

IGNORE_CHANGES_WILDCARD = structure_rule(
    "TF224",
    "Invalid ignore_changes wildcard",
    "meta-arguments/lifecycle#ignore_changes",
    'The list ["*"] is a form of Terraform 0.11. Write ignore_changes = all.',
)
INVALID_REPLACE_TRIGGER = structure_rule(
    "TF225",
    "Invalid replace_triggered_by expression",
    "meta-arguments/lifecycle#replace_triggered_by",
    "Every element must refer to one managed resource, one of its instances or one of its attributes; variables "
    "and local values cannot trigger a replacement. Put them through a terraform_data resource.",
)
INVALID_CONDITION_REFERENCE = structure_rule(
    "TF238",
    "Invalid reference in condition",
    "expressions/custom-conditions#preconditions-and-postconditions",
    "The conditions of a resource cannot name the resource itself. Write self in a postcondition; a precondition "
    "is checked before the resource exists.",
)

_COMMON = "count for_each provider depends_on"
_RESOURCE = BodyShape(
    _COMMON, blocks={"locals": (), "lifecycle": (), "connection": (), "provisioner": ("type",), "_": ()}
)
_DATA = BodyShape(_COMMON, blocks={"lifecycle": (), "locals": (), "_": ()})
_LIFECYCLE = BodyShape(
    "create_before_destroy prevent_destroy ignore_changes replace_triggered_by",
    blocks={"precondition": (), "postcondition": ()},
)
_TOFU_LIFECYCLE = BodyShape(" ".join((*_LIFECYCLE.attributes, "enabled", "destroy")), blocks=_LIFECYCLE.blocks)
#: Arguments that OpenTofu also accepts in the lifecycle of data sources and ephemeral resources.
_FOR_ALL = frozenset({"enabled"})
_WHAT = {
    "resource": ("resource type", "resource"),
    "data": ("data source", "data resource"),
    "ephemeral": ("ephemeral resource type", "ephemeral resource"),
}


def read_resource(block: Block, file: File) -> Resource:
    """Read a `resource`, `data` or `ephemeral` block, by the block's type."""
    report = file.findings
    mode = block.type
    type_label, name_label = block.labels
    type_words, name_words = _WHAT[mode]
    check_name(type_label, type_words, report)
    check_name(name_label, name_words, report)
    resource = Resource(file, block, (mode, type_label.value, name_label.value))
    arguments = block.body.attributes
    resource.config, blocks = split_body(block.body, _RESOURCE if mode == "resource" else _DATA, report, block)
    if resource.config is not block.body:
        resource.count, resource.for_each = read_repetition(arguments, report)
        if "provider" in arguments:
            resource.provider = read_provider_reference(arguments["provider"].value, report, file.dialect)
        if "depends_on" in arguments:
            resource.depends_on = read_depends_on(arguments["depends_on"].value, report)
        _read_blocks(resource, blocks)
    if mode == "ephemeral":
        strangers = [inner for inner in resource.config.blocks if inner.type in ("connection", "provisioner")]
        report.extend(unsupported_block(inner, {}, _DATA.blocks) for inner in strangers)
    if resource.provider is None and is_identifier(type_label.value):
        implied = type_label.value.partition("_")[0]
        check_provider_name(implied.lower(), type_label.start, type_label.end, report)
    return resource


def read_repetition(
    arguments: dict[str, Attribute], report: list[Finding]
) -> tuple[ValueNode | None, ValueNode | None]:
    """Return the values of `count` and `for_each`; only one of them may be set."""
    count, for_each = arguments.get("count"), arguments.get("for_each")
    if count is not None and for_each is not None:
        detail = (
            'The "count" and "for_each" meta-arguments are mutually-exclusive, only one should be used to be explicit '
            "about the number of resources to be created."
        )
        refuse(report, for_each.header, COUNT_AND_FOR_EACH, detail)
    return None if count is None else count.value, None if for_each is None else for_each.value


def read_depends_on(expression: ValueNode, report: list[Finding]) -> list[Traversal]:
    """Return the references of a `depends_on` argument."""
    found = []
    for item in list_items(expression, report):
        reference = _read_reference(item, report)
        if reference is not None:
            found.append(reference)
    return found


def _read_reference(item: ValueNode, report: list[Finding]) -> Traversal | None:
    before = len(report)
    item = unquoted(item, "references", report)
    failed = any(finding.rule is INVALID_EXPRESSION for finding in report[before:])
    return None if failed else static_reference(item, report)


def _read_blocks(resource: Resource, blocks: list[Block]) -> None:
    report = resource.file.findings
    seen: set[str] = set()
    for block in blocks:
        if block.type in seen and block.type != "provisioner":
            report.append(duplicate_block(block, f"{resource.mode} block"))
            continue
        seen.add(block.type)
        if block.type == "lifecycle":
            _read_lifecycle(resource, block)
        elif block.type == "connection":
            resource.connection = block.body
        elif block.type == "provisioner":
            provisioner = read_provisioner(block, resource.file)
            if provisioner is not None:
                resource.provisioners.append(provisioner)
        elif block.type == "_":
            resource.config = merge_escaped(resource.config, block.body, report)
        else:
            report.append(reserved_block(block, resource.mode))
    if resource.connection is not None and any(map(_is_destroy, resource.provisioners)):
        only_self(resource.connection, report)


def _is_destroy(provisioner: Provisioner) -> bool:
    when = provisioner.block.body.attributes.get("when")
    if when is None:
        return False
    value = when.value
    return keyword(value) == "destroy" or (isinstance(value, nodes.Literal) and value.value == "destroy")


def _read_lifecycle(resource: Resource, block: Block) -> None:
    report = resource.file.findings
    of_tofu = resource.file.dialect == "tofu"
    shape = _TOFU_LIFECYCLE if of_tofu else _LIFECYCLE
    rules = check_body(block.body, shape, report, block)
    arguments = block.body.attributes
    if of_tofu:
        from iacrl.domains.terraform.structure.tofu import check_enabled, check_prevent_destroy

        check_enabled(block, resource.block.body.attributes, report)
    if resource.mode == "resource":
        if "create_before_destroy" in arguments:
            constant_bool(arguments["create_before_destroy"].value, report)
        if "prevent_destroy" in arguments:
            check = check_prevent_destroy if of_tofu else constant_bool
            check(arguments["prevent_destroy"].value, report)
        if "ignore_changes" in arguments:
            resource.ignore_changes = _read_ignore_changes(arguments["ignore_changes"].value, report)
        if "replace_triggered_by" in arguments:
            _read_triggers(resource, arguments["replace_triggered_by"].value)
    else:
        for attribute in arguments.values():
            if attribute.name in shape.attributes and attribute.name not in _FOR_ALL:
                detail = (
                    f'The lifecycle argument "{attribute.name}" is defined only for managed resources ("resource" '
                    f"blocks), and is not valid for {_WHAT[resource.mode][1]}s."
                )
                summary = f"Invalid {_WHAT[resource.mode][1]} lifecycle argument"
                refuse(report, attribute.header, NOT_ALLOWED_HERE, detail, summary)
    for rule in rules:
        read = read_check_rule(rule, resource.file)
        for expression in (read.condition, read.message):
            if expression is not None:
                _refuse_itself(resource.key, expression, rule.type, report)
        (resource.preconditions if rule.type == "precondition" else resource.postconditions).append(read)


def _refuse_itself(key: ResourceKey, expression: ValueNode, where: str, report: list[Finding]) -> None:
    if any(resource_of(reference) == key for reference in find_references(expression)):
        address = ".".join(key if key[0] != "resource" else key[1:])
        detail = f"Configuration for {address} may not refer to itself."
        refuse(report, expression, INVALID_CONDITION_REFERENCE, detail, f"Invalid reference in {where}")


def _read_ignore_changes(expression: ValueNode, report: list[Finding]) -> list[Traversal]:
    if keyword(expression) == "all":
        return []
    found: list[Traversal] = []
    for item in list_items(expression, report):
        if isinstance(item, nodes.Literal) and item.value == "*":
            detail = 'The ["*"] form is invalid. Use "ignore_changes = all" to ignore changes to all attributes.'
            refuse(report, expression, IGNORE_CHANGES_WILDCARD, detail)
            continue
        reference = _read_reference(item, report)
        if reference is not None:
            found.append(reference)
    return found


def _read_triggers(resource: Resource, expression: ValueNode) -> None:
    report = resource.file.findings
    for item in list_items(expression, report):
        problem = _trigger_problem(item)
        if problem is None:
            resource.replace_triggered_by.append(item)
        else:
            summary, detail = problem
            refuse(report, item, INVALID_REPLACE_TRIGGER, detail, summary)


def _trigger_problem(item: ValueNode) -> tuple[str, str] | None:
    """Return the error in an element of `replace_triggered_by`, which must be a resource or its attribute."""
    summary = "Invalid reference in replace_triggered_by expression"
    repeated = 0
    resources = 0
    for reference in find_references(item):
        first = reference.steps[0] if reference.steps else None
        if reference.root in ("count", "each"):
            repeated += 1
            if not isinstance(first, GetAttr) or first.name not in ("index", "key"):
                return summary, "Only count.index and each.key may be used to choose an instance."
        elif reference.root in ("var", "local", "module", "path", "terraform", "self"):
            return summary, "Only resources, count.index, and each.key may be referenced in replace_triggered_by."
        elif resource_of(reference) is None:
            return summary, "A reference to a resource type must be followed by at least one attribute access."
        else:
            resources += 1
    if resources != 1:
        return INVALID_REPLACE_TRIGGER.title, "Exactly one resource must be referenced."
    return None
