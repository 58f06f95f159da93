"""The `module` block."""

from __future__ import annotations

from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.structure.body import BodyShape, read_escaped, split_body
from iacrl.domains.terraform.structure.module import Dialect, File, ModuleCall, ProviderKey, is_local
from iacrl.domains.terraform.structure.names import check_name
from iacrl.domains.terraform.structure.provider_block import check_provider_name, read_provider_reference
from iacrl.domains.terraform.structure.resource import read_depends_on, read_repetition
from iacrl.domains.terraform.structure.static import constant_string
from iacrl.domains.terraform.structure.structure_rules import DUPLICATE, INVALID_EXPRESSION, UNINSTALLABLE_MODULE
from iacrl.domains.terraform.structure.version_constraints import read_constraint_text
from iacrl.domains.terraform.syntax.nodes import Block, Literal, Object, ValueNode

_MODULE = BodyShape(
    "version count for_each depends_on providers",
    "source",
    blocks={"_": (), "lifecycle": (), "locals": (), "provider": ("type",)},
)


def read_module_call(block: Block, file: File) -> ModuleCall:
    """Read a `module` block."""
    report = file.findings
    call = ModuleCall(file, block, block.labels[0].value)
    call.config, blocks = split_body(block.body, _MODULE, report, block)
    check_name(block.labels[0], "module instance", report)
    arguments = block.body.attributes
    call.version = "version" in arguments
    if file.dialect == "tofu":  # its source and version may be computed after everything is read
        from iacrl.domains.terraform.structure.tofu import check_enabled, read_module_lifecycle

        lifecycles = [inner for inner in blocks if inner.type == "lifecycle"]
        blocks = [inner for inner in blocks if inner.type != "lifecycle"]
        read_module_lifecycle(lifecycles, report)
        for lifecycle in lifecycles:
            check_enabled(lifecycle, arguments, report)
    else:
        if "source" in arguments:
            call.source = constant_string(arguments["source"].value, report)
        if call.version:
            read_constraint_text(arguments["version"].value, report)
        check_source(call)
    call.count, call.for_each = read_repetition(arguments, report)
    if "depends_on" in arguments:
        call.depends_on = read_depends_on(arguments["depends_on"].value, report)
    if "providers" in arguments:
        call.providers = read_passed_providers(arguments["providers"].value, report, file.dialect)
    call.config = read_escaped(call.config, blocks, "module", report)
    return call


def check_source(call: ModuleCall) -> None:
    """Report a source that is empty, or that is local and has a version."""
    if call.source is None:
        return
    report, argument = call.file.findings, call.block.body.attributes["source"]
    if call.version and is_local(call.source):
        detail = "Module installation: a local module has no versions, so the version argument is not allowed."
        refuse(report, argument.value, UNINSTALLABLE_MODULE, detail, "Invalid registry module source")
    if not call.source.strip():
        detail = "The module source address must not be empty."
        refuse(report, argument.value, UNINSTALLABLE_MODULE, detail, "Invalid module source address")


def read_passed_providers(
    expression: ValueNode, report: list[Finding], dialect: Dialect
) -> dict[ProviderKey, tuple[ProviderKey, ValueNode]]:
    """Return the configurations in a `providers` argument, by the called module's configuration."""
    passed: dict[ProviderKey, tuple[ProviderKey, ValueNode]] = {}
    if not isinstance(expression, Object):
        detail = "A static map expression is required."
        refuse(report, expression, INVALID_EXPRESSION, detail)
        return passed
    for item in expression.items:
        key = item.key
        if isinstance(key, Literal) and isinstance(key.value, str) and key.end - key.start == len(key.value):
            inside = read_bare_provider(key, report)
        else:
            inside = read_provider_reference(key, report)
        given = read_provider_reference(item.value, report, dialect)
        if inside is None or given is None:
            continue
        if inside in passed:
            name = ".".join(filter(None, inside))
            detail = f"A provider configuration was already passed to {name}."
            refuse(report, item.value, DUPLICATE, detail, "Duplicate provider address")
            continue
        passed[inside] = (given, item.value)
    return passed


def read_bare_provider(key: Literal, report: list[Finding]) -> tuple[str, str] | None:
    """Return the provider that a plain key of `providers` names."""
    name = str(key.value)
    return (name, "") if check_provider_name(name, key.start, key.end, report) else None
