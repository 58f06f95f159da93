"""Azure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iacrl.domains.document import Entity
from iacrl.domains.open_networks import from_anywhere, reaches_administration
from iacrl.domains.paths import Steps
from iacrl.domains.security import (
    Observed,
    SecurityCheck,
    argument,
    each_of,
    is_not_false,
    is_not_true,
    is_true,
    items,
    texts,
)


def _rules(entity: Entity) -> Iterator[tuple[Mapping[str, Any], Steps]]:
    if entity.kind == "azurerm_network_security_rule":
        yield entity.values, ()
    else:
        yield from items(entity.values, "security_rule")


def _listed(rule: Mapping[str, Any], one: str, many: str) -> list[str] | None:
    first, rest = texts(rule.get(one)), texts(rule.get(many))
    return None if first is None or rest is None else [*first, *rest]


def _no_open_administration(entity: Entity) -> Iterator[Observed]:
    for rule, steps in _rules(entity):
        if rule.get("direction") != "Inbound" or rule.get("access") != "Allow":
            continue
        is_open = from_anywhere(rule.get("source_address_prefix"), rule.get("source_address_prefixes"))
        reached = reaches_administration(_listed(rule, "destination_port_range", "destination_port_ranges"))
        if is_open is not None and reached is not None:
            yield Observed(not (is_open and reached), steps)


CHECKS = (
    SecurityCheck(
        "SEC301",
        each_of("resource", "azurerm_storage_account"),
        "A storage account takes encrypted connections only",
        "`https_traffic_only_enabled = false` lets keys and data travel in clear.",
        "CIS Microsoft Azure Foundations Benchmark 2.0.0, 3.1",
        argument("https_traffic_only_enabled", is_=is_not_false),
    ),
    SecurityCheck(
        "SEC302",
        each_of("resource", "azurerm_storage_account"),
        "A storage account asks for TLS 1.2 or newer",
        "Older versions can be broken.",
        "CIS Microsoft Azure Foundations Benchmark 2.0.0, 3.15",
        argument("min_tls_version", is_=lambda value: value in (None, "TLS1_2", "TLS1_3")),
    ),
    SecurityCheck(
        "SEC303",
        each_of("resource", "azurerm_storage_account"),
        "No container of a storage account can be made public",
        "Unless this is false, anyone who manages a container can open it to the internet.",
        "CIS Microsoft Azure Foundations Benchmark 2.0.0, 3.7",
        argument("allow_nested_items_to_be_public", is_=lambda value: value in (False, "false")),
    ),
    SecurityCheck(
        "SEC304",
        each_of("resource", "azurerm_network_security_group", "azurerm_network_security_rule"),
        "SSH and RDP are not open to the internet",
        "Bots try ports 22 and 3389 within minutes.",
        "CIS Microsoft Azure Foundations Benchmark 2.0.0, 6.1 and 6.2",
        _no_open_administration,
    ),
    SecurityCheck(
        "SEC305",
        each_of("resource", "azurerm_key_vault"),
        "A key vault cannot be purged at once",
        "Without purge protection a deleted key is gone, and with it all that it encrypts.",
        "CIS Microsoft Azure Foundations Benchmark 2.0.0, 8.5",
        argument("purge_protection_enabled", is_=is_true),
    ),
    SecurityCheck(
        "SEC306",
        each_of("resource", "azurerm_container_registry"),
        "A registry has no admin account",
        "It is one password that everybody shares, so users cannot be distinguished.",
        "Microsoft Learn, Azure Container Registry authentication, Admin account",
        argument("admin_enabled", is_=is_not_true),
    ),
    SecurityCheck(
        "SEC307",
        each_of("resource", "azurerm_linux_web_app", "azurerm_windows_web_app"),
        "A web app redirects to HTTPS",
        "The default answers over HTTP as well.",
        "CIS Microsoft Azure Foundations Benchmark 2.0.0, 9.2",
        argument("https_only", is_=is_true),
    ),
    SecurityCheck(
        "SEC308",
        each_of("resource", "azurerm_kubernetes_cluster"),
        "A cluster authorizes by roles",
        "Without RBAC anyone who can reach the API can do everything, and RBAC cannot be switched on later.",
        "Microsoft Learn, Access and identity options for AKS",
        argument("role_based_access_control_enabled", is_=is_not_false),
    ),
)
