"""Override files (`override.tf`, `*_override.tf`): merged over what the other files declare."""

from __future__ import annotations

from iacrl.domains.terraform.cty.conversion import ConversionError
from iacrl.domains.terraform.findings import refuse
from iacrl.domains.terraform.rules import structure_rule
from iacrl.domains.terraform.structure.body import MergedBody
from iacrl.domains.terraform.structure.module import Declared, Module, Output, Resource, Variable
from iacrl.domains.terraform.structure.structure_rules import INVALID_DEFAULT_VALUE, MISSING_REQUIRED_ARGUMENT
from iacrl.domains.terraform.syntax.nodes import Body

NOTHING_TO_OVERRIDE = structure_rule(
    "TF235",
    "Nothing to override",
    "files/override",
    "An override file changes what the module's other files declare; it cannot declare anything new.",
)


def apply_override(base: Module, override: Module) -> None:
    """Merge an override file into a module, reporting what it overrides that does not exist."""
    base.files.extend(override.files)
    for file in override.files:
        # An override may leave out what the block that it changes already says.
        file.findings = [finding for finding in file.findings if finding.rule is not MISSING_REQUIRED_ARGUMENT]
    for name, local in override.locals.items():
        if name not in base.locals:
            attribute = local.attribute
            detail = "There is no local value of this name to override."
            summary = "Missing base local value definition to override"
            refuse(local.file.findings, attribute.header, NOTHING_TO_OVERRIDE, detail, summary)
        base.locals[name] = local
    for name, variable in override.variables.items():
        if name in base.variables:
            _override_variable(base.variables[name], variable)
        else:
            _missing(variable, "base variable declaration")
    for name, output in override.outputs.items():
        if name in base.outputs:
            _override_output(base.outputs[name], output)
        else:
            _missing(output, "base output definition")
    for key, resource in override.resources.items():
        if key in base.resources:
            _override_resource(base.resources[key], resource)
        else:
            _missing(resource, "resource" if key[0] == "resource" else f"{key[0]} resource")
    for name, call in override.calls.items():
        if name in base.calls:
            found = base.calls[name]
            found.config = _merged(found.config, call.config)
            found.source = call.source or found.source
            found.count, found.for_each = call.count or found.count, call.for_each or found.for_each
        else:
            _missing(call, "module call")
    for provider_key, provider in override.providers.items():
        if provider_key in base.providers:
            base.providers[provider_key].config = _merged(base.providers[provider_key].config, provider.config)
        else:
            _missing(provider, "base provider configuration")
    base.required = {**(base.required or {}), **(override.required or {})} or base.required
    base.backends = override.backends or base.backends
    base.imports.extend(override.imports)


def _missing(declared: Declared, what: str) -> None:
    block = declared.block
    detail = "An override file can only override what another file declares."
    refuse(declared.file.findings, block.header, NOTHING_TO_OVERRIDE, detail, f"Missing {what} to override")


def _merged(base: Body, override: Body) -> Body:
    """Return a body whose arguments are overridden one by one, and whose blocks are replaced type by type."""
    replaced = {block.type for block in override.blocks}
    blocks = [*(block for block in base.blocks if block.type not in replaced), *override.blocks]
    return MergedBody(base.start, base.end, {**base.attributes, **override.attributes}, blocks)


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
    try:
        base.constraint.convert(base.default)
    except ConversionError as error:
        place = override if "default" in arguments else base
        argument = place.block.body.attributes["default"]
        detail = f"Overriding this variable made its default value invalid: {error.message}."
        refuse(place.file.findings, argument.value, INVALID_DEFAULT_VALUE, detail)


def _override_output(base: Output, override: Output) -> None:
    base.value = override.value or base.value
    arguments = override.block.body.attributes
    base.sensitive = override.sensitive if "sensitive" in arguments else base.sensitive
    base.depends_on = override.depends_on or base.depends_on


def _override_resource(base: Resource, override: Resource) -> None:
    base.config = _merged(base.config, override.config)
    base.count = override.count or base.count
    base.for_each = override.for_each or base.for_each
    base.provider = override.provider or base.provider
    base.connection = override.connection or base.connection
    base.provisioners = override.provisioners or base.provisioners
    base.ignore_changes = override.ignore_changes or base.ignore_changes
