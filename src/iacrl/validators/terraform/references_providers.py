"""Provider configurations: which are used, what they say, and which are missing."""

from __future__ import annotations

from iacrl.validators.terraform.findings import Finding
from iacrl.validators.terraform.module import File, Module, Provider, ProviderKey
from iacrl.validators.terraform.nodes import Block
from iacrl.validators.terraform.references_find import references_in_body
from iacrl.validators.terraform.references_scope import Place
from iacrl.validators.terraform.schema_check import BodyChecker
from iacrl.validators.terraform.schema_check_providers import Providers


def used_configurations(module: Module) -> set[ProviderKey]:
    """Return the provider configurations that a module's own resources use."""
    used = {resource.provider_key for resource in module.resources.values()}
    return used | {found.provider for found in module.imports if found.provider is not None}


def check_missing(module: Module, is_root: bool) -> None:
    """Report resources of an aliased provider configuration that the module neither has nor asks its caller for."""
    declared = set(module.providers)
    if not is_root:
        for requirement in (module.required or {}).values():
            declared.update(requirement.aliases)
    for resource in module.resources.values():
        key = resource.provider
        if key is not None and key[1] and key not in declared:
            _missing(key, resource.address, resource.file, resource.block)
    for found in module.imports:
        if found.provider is not None and found.provider[1] and found.provider not in declared:
            _missing(found.provider, ".".join(found.key[1:]), found.file, found.block)


def _missing(key: ProviderKey, user: str, file: File, block: Block) -> None:
    argument = block.body.attributes["provider"]
    detail = f"To work with {user} its provider configuration {'.'.join(key)} is required, but it is not declared."
    start, end = argument.value.start, argument.value.end
    file.findings.append(Finding("TF451", "Provider configuration not present", detail, start, end))


def check_configuration(checker: BodyChecker, provider: Provider, module: Module, providers: Providers) -> None:
    """Check what a `provider` block says. An empty one is taken for whatever the environment gives."""
    config = provider.config
    if not config.attributes and not config.blocks:
        return
    place = Place(("provider", provider.key))
    found = providers.at(module.provider_address(provider.key[0]))
    shape = None if found is None else found.find("provider", "")
    if shape is None:
        checker.check_expressions(config, place)
    else:
        checker.check(config, shape, place, provider.block)


def add_provider_edges(checker: BodyChecker, module: Module, used: set[ProviderKey]) -> None:
    """Make every resource depend on its provider's configuration, which may refer to other resources."""
    configured = {
        key
        for key in used
        if key in module.providers and any(True for _ in references_in_body(module.providers[key].config))
    }
    if not configured:
        return
    for resource in module.resources.values():
        if resource.provider_key in configured:
            checker.names.edges.setdefault(("resource", resource.key), []).append(
                ("provider", resource.provider_key)
            )
