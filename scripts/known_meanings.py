"""Arguments whose names say what they hold, for providers that no binary was asked of.

Each entry is certain by the argument's documentation. Still, a finding is a warning: no program confirmed it.
"""

from __future__ import annotations

import re
from typing import Any

_GOOGLE = ("google", "google-beta")
#: Providers, a pattern for the type, one for the dotted path of the argument, and the name of a form.
_FORMS: tuple[tuple[tuple[str, ...], str, str, str], ...] = (
    (_GOOGLE, r"google_compute_subnetwork", r"(?:secondary_ip_range\.)?ip_cidr_range", "network"),
    (_GOOGLE, r"google_vpc_access_connector", r"ip_cidr_range", "network"),
    (_GOOGLE, r"google_container_cluster", r"private_cluster_config\.master_ipv4_cidr_block", "network"),
    (_GOOGLE, r"google_bigquery_table", r"schema", "json_or_empty"),
    (_GOOGLE, r"google_\w+_iam_policy", r"policy_data", "json"),
    (("azurerm", *_GOOGLE), r"\w+", r"(?:.*\.)?\w+_json", "json_or_empty"),
    (("azurerm",), r"azurerm_(?:virtual_network|local_network_gateway)", r"address_space", "network"),
    (("azurerm",), r"azurerm_subnet", r"address_prefixes", "network"),
    (("azurerm",), r"azurerm_policy_(?:set_)?definition", r"policy_rule|metadata|parameters", "json_or_empty"),
    (("azurerm",), r"azurerm_\w+_policy_assignment", r"metadata|parameters", "json_or_empty"),
    (("azurerm",), r"azurerm_\w+_template_deployment", r"(?:template|parameters)_content", "json_or_empty"),
    (("azurerm",), r"azurerm_key_vault_(?:secret|key)", r"(?:expiration|not_before)_date", "rfc3339"),
    (("azurerm",), r"azurerm_key_vault(?:_access_policy)?", r"tenant_id", "uuid"),
    (("time",), r"time_\w+", r"(?:base_|rotation_)?rfc3339", "rfc3339"),
)
#: Numbers that count things: a fraction makes no sense.
_COUNTED = re.compile(r"(?:.*\.)?(?:\w+_)?(?:port|count|replicas)")
_COUNTED_BY = ("azurerm", "github", *_GOOGLE)
_TEXTS = ("string", ["list", "string"], ["set", "string"])


def conditions_of(provider: str, name: str, path: str, type_: Any) -> list[list[Any]]:
    """Return what is certain about the argument of a type at a dotted path."""
    if type_ == "number":
        return [["described", ["whole"]]] if provider in _COUNTED_BY and _COUNTED.fullmatch(path) else []
    for providers, kind, argument, form in _FORMS:
        if provider in providers and type_ in _TEXTS and re.fullmatch(kind, name) and re.fullmatch(argument, path):
            return [["described", ["form", form]]]
    return []
