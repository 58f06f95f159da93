"""The meaning of references in a module: static checks of each, and the values for evaluation.

Terraform validates without any input: variables are unknown values of their type, resources are entirely unknown, and
only locals are computed. Attributes that references name are checked against the schema, separately from evaluation.
OpenTofu and every plan know more: see `Known`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

from iacrl.domains.terraform.checking import reference_rules as rules
from iacrl.domains.terraform.checking.address import Address, parse_address
from iacrl.domains.terraform.checking.attributes import check_steps
from iacrl.domains.terraform.checking.provider_lookup import ProviderLookup
from iacrl.domains.terraform.checking.resource_values import (
    Instances,
    instance_value,
    part_value,
    validated_value,
)
from iacrl.domains.terraform.checking.site import Node, Site
from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.types import Type
from iacrl.domains.terraform.cty.values import ANY, EPHEMERAL, NO_MARKS, SENSITIVE, Value
from iacrl.domains.terraform.expressions.frame import Budget
from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.schema.block_shapes import BlockShape
from iacrl.domains.terraform.structure.module import BUILTIN, Module, Resource, ResourceKey
from iacrl.domains.terraform.structure.names import is_full, nearest
from iacrl.domains.terraform.syntax.nodes import GetAttr, Traversal

if TYPE_CHECKING:
    from pathlib import Path

_UNKNOWN_STRING = values.unknown(types.STRING, not_null=True)
_UNKNOWN_NUMBER = values.unknown(types.NUMBER)
_PATHS = frozenset({"module", "root", "cwd"})

#: What is known of the resources that expressions refer to. Terraform's validate knows nothing. OpenTofu's knows the
#: types of resources without `count` and `for_each`. A plan knows the types of all, and of modules' outputs.
Known = Literal["nothing", "types", "planned"]


class ModuleNames:
    """Every name that can be referred to in one module.

    Args:
        path: Its directory, as `path.module` gives it.
        providers: Gives the schemas of resources.
        outputs: The names of the outputs of each called module that was read. Calls that are missing here are not
            checked.
        directory: The root module's directory, where `file` looks; None for a single text.
        budget: How much more may be computed for this verdict.
        known: What evaluation sees of resources.
        find_outputs: Gives the values of a called module's outputs if `known` is "planned".
    """

    def __init__(
        self,
        module: Module,
        path: str,
        providers: ProviderLookup,
        outputs: dict[str, frozenset[str]],
        directory: Path | None,
        budget: Budget,
        known: Known = "nothing",
        find_outputs: Callable[[str], Mapping[str, Value]] | None = None,
    ) -> None:
        self.module = module
        self.known = known
        self.find_outputs = find_outputs
        self.directory = directory
        self.budget = budget
        self.path = path
        self.providers = providers
        self.outputs = outputs
        self.locals: dict[str, Value] = {}
        #: The provider functions that were called; nothing is known of them.
        self.unknown_functions: set[str] = set()
        self.edges: dict[Node, list[Node]] = {}
        self._variables: dict[str, Value] = {}
        self._shapes: dict[ResourceKey, BlockShape | None] = {}

    def variable(self, name: str) -> Value:
        """Return the unknown value of a variable, with its type and marks."""
        value = self._variables.get(name)
        if value is None:
            declared = self.module.variables.get(name)
            if declared is None:
                return ANY
            value = values.unknown(types.without_optional(declared.constraint.type))
            marks = (SENSITIVE if declared.sensitive else NO_MARKS) | (EPHEMERAL if declared.ephemeral else NO_MARKS)
            value = self._variables[name] = value.marked(marks) if marks else value
        return value

    def set_variable(self, name: str, value: Value) -> None:
        """Set the value of a variable, to judge the value that a module call gives it."""
        self._variables[name] = value

    def call(self, name: str) -> Value:
        """Return the unknown value of a module call: its outputs, or a list or map of them."""
        outputs = self.outputs.get(name)
        call = self.module.calls.get(name)
        if call is None:
            return ANY
        type: Type = types.DYNAMIC
        if outputs is not None:
            type = types.object_of(dict.fromkeys(outputs, types.DYNAMIC))
            if self.find_outputs is not None:  # the names alone say no more
                made = values.object_value(self.find_outputs(name))
                return Instances(made) if call.count is not None or call.for_each is not None else made
        if call.count is not None:
            type = types.list_of(type)
        elif call.for_each is not None:
            type = types.map_of(type)
        return values.unknown(type)

    # ---- static checks -------------------------------------------------------------------------------------------

    def check(self, references: list[Traversal], place: Site, report: list[Finding]) -> bool:
        """Report the references that are invalid in their place; return whether all are valid.

        Each valid reference becomes an edge of the module's graph.
        """
        before = len(report)
        for reference in references:
            if is_full(report):
                return False
            if reference.root not in place.names:
                self._check_one(reference, place, report)
        return len(report) == before

    def _check_one(self, reference: Traversal, place: Site, report: list[Finding]) -> None:
        root, steps = reference.root, reference.steps
        if root == "tofu" and self.module.dialect == "tofu":
            reference = Traversal(reference.start, reference.end, "terraform", steps)
        if root == "var" and steps and type(steps[0]) is GetAttr:
            name = steps[0].name
            if name not in self.module.variables:
                hint = nearest(name, self.module.variables)
                hint = hint or f' This variable can be declared with a variable "{name}" {{}} block.'
                detail = f'An input variable with the name "{name}" has not been declared.{hint}'
                refuse(report, reference, rules.UNDECLARED_VARIABLE, detail)
            self._edge(place.node, ("var", name))
            return
        if root == "local" and steps and type(steps[0]) is GetAttr:
            name = steps[0].name
            if name not in self.module.locals:
                detail = f'A local value with the name "{name}" has not been declared.'
                detail += nearest(name, self.module.locals)
                refuse(report, reference, rules.UNDECLARED_LOCAL, detail)
            self._edge(place.node, ("local", name))
            return
        address = parse_address(reference, report)
        if address is None:
            return
        if address.resource is not None:
            self._check_resource(reference, address, address.resource, place, report)
        elif address.kind == "module":
            self._check_module(reference, address, place, report)
        elif address.kind == "self":
            if place.itself is None:
                detail = (
                    'The "self" object is not available in this context. This object can be used only in resource '
                    "provisioner, connection, and postcondition blocks."
                )
                refuse(report, reference, rules.REFERENCE_OUT_OF_CONTEXT, detail, 'Invalid "self" reference')
            else:
                self._edge(place.node, ("self", place.itself.key))
                self._check_attributes(reference, 0, place.itself, report)
        else:
            _check_name(reference, address, place, report)

    def _edge(self, start: Node, end: Node) -> None:
        ends = self.edges.get(start)
        if ends is None:
            self.edges[start] = [end]
        else:
            ends.append(end)

    def _check_resource(
        self, reference: Traversal, address: Address, key: ResourceKey, place: Site, report: list[Finding]
    ) -> None:
        self._edge(place.node, ("resource", key))
        resource = self.module.resources.get(key)
        mode, type, name = key
        if resource is None:
            detail = f'A {_ADJECTIVE[mode]} resource "{type}" "{name}" has not been declared in this module.'
            if mode == "resource" and ("data", type, name) in self.module.resources:
                detail += f" Did you mean the data resource data.{type}.{name}?"
            elif mode == "data" and ("resource", type, name) in self.module.resources:
                detail += f" Did you mean the managed resource {type}.{name}?"
            else:
                names = [other[2] for other in self.module.resources if other[:2] == (mode, type)]
                detail += nearest(name, names)
            refuse(report, reference, rules.UNDECLARED_RESOURCE, detail)
            return
        rest = reference.steps[address.used :]
        repeated = "count" if resource.count is not None else "for_each" if resource.for_each is not None else ""
        if address.key is None and rest and repeated:
            instance = "count.index" if repeated == "count" else "each.key"
            detail = (
                f'Because {resource.address} has "{repeated}" set, its attributes must be accessed on specific '
                f"instances. For example, to correlate with indices of a referring resource, use: "
                f"{resource.address}[{instance}]"
            )
            refuse(report, reference, rules.MISSING_INSTANCE_KEY, detail)
        elif address.key is not None and not repeated:
            detail = (
                f'Because {resource.address} does not have "count" or "for_each" set, references to it must not '
                "include an index key. Remove the bracketed index to refer to the single instance of this resource."
            )
            refuse(report, reference, rules.UNEXPECTED_INSTANCE_KEY, detail)
        if resource.container is not None and resource.container != place.container:
            detail = f'The referenced resource "{type}" "{name}" is not available from this context.'
            refuse(report, reference, rules.SCOPED_RESOURCE, detail)
        if rest and isinstance(rest[0], GetAttr) and rest[0].name == "count":
            detail = f'The special "count" attribute is no longer supported. Instead, use length({resource.address}).'
            refuse(report, reference, rules.UNSUPPORTED_ATTRIBUTE, detail, "Invalid resource count attribute")
        else:
            self._check_attributes(reference, address.used, resource, report)

    def _check_attributes(self, reference: Traversal, used: int, resource: Resource, report: list[Finding]) -> None:
        if used < len(reference.steps):
            shape = self._shape(resource)
            if shape is None:
                return
            before = len(report)
            check_steps(shape, reference.steps[used:], report)
            if len(report) > before:
                address = self.module.provider_address(resource.provider_key[0])
                self.providers.annotate(address, report[before:], rules.UNSUPPORTED_ATTRIBUTE.layer)

    def _shape(self, resource: Resource) -> BlockShape | None:
        shape = self._shapes.get(resource.key)
        if shape is None:
            shape = self._shapes[resource.key] = self.providers.shape_of(self.module, resource)
        return shape

    def _check_module(self, reference: Traversal, address: Address, place: Site, report: list[Finding]) -> None:
        if address.name not in self.module.calls:
            detail = f'No module call named "{address.name}" is declared in this module.'
            detail += nearest(address.name, self.module.calls)
            refuse(report, reference, rules.UNDECLARED_MODULE, detail)
            return
        if address.output is not None and address.output in self.outputs.get(address.name, ()):
            self._edge(place.node, ("output of", (address.name, address.output)))
        else:
            self._edge(place.node, ("close of", address.name))
            self._edge(place.node, ("expand", address.name))

    # ---- values --------------------------------------------------------------------------------------------------

    def value(self, reference: Traversal, place: Site) -> tuple[Value, int]:
        """Return the value that the first steps of a reference name, and how many steps were used."""
        root, steps = reference.root, reference.steps
        if root in place.names:
            return place.names[root], 0
        first = steps[0] if steps else None
        if not isinstance(first, GetAttr):
            return self._resource(reference, place) if root == "self" and self.known != "nothing" else (ANY, len(steps))
        name = first.name
        if root == "var":
            return self.variable(name), 1
        if root == "local":
            return self.locals.get(name, ANY), 1
        if root == "module":
            call = self.module.calls.get(name)
            single = call is not None and call.count is None and call.for_each is None
            if single and len(steps) > 1 and not isinstance(steps[1], GetAttr):
                return ANY, len(steps)  # an index on a single instance: only a plan refuses it
            return self.call(name), 1
        if root == "path":
            return values.string(self.path if name == "module" else "."), 1
        if root == "terraform" or (root == "tofu" and self.module.dialect == "tofu"):
            if name == "applying":
                return values.boolean(False).marked(EPHEMERAL), 1
            return values.string("default"), 1
        if root == "count":
            return _UNKNOWN_NUMBER, 1
        if root == "each" and name == "key":
            return _UNKNOWN_STRING, 1
        if root == "each":
            return ANY, 1
        value, used = (ANY, len(steps)) if self.known == "nothing" else self._resource(reference, place)
        return value.marked(EPHEMERAL) if root == "ephemeral" else value, used

    def _resource(self, reference: Traversal, place: Site) -> tuple[Value, int]:
        """Return the value of a reference to a resource, as far as its schema says, and how many steps were used."""
        steps = reference.steps
        address = parse_address(reference)
        if address is None:
            return ANY, len(steps)
        used = address.used
        if address.kind == "self":
            resource = place.itself
        else:
            resource = self.module.resources.get(address.resource) if address.resource is not None else None
        shape = None if resource is None else self._shape(resource)
        if resource is None or shape is None or shape.open:
            return ANY, len(steps)
        if address.kind != "self" and (resource.count is not None or resource.for_each is not None):
            if self.known != "planned":
                return ANY, len(steps)
            if address.key is None:
                return Instances(instance_value(shape)), used
        step = steps[used] if used < len(steps) else None
        part = part_value(shape, step.name) if isinstance(step, GetAttr) else None
        if part is not None:
            return part, used + 1
        return (instance_value if self.known == "planned" else validated_value)(shape), used


class SiteScope:
    """The names of a module at one place, as `evaluate` asks for them."""

    __slots__ = ("dialect", "directory", "names", "place")

    def __init__(self, names: ModuleNames, place: Site) -> None:
        self.names = names
        self.place = place
        self.directory = names.directory
        self.dialect: str = names.module.dialect

    def resolve(self, reference: Traversal) -> tuple[Value, int]:
        """Return the value of the reference's first steps, and how many steps were used."""
        return self.names.value(reference, self.place)

    def has_function(self, name: str) -> bool:
        """Say whether a provider's function may be called: its provider must be in `required_providers`."""
        parts = name.split("::")
        if len(parts) != 3 or parts[1] not in (self.names.module.required or {}):
            return False
        if self.names.module.provider_address(parts[1]) == BUILTIN:
            return parts[2] in ("encode_tfvars", "decode_tfvars", "encode_expr")
        self.names.unknown_functions.add(name)
        return True


_ADJECTIVE = {"resource": "managed", "data": "data", "ephemeral": "ephemeral"}


def _check_name(reference: Traversal, address: Address, place: Site, report: list[Finding]) -> None:
    """Check `count`, `each`, `path` and `terraform`, which have a fixed set of names."""
    kind, name = address.kind, address.name
    if kind == "path":
        if name not in _PATHS:
            detail = f'The "path" object does not have an attribute named "{name}".{nearest(name, sorted(_PATHS))}'
            refuse(report, reference, rules.INVALID_PATH_ATTRIBUTE, detail, 'Invalid "path" attribute')
    elif kind == "terraform":
        if name not in ("workspace", "applying"):
            detail = f'The "terraform" object does not have an attribute named "{name}".'
            refuse(report, reference, rules.INVALID_PATH_ATTRIBUTE, detail, 'Invalid "terraform" attribute')
    elif kind == "count":
        if name != "index":
            detail = f'The "count" object does not have an attribute named "{name}", only count.index.'
            refuse(report, reference, rules.REFERENCE_OUT_OF_CONTEXT, detail, 'Invalid "count" attribute')
        elif not place.count:
            detail = (
                'The "count" object can only be used in "module", "resource", and "data" blocks, and only when the '
                '"count" argument is set.'
            )
            refuse(
                report, reference, rules.REFERENCE_OUT_OF_CONTEXT, detail, 'Reference to "count" in non-counted context'
            )
    elif kind == "each":
        if name not in ("key", "value"):
            detail = f'The "each" object does not have an attribute named "{name}", only each.key and each.value.'
            refuse(report, reference, rules.REFERENCE_OUT_OF_CONTEXT, detail, 'Invalid "each" attribute')
        elif not place.each:
            detail = (
                'The "each" object can be used only in "module" or "resource" blocks, and only when the "for_each" '
                "argument is set."
            )
            summary = 'Reference to "each" in context without for_each'
            if name == "value":
                summary = "each.value cannot be used in this context"
            refuse(report, reference, rules.REFERENCE_OUT_OF_CONTEXT, detail, summary)
