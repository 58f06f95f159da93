"""Values that a provider accepts in several spellings, reduced to one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from iacrl.domains.quantities import parse_quantity
from iacrl.domains.terraform.intent.two_shapes import SHAPES
from iacrl.domains.terraform.intent.views import Reshaped, Route, Traced

#: Protocols by number: iana.org/assignments/protocol-numbers
_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": "-1"}


def _protocol(value: Any) -> Any:
    text = str(value).lower()
    return _PROTOCOLS.get(text, text) if isinstance(value, str | int) and not isinstance(value, bool) else value


def _cores(value: Any) -> Any:
    amount = parse_quantity(value) if isinstance(value, str | int) else None
    return str(amount) if amount is not None and amount.denominator == 1 else value


def _mebibytes(value: Any) -> Any:
    amount = parse_quantity(value) if isinstance(value, str) else None
    return f"{amount / _MEBI}Mi" if amount and (amount / _MEBI).denominator == 1 else value


def _azure_region(value: Any) -> Any:
    return value.replace(" ", "").lower() if isinstance(value, str) else value


def _google_location(value: Any) -> Any:
    """Return a region or multi-region in its usual spelling: `us-east1`, `EU`."""
    return (value.lower() if "-" in value else value.upper()) if isinstance(value, str) else value


def _network(value: Any) -> Any:
    return value.removeprefix("global/networks/") if isinstance(value, str) else value


def _scope(value: Any) -> Any:
    return value.removeprefix("https://www.googleapis.com/auth/") if isinstance(value, str) else value


def _image(value: Any) -> Any:
    found = _IMAGE.fullmatch(value) if isinstance(value, str) else None
    return value if found is None else f"{found[1]}/{found[2]}"


_IMAGE = re.compile(r"(?:https://www\.googleapis\.com/compute/v1/)?projects/([^/]+)/global/images/(?:family/)?([^/]+)")
_MEBI = 1024**2
_LIMITS = ("template", "*", "containers", "*", "resources", "*", "limits")
#: Arguments with several spellings, by kind and path (`*` is every element), and how to reduce them to one.
_SPELLINGS: Mapping[str, Mapping[tuple[str, ...], Callable[[Any], Any]]] = {
    "aws_security_group": {("ingress", "*", "protocol"): _protocol, ("egress", "*", "protocol"): _protocol},
    "google_compute_firewall": {
        ("network",): _network,
        ("allow", "*", "protocol"): _protocol,
        ("deny", "*", "protocol"): _protocol,
    },
    "google_compute_instance": {
        ("boot_disk", "*", "initialize_params", "*", "image"): _image,
        ("network_interface", "*", "network"): _network,
        ("service_account", "*", "scopes", "*"): _scope,
    },
    "google_storage_bucket": {("location",): _google_location},
    "google_cloud_run_v2_service": {(*_LIMITS, "cpu"): _cores, (*_LIMITS, "memory"): _mebibytes},
}
#: By prefix of the kind.
_PROVIDER_SPELLINGS: Mapping[str, Mapping[tuple[str, ...], Callable[[Any], Any]]] = {
    "azurerm_": {("location",): _azure_region, ("georeplications", "*", "location"): _azure_region},
}
_KINDS = frozenset({*_SPELLINGS, *SHAPES})


def is_respelled(kind: str) -> bool:
    """Return whether resources of this kind have values with several spellings."""
    return kind in _KINDS or kind.startswith(tuple(_PROVIDER_SPELLINGS))


def respelled(entity: Traced) -> Traced:
    """Return an entity with equivalent spellings reduced to one."""
    values = entity.values
    routes: tuple[Route, ...] = ()
    for path, change in _SPELLINGS.get(entity.kind, {}).items():
        values = _changed(values, path, change)
    for start, changes in _PROVIDER_SPELLINGS.items():
        for path, change in changes.items() if entity.kind.startswith(start) else ():
            values = _changed(values, path, change)
    if entity.kind in SHAPES:
        values, routes = SHAPES[entity.kind](values, entity)
    if values == entity.values:
        return entity
    whole, before = (entity.whole, tuple(entity.routes)) if isinstance(entity, Reshaped) else (entity, ())
    return Reshaped(whole, values, before + routes)


def _changed(value: Any, path: tuple[str, ...], change: Callable[[Any], Any]) -> Any:
    """Return a value with the change made at every place of the path."""
    if not path:
        return change(value)
    step, *rest = path
    if step == "*" and isinstance(value, tuple):
        return tuple(_changed(one, tuple(rest), change) for one in value)
    if isinstance(value, Mapping) and step in value:
        return MappingProxyType({**value, step: _changed(value[step], tuple(rest), change)})
    return value


def with_tags(entity: Traced) -> Traced:
    """Return a data source that filters tags by `filter` as one with the equivalent `tags`."""
    filters = entity.values.get("filter")
    if not isinstance(filters, tuple) or "tags" in entity.values or not entity.kind.startswith("aws_"):
        return entity
    tags: dict[str, Any] = {}
    routes: list[Route] = []
    kept = []
    for number, one in enumerate(filters):
        name, wanted = (one.get("name"), one.get("values")) if isinstance(one, Mapping) else (None, None)
        if isinstance(name, str) and name.startswith("tag:") and isinstance(wanted, tuple) and len(wanted) == 1:
            tags[name.removeprefix("tag:")] = wanted[0]
            routes.append(Route(("tags", name.removeprefix("tag:")), entity, ("filter", number, "values", 0)))
        else:
            kept.append(one)
    if not tags:
        return entity
    values = {name: value for name, value in entity.values.items() if name != "filter"} | {
        "tags": MappingProxyType(tags)
    }
    return Reshaped(entity, MappingProxyType(values | ({"filter": tuple(kept)} if kept else {})), tuple(routes))
