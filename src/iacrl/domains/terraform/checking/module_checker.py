"""Checks everything in one module that has a reference or a value, against names, schemas and types."""

from __future__ import annotations

from collections.abc import Iterable

from iacrl.domains.terraform.checking.attributes import check_steps
from iacrl.domains.terraform.checking.body_checker import BodyChecker
from iacrl.domains.terraform.checking.call_values import check_given, check_validations
from iacrl.domains.terraform.checking.check_rules import (
    check_assertion,
    check_expressions,
    check_precondition,
    check_validation,
)
from iacrl.domains.terraform.checking.find import find_references, references_in_body
from iacrl.domains.terraform.checking.graph import components
from iacrl.domains.terraform.checking.module_names import ModuleNames
from iacrl.domains.terraform.checking.provider_lookup import ProviderLookup
from iacrl.domains.terraform.checking.reference_rules import CYCLE, EPHEMERAL_VALUE, MODULE_ARGUMENT
from iacrl.domains.terraform.checking.repetition import (
    check_count,
    check_depends_on,
    check_for_each,
    repeated,
)
from iacrl.domains.terraform.checking.site import Node, Site
from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.cty.values import ANY, Value
from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.provider_rules.resource_check import check_with_provider_rules
from iacrl.domains.terraform.rules import reference_rule, schema_rule, structure_rule
from iacrl.domains.terraform.structure.body import MergedBody, missing_argument, unsupported_block
from iacrl.domains.terraform.structure.module import File, Module, ModuleCall, Output, Resource, Variable
from iacrl.domains.terraform.structure.names import is_full, nearest
from iacrl.domains.terraform.syntax import nodes

EPHEMERAL_OUTPUT = structure_rule(
    "TF236",
    "Ephemeral output not allowed",
    "values/outputs#ephemeral-avoid-storing-values-in-state-or-plan-files",
    "The outputs of a root module are kept, so they cannot be ephemeral.",
)
INVALID_RESOURCE_TYPE = schema_rule(
    "TF301",
    "Invalid resource type",
    "resources/syntax",
    "The provider has no managed resource of this type. The nearest one is named; a data source of the same name "
    "is declared by a data block.",
)
INVALID_DATA_SOURCE = schema_rule(
    "TF302", "Invalid data source", "data-sources", "The provider has no data source of this type."
)
INVALID_EPHEMERAL_RESOURCE = schema_rule(
    "TF303", "Invalid ephemeral resource", "resources/ephemeral", "The provider has no ephemeral resource of this type."
)
SENSITIVE_OUTPUT = reference_rule(
    "TF454",
    "Output refers to sensitive values",
    "values/outputs#sensitive-suppressing-values-in-cli-output",
    "An output of the root module holds a sensitive value and must say so: sensitive = true.",
)


class ModuleChecker:
    """Checks one module."""

    def __init__(
        self, module: Module, names: ModuleNames, providers: ProviderLookup, children: dict[str, Module], is_root: bool
    ) -> None:
        self.module = module
        self.names = names
        self.providers = providers
        self.children = children
        self.is_root = is_root
        #: Whether findings are dropped because only values are wanted.
        self.quiet = False
        self._checkers: dict[int, BodyChecker] = {}

    def run(self) -> None:
        """Check everything; the findings go to the files."""
        self.check_locals()
        for variable in self.module.variables.values():
            if variable.validations:
                self._check_variable(variable)
        self.run_over(self.module)

    def run_over(self, module: Module) -> None:
        """Check the resources, module calls, outputs and `check` blocks of the module, or of a part of it."""
        for resource in module.resources.values():
            if not is_full(resource.file.findings):
                self._check_resource(resource)
        for call in module.calls.values():
            self._check_call(call)
        for output in module.outputs.values():
            if not is_full(output.file.findings):
                self._check_output(output)
        for check in module.checks.values():
            place = Site(("check", check.name), container=check.name)
            for rule in check.asserts:
                check_assertion(self.checker(rule.file), rule, place)

    def checker(self, file: File) -> BodyChecker:
        """Return the checker whose findings go to a file."""
        made = self._checkers.get(id(file))
        if made is None:
            made = self._checkers[id(file)] = BodyChecker(self.names, [] if self.quiet else file.findings)
        return made

    # ---- values --------------------------------------------------------------------------------------------------

    def check_locals(self) -> None:
        """Check the local values, and store those that could be computed."""
        by_name = {local.name: local for local in self.module.locals.values()}
        uses = {name: [*_locals_in(local.attribute.value)] for name, local in by_name.items()}
        for component in components(uses) if any(uses.values()) else [[name] for name in uses]:
            for name in component:
                local = by_name.get(name)
                if local is None:
                    continue
                expression = local.attribute.value
                if name in uses[name]:
                    detail = f"Local value local.{name} cannot use its own result as part of its expression."
                    refuse(local.file.findings, expression, CYCLE, detail, "Self-referencing local value")
                    continue
                if is_full(local.file.findings):
                    continue
                value = self.checker(local.file).evaluate(expression, Site(("local", name)))
                if value is not None and len(component) == 1:
                    self.names.locals[name] = value

    def _compute_locals(self, module: Module, names: ModuleNames) -> None:
        """Compute the local values of a called module, without reporting findings."""
        inner = ModuleChecker(module, names, self.providers, {}, is_root=False)
        inner.quiet = True
        inner.check_locals()

    def _check_variable(self, variable: Variable) -> None:
        place = Site(("var", variable.name))
        for rule in variable.validations:
            checker = self.checker(rule.file)
            check_validation(checker, rule, place)

    def output_value(self, output: Output) -> Value:
        """Return the value of an output; a fully unknown one if it has none."""
        place = Site(("output", output.name))
        value = None if output.value is None else self.checker(output.file).evaluate(output.value, place)
        return ANY if value is None else value

    def _check_output(self, output: Output) -> None:
        checker = self.checker(output.file)
        place = Site(("output", output.name))
        check_depends_on(checker, output.depends_on, place)
        for rule in output.preconditions:
            check_precondition(checker, rule, place)
        if output.value is None:
            return
        if self.is_root and output.ephemeral:
            argument = output.block.body.attributes["ephemeral"]
            detail = "Ephemeral outputs are not allowed in the context of a root module."
            refuse(checker.report, argument, EPHEMERAL_OUTPUT, detail)
        value = checker.evaluate(output.value, place)
        if value is None:
            return
        if output.ephemeral and not self.is_root and "ephemeral" not in value.marks and self._is_followed(output.value):
            detail = "This output value is declared as returning an ephemeral value, so it can only be set to one."
            refuse(checker.report, output.value, EPHEMERAL_VALUE, detail, "Value not allowed in ephemeral output")
        if not value.has_marks:
            return
        marks = values.unmark_deep(value)[1]
        if self.is_root and "sensitive" in marks and not output.sensitive:
            detail = (
                "To reduce the risk of accidentally exporting sensitive data that was intended to be only internal, "
                "Terraform requires that any root module output containing sensitive data be explicitly marked as "
                "sensitive, to confirm your intent: add sensitive = true."
            )
            refuse(checker.report, output.value, SENSITIVE_OUTPUT, detail)
        if "ephemeral" in marks and not output.ephemeral:
            detail = "This output value is not declared as returning an ephemeral value, so it cannot be set to one."
            refuse(checker.report, output.value, EPHEMERAL_VALUE, detail)

    def _is_followed(self, expression: nodes.ValueNode) -> bool:
        """Say whether every module that an expression refers to could be read. The outputs of others are not known."""
        calls = [one for one in find_references(expression) if one.root == "module" and one.steps]
        return all(isinstance(one.steps[0], nodes.GetAttr) and one.steps[0].name in self.children for one in calls)

    # ---- resources -----------------------------------------------------------------------------------------------

    def _check_resource(self, resource: Resource) -> None:
        checker = self.checker(resource.file)
        outside = Site(("resource", resource.key), container=resource.container)
        if resource.count is not None:
            check_count(checker, resource.count, outside)
        elif resource.for_each is not None:
            check_for_each(checker, resource.for_each, outside, forgiving=self.module.dialect == "tofu")
        if resource.depends_on:
            check_depends_on(checker, resource.depends_on, outside)
        place = repeated(resource.count, resource.for_each, outside)
        before = len(checker.report)
        self._check_config(resource, checker, place)
        if len(checker.report) > before and self.providers.notes:
            address = self.module.provider_address(resource.provider_key[0])
            self.providers.annotate(address, checker.report[before:])
        for rule in resource.preconditions:
            check_expressions(checker, rule, place)
        for rule in resource.postconditions:
            check_expressions(checker, rule, place.with_self(resource))
        for block in resource.block.body.blocks if self.module.dialect == "tofu" else ():
            if block.type == "lifecycle" and "prevent_destroy" in block.body.attributes:
                self._add_edges(outside.node, find_references(block.body.attributes["prevent_destroy"].value))
        for trigger in resource.replace_triggered_by:
            self._add_edges(outside.node, find_references(trigger))
        if resource.provisioners:
            from iacrl.domains.terraform.checking.provisioners import check_provisioner

            inside = place.with_self(resource)
            for provisioner in resource.provisioners:
                check_provisioner(checker, provisioner, resource.connection, inside)
        elif resource.connection is not None:
            self._add_edges(outside.node, references_in_body(resource.connection))

    def _check_config(self, resource: Resource, checker: BodyChecker, place: Site) -> None:
        found = self.providers.of(self.module, resource)
        if found is None:
            checker.check_expressions(resource.config, place)
            return
        shape = found.find(resource.mode, resource.type)
        if shape is not None:
            if self.names.known == "planned":
                checker.check(resource.config, shape, place, resource.block)
                return
            check_with_provider_rules(found.schema, resource, checker, shape, place)
            if resource.key[:2] == ("data", "terraform_remote_state"):
                from iacrl.domains.terraform.checking.remote_state import check_remote_state

                check_remote_state(resource, checker, place)
            for reference in resource.ignore_changes:
                if is_full(checker.report):
                    break
                steps = (nodes.GetAttr(reference.start, reference.end, reference.root), *reference.steps)
                check_steps(shape, steps, checker.report)
            return
        label = resource.block.labels[0]
        provider = found.schema.source
        if resource.mode == "ephemeral" and not found.schema.exact:
            self.providers.unchecked.add(f"ephemeral {resource.type}: no schema")
            checker.check_expressions(resource.config, place)
            return
        what, summary, other, wanted = _NO_TYPE[resource.mode]
        detail = f'The provider {provider} does not support {what} "{resource.type}".'
        if other and found.find(other, resource.type) is not None:
            detail += (
                f' Did you intend to use the {wanted} "{resource.type}"? If so, declare this using a "{other}" block.'
            )
        else:
            detail += nearest(resource.type, found.schema.types(resource.mode))  # type: ignore[arg-type]
        rule = {
            "resource": INVALID_RESOURCE_TYPE,
            "data": INVALID_DATA_SOURCE,
            "ephemeral": INVALID_EPHEMERAL_RESOURCE,
        }[resource.mode]
        refuse(checker.report, label, rule, detail, summary)

    def _add_edges(self, node: Node, references: Iterable[nodes.Traversal]) -> None:
        """Add references as dependencies without checking what they name, as Terraform does in a few places."""
        quiet: list[Finding] = []
        self.names.check(list(references), Site(node, count=True, each=True), quiet)

    # ---- modules -------------------------------------------------------------------------------------------------

    def _check_call(self, call: ModuleCall) -> None:
        checker = self.checker(call.file)
        outside = Site(("expand", call.name))
        if call.count is not None:
            check_count(checker, call.count, outside)
        elif call.for_each is not None:
            check_for_each(checker, call.for_each, outside)
        check_depends_on(checker, call.depends_on, outside)
        child = self.children.get(call.name)
        if child is None:
            for block in () if isinstance(call.config, MergedBody) else call.config.blocks:
                checker.report.append(unsupported_block(block, {}, {}, MODULE_ARGUMENT))
            arguments = nodes.Body(call.config.start, call.config.end, call.config.attributes, [])
            checker.check_expressions(arguments, Site(("call", call.name), count=True, each=True))
            return
        merged = isinstance(call.config, MergedBody)
        for block in () if merged else call.config.blocks:
            checker.report.append(unsupported_block(block, child.variables, {}, MODULE_ARGUMENT))
        for name, attribute in call.config.attributes.items():
            variable = child.variables.get(name)
            if variable is None:
                if merged:
                    continue
                detail = f'An argument named "{name}" is not expected here.{nearest(name, child.variables)}'
                refuse(checker.report, attribute.header, MODULE_ARGUMENT, detail, "Unsupported argument")
                continue
            # `count.index` and `each` are accepted in any call: see the probes.
            place = Site(("argument", (call.name, name)), count=True, each=True)
            value = checker.evaluate(attribute.value, place)
            if value is not None:
                check_given(checker, attribute, variable, value)
                if variable.validations:
                    check_validations(checker, child, variable, value, attribute.value, self._compute_locals)
        for name, variable in child.variables.items():
            if name in call.config.attributes:
                continue
            if variable.default is None and _is_required(variable):
                checker.report.append(missing_argument(MODULE_ARGUMENT, name, call.block, call.config))
            elif variable.default is not None and variable.validations:
                check_validations(
                    checker, child, variable, variable.default, call.block.labels[0], self._compute_locals
                )


_NO_TYPE = {
    "resource": ("resource type", "Invalid resource type", "data", "data source"),
    "data": ("data source", "Invalid data source", "resource", "managed resource type"),
    "ephemeral": ("ephemeral resource", "Invalid ephemeral resource", "", ""),
}


def _locals_in(expression: nodes.ValueNode) -> Iterable[str]:
    for reference in find_references(expression):
        if reference.root == "local" and reference.steps and isinstance(reference.steps[0], nodes.GetAttr):
            yield reference.steps[0].name


def _is_required(variable: Variable) -> bool:
    return "default" not in variable.block.body.attributes
