"""Provider configurations: which are used, which are invalid, and which are missing."""

from __future__ import annotations

from iacrl.domains.terraform.checking.body_checker import BodyChecker
from iacrl.domains.terraform.checking.find import references_in_body
from iacrl.domains.terraform.checking.provider_lookup import ProviderLookup
from iacrl.domains.terraform.checking.site import Site
from iacrl.domains.terraform.findings import refuse
from iacrl.domains.terraform.rules import reference_rule
from iacrl.domains.terraform.structure.module import File, Module, ModuleCall, Provider, ProviderKey
from iacrl.domains.terraform.syntax.nodes import Block

PROVIDER_NOT_PRESENT = reference_rule(
    "TF451",
    "Provider configuration not present",
    "providers/configuration#alias-multiple-provider-configurations",
    "A resource or a module call uses a provider configuration (aws.west) that no provider block declares, or does "
    "not pass on one that the called module asks for.",
)


FROM_THE_CALLER = reference_rule(
    "TF464",
    "Provider configuration not present",
    "providers/configuration#alias-multiple-provider-configurations",
    "The module uses a provider configuration that its configuration_aliases ask its caller for, so it cannot run by "
    "itself. Where it is judged among other modules, this is a warning.",
)


def used_configurations(module: Module) -> set[ProviderKey]:
    """Return the provider configurations that a module's own resources use."""
    used = {resource.provider_key for resource in module.resources.values()}
    return used | {found.provider for found in module.imports if found.provider is not None}


def check_missing(module: Module, is_root: bool) -> None:
    """Report resources whose aliased provider configuration the module neither has nor asks its caller for."""
    asked = _asked_for(module)
    declared = set(module.providers) if is_root else {*module.providers, *asked}
    for resource in module.resources.values():
        key = resource.provider
        if key is not None and key[1] and key not in declared:
            _missing(key, resource.address, resource.file, resource.block, asked)
    for found in module.imports:
        if found.provider is not None and found.provider[1] and found.provider not in declared:
            _missing(found.provider, ".".join(found.key[1:]), found.file, found.block, asked)


def _asked_for(module: Module) -> set[ProviderKey]:
    """Return the provider configurations that a module asks its caller for."""
    return {alias for requirement in (module.required or {}).values() for alias in requirement.aliases}


def _missing(key: ProviderKey, user: str, file: File, block: Block, asked: set[ProviderKey]) -> None:
    argument = block.body.attributes["provider"]
    detail = f"To work with {user} its provider configuration {'.'.join(key)} is required, but it is not declared."
    start, end = argument.value.start, argument.value.end
    refuse(file.findings, (start, end), FROM_THE_CALLER if key in asked else PROVIDER_NOT_PRESENT, detail)


def check_configuration(checker: BodyChecker, provider: Provider, module: Module, providers: ProviderLookup) -> None:
    """Check the content of a `provider` block. An empty one may get its settings from the environment."""
    config = provider.config
    if not config.attributes and not config.blocks:
        return
    place = Site(("provider", provider.key), each=provider.for_each is not None)
    found = providers.at(module.provider_address(provider.key[0]))
    shape = None if found is None else found.find("provider", "")
    if shape is None:
        checker.check_expressions(config, place)
    else:
        before = len(checker.report)
        checker.check(config, shape, place, provider.block)
        providers.annotate(module.provider_address(provider.key[0]), checker.report[before:])


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
            checker.names.edges.setdefault(("resource", resource.key), []).append(("provider", resource.provider_key))


def check_passed(module: Module, children: dict[str, Module], is_root: bool, inherited: bool) -> None:
    """Check the provider configurations that module calls pass on.

    Args:
        children: The called modules that were read, by call.
        is_root: Whether the calling module is the root module.
        inherited: Whether a call further up has `count`, `for_each` or `depends_on`. Modules below it must not
            configure providers of their own.
    """
    required = module.required or {}
    asked = _asked_for(module)
    for call in module.calls.values():
        report = call.file.findings
        for given, expression in call.providers.values():
            # A root module has no caller to pass it configurations.
            asked_for = given in asked and not is_root
            known = given in module.providers or (given[0] in required if not given[1] else asked_for)
            if not known and (is_root or given[1]):
                name = ".".join(filter(None, given))
                detail = f"There is no provider configuration {name} to pass to module {call.name}."
                refuse(report, expression, FROM_THE_CALLER if given in asked else PROVIDER_NOT_PRESENT, detail)
        child = children.get(call.name)
        if child is not None:
            _check_received(module, call, child, inherited or fixes_providers(call))


def _check_received(module: Module, call: ModuleCall, child: Module, fixed: bool) -> None:
    report = call.file.findings
    block = call.block
    configured = {key for key, provider in child.providers.items() if _is_configured(provider)}
    for requirement in (child.required or {}).values():
        for alias in requirement.aliases:
            if alias not in call.providers and alias not in configured:
                name = ".".join(alias)
                detail = (
                    f"The child module requires an additional configuration {name}: add an entry for it to the "
                    '"providers" argument.'
                )
                summary = "Missing required provider configuration"
                refuse(report, block.header, PROVIDER_NOT_PRESENT, detail, summary)
    for key, (given, expression) in call.providers.items():
        name = ".".join(filter(None, key))
        if key in configured:
            detail = f"The configuration of module {call.name} has its own local configuration for {name}."
            refuse(report, expression, PROVIDER_NOT_PRESENT, detail, "Cannot override provider configuration")
        elif _official(child, key[0]) != _official(module, given[0]):
            detail = f'The local name "{given[0]}" and the child module\'s "{key[0]}" stand for different providers.'
            refuse(report, expression, PROVIDER_NOT_PRESENT, detail, "Provider type mismatch")
    if configured and fixed:
        detail = (
            f"The module {call.name} contains its own local provider configurations, and so calls to it may not use "
            "the count, for_each, or depends_on arguments."
        )
        summary = "Module is incompatible with count, for_each, and depends_on"
        refuse(report, block.header, PROVIDER_NOT_PRESENT, detail, summary)


def _is_configured(provider: Provider) -> bool:
    return bool(provider.config.attributes or provider.config.blocks or provider.versioned)


def _official(module: Module, local_name: str) -> str:
    requirement = (module.required or {}).get(local_name)
    return requirement.address if requirement is not None else f"registry.terraform.io/hashicorp/{local_name}"


def fixes_providers(call: ModuleCall) -> bool:
    """Say whether the called module must not configure providers of its own."""
    return call.count is not None or call.for_each is not None or bool(call.depends_on)
