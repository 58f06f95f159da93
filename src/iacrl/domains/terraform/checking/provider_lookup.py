"""Finds the schema for each resource, and lists the providers that could not be checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iacrl.domains.terraform.checking.provider_versions import constraints_of, schema_for
from iacrl.domains.terraform.findings import Finding
from iacrl.domains.terraform.schema.block_shapes import BlockShape, ProviderShapes, shapes_of
from iacrl.domains.terraform.structure.module import Module, Resource
from iacrl.domains.terraform.structure.version_constraints import allows, allows_some


class ProviderLookup:
    """The providers' schemas, found once for each verdict.

    Args:
        modules: The judged module and those it calls. Their joined constraints on a provider select the version of its
            schema.
        is_module: Whether a module's directory is judged; its versions are those of running code. A single text is an
            answer: a version in it is unchecked only if it cannot exist at all.

    Attributes:
        unchecked: Providers without a schema, in words.
    """

    def __init__(self, modules: Iterable[Module], is_module: bool) -> None:
        self._constraints = constraints_of(modules)
        self._is_module = is_module
        self.unchecked: set[str] = set()
        self._found: dict[str, ProviderShapes | None] = {}
        #: By provider address, if the text excludes the version of the schema: what to add to its findings.
        self.notes: dict[str, str] = {}
        self._excluded: set[str] = set()
        for address in self._constraints:
            # A provider that is required but not used must exist too.
            self.at(address)

    def of(self, module: Module, resource: Resource) -> ProviderShapes | None:
        """Return the schemas of a resource's provider, or None."""
        return self.at(module.provider_address(resource.provider_key[0]))

    def at(self, address: str) -> ProviderShapes | None:
        """Return the schemas of the provider at a full address, or None."""
        if address not in self._found:
            constraint = self._constraints.get(address, "")
            schema = schema_for(address, constraint)
            self._found[address] = None if schema is None else shapes_of(schema)
            if schema is None:
                self.unchecked.add(f"provider {_short(address)}: no schema")
            elif not allows(constraint, schema.version):
                self._note(address, constraint, schema.version)
        return self._found[address]

    def shape_of(self, module: Module, resource: Resource) -> BlockShape | None:
        """Return the shape of a resource, or None if references into it cannot be checked."""
        found = self.of(module, resource)
        return None if found is None else found.find(resource.mode, resource.type)

    def _note(self, address: str, constraint: str, version: str) -> None:
        words = f'the module asks for "{constraint}", judged by {version}'
        self.notes[address] = f" This may come from the provider's version: {words}."
        if self._is_module or not allows_some(constraint, version):
            self._excluded.add(address)
            self.unchecked.add(f"provider {_short(address)}: {words}")

    def annotate(self, address: str, findings: list[Finding], layer: str = "schema") -> None:
        """Add the schema's version to findings from a schema whose version the text excludes."""
        note = self.notes.get(address)
        if note is not None:
            for finding in findings:
                if finding.rule.layer == layer:
                    finding.detail += note

    def unjudged(self, module: Module, followed: dict[str, Module]) -> Iterator[str]:
        """Yield the addresses of what could not be judged in a module, as a document writes them.

        Args:
            module: The module.
            followed: The modules that it calls and that could be read, by call.
        """
        for resource in module.resources.values():
            address = module.provider_address(resource.provider_key[0])
            found = self.at(address)
            if found is None or address in self._excluded or found.find(resource.mode, resource.type) is None:
                yield resource.address
        for name, _ in module.providers:
            address = module.provider_address(name)
            if self.at(address) is None or address in self._excluded:
                yield f"provider.{name}"
        yield from (f"module.{name}" for name in module.calls if name not in followed)


def _short(address: str) -> str:
    return address.removeprefix("registry.terraform.io/")
