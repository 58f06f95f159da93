"""Which schema a resource is checked against, and which providers could not be checked at all."""

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
        modules: The module that is judged and those that it calls. What all of them require of a provider decides which
            version of its schema is used.
        is_module: Whether a module's directory is judged, whose versions are those of the code that runs. A single text
            is an answer: a version in it is unchecked only where it can exist nowhere.

    Attributes:
        unchecked: What no schema was found for, in words.
    """

    def __init__(self, modules: Iterable[Module], is_module: bool) -> None:
        self._constraints = constraints_of(modules)
        self._is_module = is_module
        self.unchecked: set[str] = set()
        self._found: dict[str, ProviderShapes | None] = {}
        #: By address of a provider whose schema is of a version that the text excludes: what to say of its findings.
        self.notes: dict[str, str] = {}
        self._excluded: set[str] = set()
        for address in self._constraints:
            # A provider that is required and not used must be there too.
            self.at(address)

    def of(self, module: Module, resource: Resource) -> ProviderShapes | None:
        """Return the schemas of a resource's provider, or None where there are none."""
        return self.at(module.provider_address(resource.provider_key[0]))

    def at(self, address: str) -> ProviderShapes | None:
        """Return the schemas of the provider at a full address, or None where there are none."""
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
        """Return the shape of a resource, or None where references into it cannot be checked."""
        found = self.of(module, resource)
        return None if found is None else found.find(resource.mode, resource.type)

    def _note(self, address: str, constraint: str, version: str) -> None:
        words = f'the module asks for "{constraint}", judged by {version}'
        self.notes[address] = f" This may come from the provider's version: {words}."
        if self._is_module or not allows_some(constraint, version):
            self._excluded.add(address)
            self.unchecked.add(f"provider {_short(address)}: {words}")

    def annotate(self, address: str, findings: list[Finding], layer: str = "schema") -> None:
        """Say of findings that rest on a provider's schema that the text excludes the version of that schema."""
        note = self.notes.get(address)
        if note is not None:
            for finding in findings:
                if finding.rule.layer == layer:
                    finding.detail += note

    def unjudged(self, module: Module, followed: dict[str, Module]) -> Iterator[str]:
        """Yield the addresses, as a document has them, of what could not be judged in a module.

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
