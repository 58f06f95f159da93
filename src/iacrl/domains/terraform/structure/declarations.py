"""Structure: from the trees of a module's files to their declarations, with the errors of loading.

`terraform validate` reports these errors while it loads a configuration, before it asks any provider. Readers of rare
blocks are imported on first use.
"""

from __future__ import annotations

from collections.abc import Callable

from iacrl.domains.terraform.findings import refuse
from iacrl.domains.terraform.structure.body import BodyShape, check_body
from iacrl.domains.terraform.structure.module import Declared, File, Module
from iacrl.domains.terraform.structure.named_values import read_locals, read_output, read_variable
from iacrl.domains.terraform.structure.names import is_full
from iacrl.domains.terraform.structure.provider_block import read_provider
from iacrl.domains.terraform.structure.resource import read_resource
from iacrl.domains.terraform.structure.structure_rules import DUPLICATE, NOT_ALLOWED_HERE, UNSUPPORTED_BLOCK_TYPE
from iacrl.domains.terraform.structure.terraform_block import read_terraform
from iacrl.domains.terraform.syntax.nodes import Block, Body
from iacrl.domains.terraform.syntax.source import SourceText

_FILE = BodyShape(
    blocks={
        "terraform": (),
        "required_providers": (),
        "provider": ("name",),
        "variable": ("name",),
        "locals": (),
        "output": ("name",),
        "module": ("name",),
        "resource": ("type", "name"),
        "data": ("type", "name"),
        "ephemeral": ("type", "name"),
        "moved": (),
        "removed": (),
        "import": (),
        "check": ("name",),
    }
)
_TOFU_FILE = BodyShape(blocks={**_FILE.blocks, "language": ()})


def read_file(body: Body, source: SourceText, module: Module) -> None:
    """Read one file of a module: its declarations go to `module`, and errors in them to the file's findings."""
    file = File(source, module.dialect)
    module.files.append(file)
    for block in check_body(body, _TOFU_FILE if module.dialect == "tofu" else _FILE, file.findings, None):
        if is_full(file.findings):
            break
        _READERS[block.type](block, file, module)


def _required_providers(block: Block, file: File, module: Module) -> None:
    detail = 'A "required_providers" block must be nested inside a "terraform" block.'
    refuse(file.findings, block.type_place, UNSUPPORTED_BLOCK_TYPE, detail, "Invalid required_providers block")


def _provider(block: Block, file: File, module: Module) -> None:
    provider = read_provider(block, file)
    if provider is None:
        return
    name, alias = provider.key
    if provider.key in module.providers:
        detail = f'A default (non-aliased) provider configuration for "{name}" was already given.'
        if alias:
            detail = f'A provider configuration for "{name}" with alias "{alias}" was already given.'
        _duplicate(provider, "Duplicate provider configuration", detail)
    module.providers.setdefault(provider.key, provider)


def _variable(block: Block, file: File, module: Module) -> None:
    variable = read_variable(block, file)
    if variable.name in module.variables:
        detail = f'A variable named "{variable.name}" was already declared. Variable names must be unique.'
        _duplicate(variable, "Duplicate variable declaration", detail)
    module.variables[variable.name] = variable


def _locals(block: Block, file: File, module: Module) -> None:
    for local in read_locals(block, file):
        if local.name in module.locals and not is_full(file.findings):
            detail = f'A local value named "{local.name}" was already defined. Local value names must be unique.'
            refuse(file.findings, local.attribute.header, DUPLICATE, detail, "Duplicate local value definition")
        module.locals[local.name] = local


def _output(block: Block, file: File, module: Module) -> None:
    output = read_output(block, file)
    if output.name in module.outputs:
        detail = f'An output named "{output.name}" was already defined. Output names must be unique.'
        _duplicate(output, "Duplicate output definition", detail)
    module.outputs[output.name] = output


def _module(block: Block, file: File, module: Module) -> None:
    from iacrl.domains.terraform.structure.module_call import read_module_call

    call = read_module_call(block, file)
    if call.name in module.calls:
        detail = f'A module call named "{call.name}" was already defined. Module calls must have unique names.'
        _duplicate(call, "Duplicate module call", detail)
    module.calls[call.name] = call


def _resource(block: Block, file: File, module: Module, container: str | None = None) -> None:
    resource = read_resource(block, file)
    resource.container = container
    if resource.key in module.resources:
        mode, type, name = resource.key
        summary = f'Duplicate {mode} "{type}" configuration'
        detail = f"A {type} {mode} named {name} was already declared. Names must be unique per type in each module."
        _duplicate(resource, summary, detail)
        return
    module.resources[resource.key] = resource


def _check(block: Block, file: File, module: Module) -> None:
    from iacrl.domains.terraform.structure.check_blocks import read_check

    check, data = read_check(block, file)
    for inner in data:
        for name in ("count", "for_each"):
            argument = inner.body.attributes.get(name)
            if argument is not None:
                detail = f'The "{name}" argument cannot be used in a data source of a check block.'
                refuse(file.findings, argument.header, NOT_ALLOWED_HERE, detail, f'Invalid "{name}" attribute')
        _resource(inner, file, module, check.name)
    if check.name in module.checks:
        detail = f'A check block named "{check.name}" was already declared. Check blocks must be unique.'
        _duplicate(check, f'Duplicate check "{check.name}" configuration', detail)
    module.checks.setdefault(check.name, check)


def _move(block: Block, file: File, module: Module) -> None:
    from iacrl.domains.terraform.structure.moves import check_moved, check_removed

    (check_moved if block.type == "moved" else check_removed)(block, file)


def _import(block: Block, file: File, module: Module) -> None:
    from iacrl.domains.terraform.structure.moves import read_import

    found = read_import(block, file)
    if found is None:
        return
    if found.index is None and found.for_each is None:
        target = (found.path, found.key)
        if target in module.imported:
            address = ".".join(found.key[1:])
            detail = f"An import block for the resource {address} was already declared."
            _duplicate(found, f'Duplicate import configuration for "{address}"', detail)
        module.imported.add(target)
    module.imports.append(found)


def _duplicate(declared: Declared, summary: str, detail: str) -> None:
    block = declared.block
    refuse(declared.file.findings, block.header, DUPLICATE, detail, summary)


def _language(block: Block, file: File, module: Module) -> None:
    from iacrl.domains.terraform.structure.tofu import read_language

    read_language(block, file, module)


_READERS: dict[str, Callable[[Block, File, Module], None]] = {
    "terraform": read_terraform,
    "required_providers": _required_providers,
    "provider": _provider,
    "variable": _variable,
    "locals": _locals,
    "output": _output,
    "module": _module,
    "resource": _resource,
    "data": _resource,
    "ephemeral": _resource,
    "moved": _move,
    "removed": _move,
    "import": _import,
    "check": _check,
    "language": _language,
}
