"""Which schema a resource is checked against, and which providers could not be checked at all."""

from __future__ import annotations

from iacrl.domains.terraform.schema.block_shapes import BlockShape, ProviderShapes, shapes_of
from iacrl.domains.terraform.schema.packs import find_provider
from iacrl.domains.terraform.structure.module import Module, Resource


class ProviderLookup:
    """The providers' schemas, found once for each verdict.

    Attributes:
        unchecked: What no schema was found for, in words.
    """

    def __init__(self) -> None:
        self.unchecked: set[str] = set()
        self._found: dict[str, ProviderShapes | None] = {}

    def of(self, module: Module, resource: Resource) -> ProviderShapes | None:
        """Return the schemas of a resource's provider, or None where there are none."""
        return self.at(module.provider_address(resource.provider_key[0]))

    def at(self, address: str) -> ProviderShapes | None:
        """Return the schemas of the provider at a full address, or None where there are none."""
        if address not in self._found:
            schema = find_provider(address)
            self._found[address] = None if schema is None else shapes_of(schema)
            if schema is None:
                self.unchecked.add(f"provider {address.removeprefix('registry.terraform.io/')}: no schema")
        return self._found[address]

    def shape_of(self, module: Module, resource: Resource) -> BlockShape | None:
        """Return the shape of a resource, or None where references into it cannot be checked."""
        found = self.of(module, resource)
        return None if found is None else found.find(resource.mode, resource.type)
