"""Selects the version of a provider's schema for a module: the newest available one that its constraints allow."""

from __future__ import annotations

from collections.abc import Iterable

from iacrl.domains.terraform.schema.packs import find_provider, past_versions
from iacrl.domains.terraform.schema.provider_schema import ProviderSchema
from iacrl.domains.terraform.structure.module import Module
from iacrl.domains.terraform.structure.version_constraints import allows, allows_some


def constraints_of(modules: Iterable[Module]) -> dict[str, str]:
    """Return the modules' constraints on each provider, by full address; empty if they give no version.

    All modules of a configuration share one version of a provider, so their constraints are joined.
    """
    found: dict[str, dict[str, None]] = {}
    for module in modules:
        for requirement in (module.required or {}).values():
            found.setdefault(requirement.address, {})[requirement.constraint or ""] = None
        for provider in module.providers.values():
            if provider.constraint is not None:
                found.setdefault(module.provider_address(provider.key[0]), {})[provider.constraint] = None
    return {address: ", ".join(filter(None, constraints)) for address, constraints in found.items()}


def is_of_the_past(address: str, constraint: str) -> bool:
    """Say whether a constraint allows only versions that the available schemas say little about.

    These are versions at least two major versions older than the oldest schema.
    """
    newest = find_provider(address)
    if newest is None:
        return False
    oldest = min([newest, *past_versions(newest.address)], key=lambda schema: _major(schema.version))
    return not allows_some(constraint, newest.version, max(_major(oldest.version) - 1, 0))


def _major(version: str) -> int:
    return int(version.partition(".")[0] or 0)


def schema_for(address: str, constraint: str) -> ProviderSchema | None:
    """Return the schema of the newest version that a constraint allows, or None if no pack covers the provider.

    If the constraint allows none of the available versions, the oldest one is used whose major version is not older
    than all allowed ones. For example, `~> 5.1.0` is judged by the last 5, not by 6.

    Args:
        address: A full source address.
        constraint: For example `>= 4.0, < 6.0`; an empty one allows all.

    Raises:
        UserError: A pack is damaged.
    """
    newest = find_provider(address)
    if newest is None or not constraint or allows(constraint, newest.version):
        return newest
    past = past_versions(newest.address)
    allowed = [schema for schema in past if allows(constraint, schema.version)]
    near = [schema for schema in reversed(past) if allows_some(constraint, schema.version)]
    return next(iter(allowed + near), newest)
