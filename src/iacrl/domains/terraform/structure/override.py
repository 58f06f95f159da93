"""Override files (`override.tf`, `*_override.tf`), merged over the declarations of the other files."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from iacrl.domains.terraform.cty.conversion import ConversionError
from iacrl.domains.terraform.findings import refuse
from iacrl.domains.terraform.rules import structure_rule
from iacrl.domains.terraform.structure.body import MergedBody
from iacrl.domains.terraform.structure.declarations import read_file
from iacrl.domains.terraform.structure.module import Declared, Module, ModuleCall, Output, Provider, Resource, Variable
from iacrl.domains.terraform.structure.structure_rules import INVALID_DEFAULT_VALUE, MISSING_REQUIRED_ARGUMENT
from iacrl.domains.terraform.syntax.nodes import Block, Body
from iacrl.domains.terraform.syntax.source import SourceText

Key = TypeVar("Key")
Kind = TypeVar("Kind", bound=Declared)

NOTHING_TO_OVERRIDE = structure_rule(
    "TF235",
    "Nothing to override",
    "files/override",
    "An override file changes what the module's other files declare; it cannot declare anything new.",
)

UNSUPPORTED_OVERRIDE = structure_rule(
    "TF242",
    "Unsupported override",
    "files/override",
    "An override file cannot hold moved and import blocks, validation rules or depends_on: Terraform does not merge "
    "them.",
)


def read_override(body: Body, source: SourceText, base: Module) -> None:
    """Read an override file and merge it into a module, block by block. One file may override a thing several times."""
    backends: list[Declared] = []
    for number in range(max(1, len(body.blocks))):
        blocks = body.blocks[number : number + 1]
        override = Module(base.dialect, base.version)
        override.backends = list(backends)
        read_file(Body(body.start, body.end, {} if number else body.attributes, blocks), source, override)
        backends = override.backends
        for block in blocks:
            if block.type == "moved":
                _refuse(Declared(override.files[0], block), "Cannot override 'moved' blocks")
        _apply(base, override)


def _refuse(declared: Declared, summary: str) -> None:
    detail = "Terraform does not merge this; write it into a file that is not an override file."
    refuse(declared.file.findings, declared.block.header, UNSUPPORTED_OVERRIDE, detail, summary)


def _apply(base: Module, override: Module) -> None:
    """Merge an override file's declarations into a module; report overrides of things that do not exist."""
    base.files.extend(override.files)
    base.excluded = override.excluded or base.excluded
    for file in override.files:
        # An override may leave out what the overridden block already sets.
        file.findings = [finding for finding in file.findings if finding.rule is not MISSING_REQUIRED_ARGUMENT]
    for found in override.imports:
        _refuse(found, "Cannot override 'import' blocks")
    for check in override.checks.values():
        _refuse(check, "Can't override check blocks")
    rules = [rule for one in override.resources.values() for rule in (*one.preconditions, *one.postconditions)]
    for rule in (*rules, *(rule for output in override.outputs.values() for rule in output.preconditions)):
        _refuse(rule, f"Can't override {rule.block.type} blocks")
    dependent: tuple[Declared, ...] = (
        *override.resources.values(),
        *override.outputs.values(),
        *override.calls.values(),
    )
    for declared in dependent:
        if "depends_on" in declared.block.body.attributes:
            _refuse(declared, "Unsupported override")
    for variable in override.variables.values():
        for rule in variable.validations:
            _refuse(rule, "Can't override validation blocks")
    for name, local in override.locals.items():
        if name not in base.locals:
            attribute = local.attribute
            detail = "There is no local value of this name to override."
            summary = "Missing base local value definition to override"
            refuse(local.file.findings, attribute.header, NOTHING_TO_OVERRIDE, detail, summary)
        base.locals[name] = local
    _merge(base.variables, override.variables, _override_variable, "base variable declaration")
    _merge(base.outputs, override.outputs, _override_output, "base output definition")
    for mode, what in (("resource", "resource"), ("data", "data resource"), ("ephemeral", "ephemeral resource")):
        overriding = {key: resource for key, resource in override.resources.items() if key[0] == mode}
        _merge(base.resources, overriding, _override_resource, what)
    _merge(base.calls, override.calls, _override_call, "module call")
    # A default configuration needs no base, because a module without one has an empty one anyway.
    added = {key: one for key, one in override.providers.items() if not key[1] and key not in base.providers}
    changed = {key: one for key, one in override.providers.items() if key not in added}
    _merge(base.providers, changed, _override_provider, "base provider configuration")
    base.providers.update(added)
    base.required = {**(base.required or {}), **(override.required or {})} or base.required
    base.backends = override.backends or base.backends
    base.metas |= override.metas


def _merge(base: dict[Key, Kind], override: dict[Key, Kind], change: Callable[[Kind, Kind], None], what: str) -> None:
    for key, declared in override.items():
        if key in base:
            change(base[key], declared)
        else:
            detail = "An override file can only override what another file declares."
            summary = f"Missing {what} to override"
            refuse(declared.file.findings, declared.block.header, NOTHING_TO_OVERRIDE, detail, summary)


def _merged(base: Body, override: Body) -> Body:
    """Return a body with its arguments overridden one by one, and its blocks replaced type by type."""
    replaced = {_made_type(block) for block in override.blocks}
    blocks = [*(block for block in base.blocks if _made_type(block) not in replaced), *override.blocks]
    return MergedBody(base.start, base.end, {**base.attributes, **override.attributes}, blocks)


def _made_type(block: Block) -> str:
    """Return the type of a block, or the type that a `dynamic` block expands to."""
    return block.labels[0].value if block.type == "dynamic" and block.labels else block.type


def _override_variable(base: Variable, override: Variable) -> None:
    arguments = override.block.body.attributes
    if "type" in arguments:
        base.constraint = override.constraint
    for name in ("sensitive", "ephemeral", "nullable"):
        if name in arguments:
            setattr(base, name, getattr(override, name))
    if override.default is not None:
        base.default = override.default
    if base.default is None:
        return
    why = ""
    try:
        base.constraint.convert(base.default)
    except ConversionError as error:
        why = error.message
    if base.default.null and base.nullable is False:
        why = "it is null, and nullable is false"
    if why:
        place = override if "default" in arguments else base
        argument = place.block.body.attributes["default"]
        detail = f"Overriding this variable made its default value invalid: {why}."
        refuse(place.file.findings, argument.value, INVALID_DEFAULT_VALUE, detail)


def _override_output(base: Output, override: Output) -> None:
    base.value = override.value or base.value
    arguments = override.block.body.attributes
    base.sensitive = override.sensitive if "sensitive" in arguments else base.sensitive
    base.depends_on = override.depends_on or base.depends_on


def _override_call(base: ModuleCall, override: ModuleCall) -> None:
    base.config = _merged(base.config, override.config)
    base.source = override.source or base.source
    base.count, base.for_each = override.count or base.count, override.for_each or base.for_each


def _override_provider(base: Provider, override: Provider) -> None:
    base.config = _merged(base.config, override.config)


def _override_resource(base: Resource, override: Resource) -> None:
    base.config = _merged(base.config, override.config)
    base.count = override.count or base.count
    base.for_each = override.for_each or base.for_each
    base.provider = override.provider or base.provider
    base.connection = override.connection or base.connection
    base.provisioners = override.provisioners or base.provisioners
    base.ignore_changes = override.ignore_changes or base.ignore_changes
