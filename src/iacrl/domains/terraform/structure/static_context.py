"""What OpenTofu computes before anything else: the sources of modules, and the instances of a provider.

There, variables have their defaults and local values are computed, but values that only a plan knows are not allowed
(opentofu.org/docs/language/modules/sources, .../providers/configuration).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.values import ANY, SENSITIVE, Value
from iacrl.domains.terraform.expressions.evaluator import evaluate
from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.rules import structure_rule
from iacrl.domains.terraform.structure.module import Module, ModuleCall, Provider
from iacrl.domains.terraform.structure.module_call import check_source
from iacrl.domains.terraform.structure.provider_block import INVALID_PROVIDER_REFERENCE, split_instance
from iacrl.domains.terraform.structure.static import UNSUITABLE_VALUE_TYPE
from iacrl.domains.terraform.syntax.nodes import GetAttr, Traversal, ValueNode

if TYPE_CHECKING:
    from pathlib import Path

DYNAMIC_IN_STATIC_CONTEXT = structure_rule(
    "TF245",
    "Dynamic value in static context",
    "modules/sources",
    "OpenTofu computes the source of a module and the for_each of a provider before anything else: only variables with "
    "a default, local values and functions are allowed in it. Terraform allows a constant only.",
)
#: The most local values that may refer to each other in a row.
_MAX_DEPTH = 100


def read_static(module: Module) -> None:
    """Compute what must be known early, and report what cannot be computed."""
    for call in module.calls.values():
        if "source" in call.block.body.attributes:
            _read_source(call, module)
    for provider in module.providers.values():
        if provider.for_each is not None:
            _check_instances(provider, provider.for_each, module)
    for resource in module.resources.values():
        argument = resource.block.body.attributes.get("provider")
        if argument is not None and resource.provider is not None:
            _check_instance_key(argument.value, module.providers.get(resource.provider), resource.file.findings)
    for call in module.calls.values():
        for given, expression in call.providers.values():
            _check_instance_key(expression, module.providers.get(given), call.file.findings)


def _read_source(call: ModuleCall, module: Module) -> None:
    report = call.file.findings
    expression = call.block.body.attributes["source"].value
    value = _value_of(expression, module, report)
    if value is None:
        return
    if value.marks:
        detail = "Sensitive and ephemeral values cannot be used as the source of a module."
        refuse(report, expression, DYNAMIC_IN_STATIC_CONTEXT, detail, "Sensitive value not allowed")
        return
    try:
        source = convert(value, types.STRING)
    except ConversionError as error:
        refuse(report, expression, UNSUITABLE_VALUE_TYPE, f"Unsuitable value: {error.message}.")
        return
    if source.null or not source.known:
        refuse(report, expression, UNSUITABLE_VALUE_TYPE, "Unsuitable value: a known string is required.")
        return
    call.source = str(source.data)
    check_source(call)


def _check_instances(provider: Provider, expression: ValueNode, module: Module) -> None:
    report = provider.file.findings
    value = _value_of(expression, module, report)
    if value is None:
        return
    if value.marks:
        problem = "sensitive and ephemeral values cannot be used"
    elif value.null:
        problem = "it is null"
    elif value.type.kind not in ("map", "set", "object", "dynamic"):
        problem = f"it must be a map, or a set of strings, and is of type {value.type.friendly()}"
    elif not value.known:
        problem = "it cannot be determined before the plan"
    elif value.type.kind == "set" and (value.type.element != types.STRING or any(one.null for one in value.data)):
        problem = "a set must hold strings that are not null"
    else:
        return
    detail = f'The given "for_each" argument value is unsuitable: {problem}.'
    refuse(report, expression, UNSUITABLE_VALUE_TYPE, detail, "Invalid for_each argument")


def _check_instance_key(expression: ValueNode, provider: Provider | None, report: list[Finding]) -> None:
    """Report a key if the provider has no instances, and a missing key if it has some."""
    if provider is None:
        return
    _, key = split_instance(expression)
    if (key is not None) == (provider.for_each is not None):
        return
    detail = "An instance key can be specified only for a provider configuration that uses for_each."
    if key is None:
        detail = "A reference to a provider configuration which uses for_each requires an instance key."
    refuse(report, expression, INVALID_PROVIDER_REFERENCE, detail, "Invalid resource provider configuration")


def _value_of(expression: ValueNode, module: Module, report: list[Finding]) -> Value | None:
    before = len(report)
    value = evaluate(expression, _StaticNames(module, report), report)
    return value if len(report) == before else None


class _StaticNames:
    """The scope of an expression that is computed early."""

    def __init__(self, module: Module, report: list[Finding]) -> None:
        self.module = module
        self.report = report
        self.directory: Path | None = None
        self.dialect: str = module.dialect
        self._waiting: list[str] = []

    def resolve(self, reference: Traversal) -> tuple[Value, int]:
        """Return the value of a variable's default or of a local value; report anything else."""
        first = reference.steps[0] if reference.steps else None
        name = first.name if isinstance(first, GetAttr) else ""
        if reference.root == "path":
            return values.string("."), 1
        if reference.root in ("terraform", "tofu") and name == "workspace":
            return values.string("default"), 1
        found = self._variable(name) if reference.root == "var" else None
        if reference.root == "local":
            found = self._local(name)
        if found is not None:
            return found, 1
        text = ".".join(filter(None, (reference.root, name)))
        detail = f"Unable to use {text} here: it is not known before the plan."
        refuse(self.report, reference, DYNAMIC_IN_STATIC_CONTEXT, detail)
        return ANY, len(reference.steps)

    def _variable(self, name: str) -> Value | None:
        variable = self.module.variables.get(name)
        if variable is None or variable.default is None:
            return None
        return variable.default.marked(SENSITIVE) if variable.sensitive else variable.default

    def _local(self, name: str) -> Value | None:
        local = self.module.locals.get(name)
        if local is None or name in self._waiting or len(self._waiting) > _MAX_DEPTH:
            return None
        self._waiting.append(name)
        value = evaluate(local.attribute.value, self, self.report)
        self._waiting.pop()
        return value

    def has_function(self, name: str) -> bool:
        """Providers are not asked this early."""
        return False
