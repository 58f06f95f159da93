"""Providers: their addresses, the references to their configurations, and the `provider` block."""

from __future__ import annotations

import re
from functools import lru_cache

from iacrl.domains.terraform.findings import Finding, finding_at, refuse
from iacrl.domains.terraform.rules import structure_rule
from iacrl.domains.terraform.structure.body import BodyShape, check_only_arguments, read_escaped, split_body
from iacrl.domains.terraform.structure.module import BUILTIN, Dialect, File, Provider, ProviderKey, Requirement
from iacrl.domains.terraform.structure.names import BAD_NAME, is_identifier, warn
from iacrl.domains.terraform.structure.static import as_traversal, constant, constant_string, list_items, unquoted
from iacrl.domains.terraform.structure.structure_rules import INVALID_EXPRESSION, INVALID_VERSION, RESERVED_NAME
from iacrl.domains.terraform.structure.version_constraints import is_constraint, read_constraint_text
from iacrl.domains.terraform.syntax.nodes import (
    Attribute,
    Block,
    GetAttr,
    GetIndex,
    Index,
    Literal,
    Object,
    Traversal,
    ValueNode,
)

INVALID_PROVIDER_REFERENCE = structure_rule(
    "TF220",
    "Invalid provider configuration reference",
    "meta-arguments/resource-provider",
    "The provider argument takes the name of a provider, and an alias after a dot where there is one: "
    "provider = aws.west.",
)
INVALID_PROVIDER_NAME = structure_rule(
    "TF221",
    "Invalid provider local name",
    "providers/requirements#local-names",
    "The local name of a provider is in lower case, with letters, digits and dashes only; an alias is a name.",
)
INVALID_PROVIDER_ENTRY = structure_rule(
    "TF229",
    "Invalid required_providers entry",
    "providers/requirements",
    'An entry is an object with source, version and configuration_aliases: aws = { source = "hashicorp/aws" }.',
)
PROVIDER_VERSION = structure_rule(
    "TF241",
    "Version constraints inside provider blocks are deprecated",
    "providers/requirements#version-constraints",
    "Move the version of a provider to the required_providers block.",
    warning=True,
)

_PROVIDER = BodyShape("alias version count depends_on for_each source", blocks={"_": (), "lifecycle": (), "locals": ()})
_part = re.compile(r"[^\W_](?:[^\W_]|-(?!-))*(?<!-)").fullmatch
_host = re.compile(r"[^\W_](?:[\w-]*\.)+[^\W_][\w-]*(?::\d+)?|localhost(?::\d+)?").fullmatch


def read_provider(block: Block, file: File) -> Provider | None:
    """Read a `provider` block; None if its name cannot be a provider's."""
    report = file.findings
    config, blocks = split_body(block.body, _PROVIDER, report, block)
    label = block.labels[0]
    if not check_provider_name(label.value, label.start, label.end, report):
        return None
    arguments = block.body.attributes
    alias = ""
    if "alias" in arguments:
        expression = arguments["alias"].value
        alias = constant_string(expression, report) or ""
        if not is_identifier(alias):
            detail = f"An alias must be a valid name. {BAD_NAME}"
            refuse(report, expression, INVALID_PROVIDER_NAME, detail, "Invalid provider configuration alias")
    constraint = None
    if "version" in arguments:
        argument = arguments["version"]
        summary = "Version constraints inside provider configuration blocks are deprecated"
        detail = "Move the provider version constraint into the required_providers block."
        warn(finding_at(argument.value, PROVIDER_VERSION, detail, summary=summary), report)
        constraint = read_constraint_text(argument.value, report)
    provider_for_each = _read_instances(arguments, alias, file)
    for name in ("count", "depends_on", "for_each", "source"):
        if name in arguments and not (name == "for_each" and file.dialect == "tofu"):
            detail = f'The provider argument name "{name}" is reserved for use by Terraform in a future version.'
            summary = "Reserved argument name in provider block"
            refuse(report, arguments[name].header, RESERVED_NAME, detail, summary)
    provider = Provider(file, block, (label.value, alias), config)
    provider.for_each = provider_for_each
    provider.versioned, provider.constraint = "version" in arguments, constraint
    provider.config = read_escaped(config, blocks, "provider", report)
    return provider


def _read_instances(arguments: dict[str, Attribute], alias: str, file: File) -> ValueNode | None:
    """Return the `for_each` that OpenTofu accepts if the configuration has an alias."""
    argument = arguments.get("for_each")
    if argument is None or file.dialect != "tofu":
        return None
    if not alias:
        detail = "The for_each argument is allowed only for provider configurations with an alias."
        refuse(
            file.findings, argument.header, INVALID_PROVIDER_REFERENCE, detail, 'Alias required when using "for_each"'
        )
        return None
    return argument.value


def split_instance(expression: ValueNode) -> tuple[ValueNode, ValueNode | None]:
    """Return the configuration that OpenTofu's `aws.by[each.key]` names, and the key of the instance."""
    if isinstance(expression, Index):
        return expression.collection, expression.key
    if isinstance(expression, Traversal) and len(expression.steps) == 2:
        last = expression.steps[1]
        if isinstance(last, GetIndex):
            whole = Traversal(expression.start, last.start, expression.root, expression.steps[:1])
            return whole, Literal(last.start, last.end, last.key)
    return expression, None


def check_provider_name(name: str, start: int, end: int, report: list[Finding]) -> bool:
    """Report a local name that no provider can have; return whether the name is valid."""
    if _part(name) is None:
        detail = (
            f"{name} is an invalid provider local name: must contain only letters, digits, and dashes, and may not use "
            "leading or trailing dashes."
        )
    elif name != name.lower():
        detail = f'Provider names must be normalized. Replace "{name}" with "{name.lower()}" to fix this error.'
    else:
        return True
    refuse(report, (start, end), INVALID_PROVIDER_NAME, detail)
    return False


def read_provider_reference(
    expression: ValueNode, report: list[Finding], dialect: Dialect = "terraform"
) -> ProviderKey | None:
    """Return the provider configuration that an argument names (`aws`, `aws.west`); None if it names none."""
    if dialect == "tofu":
        expression, _ = split_instance(expression)
    before = len(report)
    expression = unquoted(expression, "references", report)
    failed = any(finding.rule is INVALID_EXPRESSION for finding in report[before:])
    if failed:
        del report[before:]
    reference = as_traversal(expression)
    if failed or reference is None or len(reference.steps) > 1:
        detail = (
            "The argument requires a provider type name, optionally followed by a period and then a configuration "
            "alias."
        )
    elif reference.steps and not isinstance(reference.steps[0], GetAttr):
        detail = "Provider name must either stand alone or be followed by a period and then a configuration alias."
    elif not check_provider_name(reference.root, reference.start, reference.end, report):
        return None
    else:
        step = reference.steps[0] if reference.steps else None
        return reference.root, step.name if isinstance(step, GetAttr) else ""
    refuse(report, expression, INVALID_PROVIDER_REFERENCE, detail)
    return None


def read_required_providers(block: Block, file: File) -> dict[str, Requirement]:
    """Read a `required_providers` block; return the providers by local name."""
    check_only_arguments(block.body, file.findings)
    found = {}
    for attribute in block.body.attributes.values():
        requirement = _read_requirement(attribute, file)
        if requirement is not None:
            found[attribute.name] = requirement
    return found


def _read_requirement(attribute: Attribute, file: File) -> Requirement | None:
    report = file.findings
    name, expression = attribute.name, attribute.value
    implied = BUILTIN if name == "terraform" else f"registry.terraform.io/hashicorp/{name}"
    if not isinstance(expression, Object):
        quiet: list[Finding] = []
        value = constant(expression, quiet)
        if value is not None and (value.type.is_primitive or value.null):
            return Requirement(file, attribute, implied, [], read_constraint_text(expression, report))
        if check_provider_name(name, attribute.start, attribute.name_end, report):
            detail = "required_providers entries must be strings or objects."
            refuse(report, expression, INVALID_PROVIDER_ENTRY, detail, "Invalid required_providers object")
        return None
    if not check_provider_name(name, attribute.start, attribute.name_end, report):
        return None
    address, aliases, constraint = implied, [], None
    for item in expression.items:
        key = _static_key(item.key)
        if key == "version":
            constraint = _read_version(item.value, report)
        elif key == "source":
            address = _read_source(item.value, report) or address
        elif key == "configuration_aliases":
            aliases = _read_aliases(name, item.value, report)
        else:
            detail = (
                'required_providers objects can only contain "version", "source" and "configuration_aliases" '
                'attributes. To configure a provider, use a "provider" block.'
            )
            refuse(report, item.key, INVALID_PROVIDER_ENTRY, detail, "Invalid required_providers object")
            break
    return Requirement(file, attribute, address, aliases, constraint)


def _static_key(key: ValueNode) -> str | None:
    if isinstance(key, Literal) and isinstance(key.value, str):
        return key.value
    return key.root if isinstance(key, Traversal) and not key.steps else None


def _read_version(expression: ValueNode, report: list[Finding]) -> str | None:
    quiet: list[Finding] = []
    value = constant(expression, quiet)
    if value is None or value.type.kind != "string" or value.null:
        detail = "Version must be specified as a string."
    elif not value.known:
        return None
    elif is_constraint(value.data):
        return str(value.data)
    else:
        detail = "This string does not use correct version constraint syntax."
    refuse(report, expression, INVALID_VERSION, detail)
    return None


def _read_source(expression: ValueNode, report: list[Finding]) -> str | None:
    quiet: list[Finding] = []
    value = constant(expression, quiet)
    if value is None or value.type.kind != "string" or value.null or not value.known:
        refuse(report, expression, INVALID_PROVIDER_ENTRY, "Source must be specified as a string.", "Invalid source")
        return None
    address = provider_address(value.data)
    if address is None:
        detail = 'The "source" attribute must be in the format "[hostname/][namespace/]name".'
        refuse(report, expression, INVALID_PROVIDER_ENTRY, detail, "Invalid provider source string")
    return address


@lru_cache(maxsize=1024)
def provider_address(source: str) -> str | None:
    """Return the full address of a provider source, in lower case; None if it is not an address."""
    parts = source.lower().split("/")
    if not 1 <= len(parts) <= 3 or not all(map(_part, parts[-2:])) or parts[-1].startswith("terraform-"):
        return None
    if len(parts) == 3 and _host(parts[0]) is None:
        return None
    host, namespace, name = (*("registry.terraform.io", "hashicorp")[: 3 - len(parts)], *parts)
    return f"{host}/{namespace}/{name}"


def _read_aliases(name: str, expression: ValueNode, report: list[Finding]) -> list[ProviderKey]:
    found: list[ProviderKey] = []
    for item in list_items(expression, report):
        reference = as_traversal(item)
        step = reference.steps[0] if reference is not None and reference.steps else None
        if reference is not None and reference.root == name and isinstance(step, GetAttr | None):
            # Steps after an alias are ignored.
            found.append((name, "" if step is None else step.name))
        else:
            detail = (
                "Configuration aliases can only contain references to local provider configuration names in the format "
                f"of provider.alias, prefixed with {name}."
            )
            refuse(report, item, INVALID_PROVIDER_ENTRY, detail, "Invalid configuration_aliases value")
    return found
