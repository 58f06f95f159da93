"""Reduces two shapes of the same setting to one: a list of one and a single value, or a block and an argument."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from iacrl.domains.terraform.intent.views import Route, Traced

#: The values in the chosen shape, and the origins of moved ones.
Shaped = tuple[Mapping[str, Any], tuple[Route, ...]]
#: By argument of an Azure security rule: the argument for several values.
_PLURALS = {
    f"{side}_{single}": f"{side}_{several}"
    for side in ("source", "destination")
    for single, several in (("port_range", "port_ranges"), ("address_prefix", "address_prefixes"))
}


def _with_subnets(values: Mapping[str, Any], entity: Traced) -> tuple[Mapping[str, Any], tuple[Route, ...]]:
    """Write subnet mappings that map nothing else as the equivalent `subnets`."""
    if "subnets" in values:
        return values, ()
    mappings = values.get("subnet_mapping")
    if not isinstance(mappings, tuple) or not all(
        isinstance(one, Mapping) and set(one) == {"subnet_id"} for one in mappings
    ):
        return values, ()
    others = {name: value for name, value in values.items() if name != "subnet_mapping"}
    subnets = tuple(one["subnet_id"] for one in mappings)
    routes = (Route(("subnets", n), entity, ("subnet_mapping", n, "subnet_id")) for n in range(len(mappings)))
    return MappingProxyType({**others, "subnets": subnets}), tuple(routes)


def _with_single_ranges(values: Mapping[str, Any], entity: Traced) -> Shaped:
    """Write lists of one port range or prefix as the argument for one."""

    def single(rule: Mapping[str, Any], number: int) -> tuple[Mapping[str, Any], list[Route]]:
        made, routes = dict(rule), []
        for one, several in _PLURALS.items():
            listed = rule.get(several)
            if isinstance(listed, tuple) and len(listed) == 1 and one not in rule:
                made[one] = listed[0]
                del made[several]
                here, there = ("security_rule", number, one), ("security_rule", number, several, 0)
                routes.append(Route(here, entity, there))
        return made, routes

    return _each_block(values, "security_rule", single)


def _with_target(values: Mapping[str, Any], entity: Traced) -> Shaped:
    """Write a `forward` block with only one target group as `target_group_arn`."""

    def direct(action: Mapping[str, Any], number: int) -> tuple[Mapping[str, Any], list[Route]]:
        match action.get("forward"):
            case ({"target_group": ({"arn": arn, **more},), **others},) if not others and not more.keys() - {"weight"}:
                if "target_group_arn" not in action:
                    made = {name: value for name, value in action.items() if name != "forward"}
                    there = ("default_action", number, "forward", 0, "target_group", 0, "arn")
                    routes = [Route(("default_action", number, "target_group_arn"), entity, there)]
                    return {**made, "target_group_arn": arn}, routes
        return action, []

    return _each_block(values, "default_action", direct)


def _with_value(values: Mapping[str, Any], entity: Traced) -> Shaped:
    """Write the insecure value of a parameter that is not secret as `value`; the parameter is the same."""
    if "value" in values or "insecure_value" not in values or values.get("type") not in ("String", "StringList"):
        return values, ()
    others = {name: value for name, value in values.items() if name != "insecure_value"}
    routes = (Route(("value",), entity, ("insecure_value",)),)
    return MappingProxyType({**others, "value": values["insecure_value"]}), routes


def _each_block(
    values: Mapping[str, Any],
    name: str,
    change: Callable[[Mapping[str, Any], int], tuple[Mapping[str, Any], list[Route]]],
) -> Shaped:
    blocks = values.get(name)
    if not isinstance(blocks, tuple) or not all(isinstance(block, Mapping) for block in blocks):
        return values, ()
    changed = [change(block, number) for number, block in enumerate(blocks)]
    routes = tuple(route for _, found in changed for route in found)
    if not routes:
        return values, ()
    shaped = tuple(MappingProxyType(dict(block)) for block, _ in changed)
    return MappingProxyType({**values, name: shaped}), routes


#: By kind of resource.
SHAPES: Mapping[str, Callable[[Mapping[str, Any], Traced], Shaped]] = {
    "aws_lb": _with_subnets,
    "aws_lb_listener": _with_target,
    "aws_ssm_parameter": _with_value,
    "azurerm_network_security_group": _with_single_ranges,
}
