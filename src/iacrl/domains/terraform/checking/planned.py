"""Errors that `terraform validate` misses and every plan reports: values that references to resources cannot have.

To validate, resources are entirely unknown. A plan knows their types from the schema, so it always refuses a list in
place of a string. So everything that depends on a resource or on a module's output is evaluated again with what a plan
knows. This happens after the verdict of validate, and only if that found no error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain

from iacrl.domains.terraform.checking.address import resource_of
from iacrl.domains.terraform.checking.find import find_references, references_in_body
from iacrl.domains.terraform.checking.module_checker import ModuleChecker
from iacrl.domains.terraform.checking.module_names import ModuleNames
from iacrl.domains.terraform.checking.provider_lookup import ProviderLookup
from iacrl.domains.terraform.checking.site import Node
from iacrl.domains.terraform.cty.values import ANY, Value
from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.rules import reference_rule
from iacrl.domains.terraform.structure.module import File, Module, Resource
from iacrl.domains.terraform.structure.module_tree import LoadedModule

REFUSED_BY_PLAN = reference_rule(
    "TF463",
    "Refused by plan or apply",
    "expressions/references#references-to-resource-attributes",
    "A reference has the type that the schema of its resource gives it, and that type does not fit here, or "
    "a resource refers to itself, or there is no such instance with the default values of the variables. terraform "
    "validate does not look at it, but plan or apply cannot evaluate it, and OpenTofu's validate refuses most of it. "
    "Refer to one attribute of the resource, or to one element of the list. `one(x[*].id)` and `try(x[0].id, null)` "
    "give null for an instance that may be absent.",
    warning=True,
)

#: The kinds of nodes whose values a plan knows better.
_KNOWN_TO_PLANS = frozenset({"resource", "output of", "close of", "self"})


def check_planned(loaded: list[LoadedModule], names: Mapping[int, ModuleNames], providers: ProviderLookup) -> None:
    """Report what validate accepts and a plan refuses, as warnings.

    Args:
        loaded: The modules, without an error so far.
        names: What references mean in each module that was checked, by its identity.
    """
    _Planned(loaded, names, providers).check()


def check_instances(file: File, missing: Sequence[Finding]) -> None:
    """Report references to instances that do not exist with the values of the text, as warnings.

    Args:
        file: The only file of the module.
        missing: What `TerraformDocument.missing_instances` found.
    """
    known = {(one.start, one.message) for one in file.findings}
    made = [Finding(REFUSED_BY_PLAN, one.message, one.start, one.end) for one in missing]
    file.findings += [one for one in made if (one.start, one.message) not in known]


class _Planned:
    """The modules of one verdict, as a plan sees them."""

    def __init__(self, loaded: list[LoadedModule], names: Mapping[int, ModuleNames], providers: ProviderLookup) -> None:
        self.loaded = loaded
        self.providers = providers
        self._validated = names
        self._names: dict[int, ModuleNames] = {}
        self._outputs: dict[int, Mapping[str, Value]] = {}

    def check(self) -> None:
        for number, one in enumerate(self.loaded):
            if id(one) not in self._validated:
                continue
            known = _depending(self._validated[id(one)].edges)
            if known:
                self._check_module(one, known, is_root=number == 0)

    def _check_module(self, one: LoadedModule, known: set[Node], is_root: bool) -> None:
        kept = [(file, file.findings) for file in one.module.files]
        for file, _ in kept:
            file.findings = []
        checker = ModuleChecker(one.module, self._names_of(one), self.providers, _children(one), is_root)
        if any(kind == "local" for kind, _ in known):
            checker.check_locals()
        for key, resource in one.module.resources.items():
            if ("resource", key) in self._validated[id(one)].edges.get(("resource", key), ()):
                _refuse_itself(resource)
        checker.run_over(_part(one.module, known))
        for file, findings in kept:
            found, file.findings = file.findings, findings
            findings += [Finding(REFUSED_BY_PLAN, each.message, each.start, each.end) for each in found]

    def _names_of(self, one: LoadedModule) -> ModuleNames:
        """Return the names of a module, including its local values, with what a plan knows of them."""
        made = self._names.get(id(one))
        if made is None:
            validated = self._validated[id(one)]
            made = ModuleNames(
                one.module,
                one.path,
                validated.providers,
                validated.outputs,
                validated.directory,
                validated.budget,
                "planned",
                partial(self._outputs_of, one),
            )
            self._names[id(one)] = made
            made.locals.update(validated.locals)
            if any(kind == "local" for kind, _ in _depending(validated.edges)):
                quiet = ModuleChecker(one.module, made, self.providers, {}, is_root=False)
                quiet.quiet = True
                quiet.check_locals()
        return made

    def _outputs_of(self, one: LoadedModule, name: str) -> Mapping[str, Value]:
        """Return the values of the outputs of a module that another one calls."""
        child = one.children[name]
        found = self._outputs.get(id(child))
        if found is None:
            self._outputs[id(child)] = dict.fromkeys(child.module.outputs, ANY)  # for an output that leads back here
            quiet = ModuleChecker(child.module, self._names_of(child), self.providers, {}, is_root=False)
            quiet.quiet = True
            found = self._outputs[id(child)] = {
                output.name: quiet.output_value(output) for output in child.module.outputs.values()
            }
        return found


def _refuse_itself(resource: Resource) -> None:
    """Report a resource whose own arguments refer to it: it would have to exist before it is created."""
    repetition = [one for one in (resource.count, resource.for_each) if one is not None]
    references = chain(references_in_body(resource.config), *map(find_references, repetition))
    for reference in references:
        if resource_of(reference) == resource.key:
            detail = f"Configuration for {resource.address} may not refer to itself."
            refuse(resource.file.findings, reference, REFUSED_BY_PLAN, detail, "Self-referential block")


def _children(one: LoadedModule) -> dict[str, Module]:
    return {name: child.module for name, child in one.children.items() if not child.partial}


def _depending(edges: Mapping[Node, list[Node]]) -> set[Node]:
    """Return what refers to a resource or to a module's outputs, directly or through local values."""
    found = {start for start, ends in edges.items() if any(end[0] in _KNOWN_TO_PLANS for end in ends)}
    waiting = [node for node in found if node[0] == "local"]
    if waiting:
        users: dict[Node, list[Node]] = {}
        for start, ends in edges.items():
            for end in ends:
                if end[0] == "local":
                    users.setdefault(end, []).append(start)
        while waiting:
            for user in users.get(waiting.pop(), ()):
                if user not in found:
                    found.add(user)
                    if user[0] == "local":
                        waiting.append(user)
    return found


def _part(module: Module, known: set[Node]) -> Module:
    """Return the part of a module that is worth evaluating again."""
    part = Module()
    part.resources = {key: one for key, one in module.resources.items() if ("resource", key) in known}
    calls = {node[1] if node[0] != "argument" else node[1][0] for node in known if node[0] in _OF_CALLS}
    part.calls = {name: call for name, call in module.calls.items() if name in calls}
    part.outputs = {name: output for name, output in module.outputs.items() if ("output", name) in known}
    part.checks = {name: check for name, check in module.checks.items() if ("check", name) in known}
    return part


_OF_CALLS = frozenset({"expand", "call", "argument"})
