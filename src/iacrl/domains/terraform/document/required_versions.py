"""Whether the available schemas cover the provider versions that a text requires."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iacrl.domains.terraform.checking.provider_versions import is_of_the_past
from iacrl.domains.terraform.structure.provider_block import provider_address


def asks_for_the_past(settings: Mapping[str, Any]) -> bool:
    """Say whether a `terraform` block requires a provider from long before the available schemas."""
    return any(is_old_version(source, version) for source, version in _required(settings))


def is_old_version(source: str, version: Any) -> bool:
    """Say whether a constraint on a provider allows only versions from long before the available schemas."""
    address = provider_address(source)
    return address is not None and isinstance(version, str) and is_of_the_past(address, version)


def _required(settings: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for block in settings.get("required_providers") or ():
        for name, entry in block.items() if isinstance(block, Mapping) else ():
            if isinstance(entry, Mapping):
                yield str(entry.get("source", name)), entry.get("version")
            else:
                yield name, entry
