"""Values that a provider reads in several spellings, as one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from iacrl.domains.terraform.intent.views import Reshaped, Route, Traced

#: Protocols by number: iana.org/assignments/protocol-numbers
_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": "-1"}


def _protocol(value: Any) -> Any:
    text = str(value).lower()
    return _PROTOCOLS.get(text, text) if isinstance(value, str | int) and not isinstance(value, bool) else value


def _capital(value: Any) -> Any:
    return value.capitalize() if isinstance(value, str) else value


#: Arguments of blocks that are read in any spelling, by kind and block, and their one spelling.
_IN_BLOCKS: Mapping[str, Mapping[str, Mapping[str, Callable[[Any], Any]]]] = {
    "aws_security_group": {"ingress": {"protocol": _protocol}, "egress": {"protocol": _protocol}},
    "google_compute_firewall": {"allow": {"protocol": _protocol}, "deny": {"protocol": _protocol}},
    "azurerm_network_security_group": {
        "security_rule": {"protocol": _capital, "direction": _capital, "access": _capital}
    },
}
KINDS = frozenset({*_IN_BLOCKS, "aws_lb"})


def respelled(entity: Traced) -> Traced:
    """Return an entity with the spellings that its provider treats alike as one."""
    values = dict(entity.values)
    routes: tuple[Route, ...] = ()
    for block, arguments in _IN_BLOCKS.get(entity.kind, {}).items():
        if isinstance(values.get(block), tuple):
            values[block] = tuple(_in_block(one, arguments) for one in values[block])
    if entity.kind == "aws_lb" and "subnets" not in values:
        routes = _subnets(values, entity)
    if values == entity.values:
        return entity
    whole, before = (entity.whole, tuple(entity.routes)) if isinstance(entity, Reshaped) else (entity, ())
    return Reshaped(whole, MappingProxyType(values), before + routes)


def _in_block(block: Any, arguments: Mapping[str, Callable[[Any], Any]]) -> Any:
    if not isinstance(block, Mapping) or not arguments.keys() & block.keys():
        return block
    return MappingProxyType({name: arguments.get(name, _same)(value) for name, value in block.items()})


def _same(value: Any) -> Any:
    return value


def _subnets(values: dict[str, Any], entity: Traced) -> tuple[Route, ...]:
    """Write mappings of subnets that map nothing else as `subnets`, which says the same."""
    mappings = values.get("subnet_mapping")
    if not isinstance(mappings, tuple) or not all(
        isinstance(one, Mapping) and set(one) == {"subnet_id"} for one in mappings
    ):
        return ()
    values["subnets"] = tuple(one["subnet_id"] for one in mappings)
    del values["subnet_mapping"]
    return tuple(
        Route(("subnets", number), entity, ("subnet_mapping", number, "subnet_id")) for number in range(len(mappings))
    )


def with_tags(entity: Traced) -> Traced:
    """Return a data source that looks for tags by `filter` as one that does by `tags`, which says the same."""
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
