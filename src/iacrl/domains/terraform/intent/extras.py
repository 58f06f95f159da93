"""What "nothing else" leaves free in a block: the list `free_settings.json`, and the cases that need code."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from iacrl import nested_json
from iacrl.domains.document import Entity, Expression
from iacrl.domains.free_settings import FreeSettings, Test, read_list
from iacrl.domains.meaning import Extras
from iacrl.domains.paths import find_all
from iacrl.domains.terraform.document.required_versions import is_old_version

#: A data source finds something, and extra arguments only narrow the search. Policy documents are written, not found.
_WRITTEN = ("aws_iam_policy_document",)


def extras_of(entity: Entity) -> Extras:
    """Return the settings that are free even if not asked for."""
    key = entity.kind if entity.category == "resource" else f"{entity.category} {entity.kind}".strip()
    closed = entity.category != "data" or entity.kind in _WRITTEN
    return Extras(partial(_free_settings().is_free, key, entity), closed_lists=closed)


@cache
def _free_settings() -> FreeSettings:
    return FreeSettings(read_list(__package__ or "", "free_settings.json", tests=_TESTS))


def _is_known(value: Any, entity: Entity) -> bool:
    return not isinstance(value, Expression)


def _is_default_provider(value: Any, entity: Entity) -> bool:
    text = value.text if isinstance(value, Expression) else value
    return isinstance(text, str) and text == entity.kind.split("_", 1)[0]


def _is_present_version(value: Any, entity: Entity) -> bool:
    return not is_old_version(entity.name, value)


def _is_open_egress(value: Any, entity: Entity) -> bool:
    """Return whether the group allows all outgoing IPv4 traffic, as AWS does unless Terraform removes its rule."""
    rules = entity.values.get("egress")
    return isinstance(rules, list | tuple) and all(
        isinstance(rule, Mapping)
        and str(rule.get("protocol")) in ("-1", "all")
        and list(rule.get("cidr_blocks") or ()) == ["0.0.0.0/0"]
        for rule in rules
    )


def _is_newest_version(value: Any, entity: Entity) -> bool:
    if isinstance(value, Expression):
        return value.text.endswith((".latest_version", ".default_version"))
    return value in ("$Latest", "$Default")


def _are_same_ports(value: Any, entity: Entity) -> bool:
    """Return whether every container of a task uses the same port on its host, or leaves it open."""
    try:
        containers = nested_json.loads(str(entity.values.get("container_definitions")))
    except (ValueError, RecursionError):
        return False
    return isinstance(containers, list) and all(
        str(port.get("hostPort", 0)) in ("0", str(port.get("containerPort")))
        for _, port in find_all(containers, "[*].portMappings[*]")
        if isinstance(port, Mapping)
    )


_TESTS: Mapping[str, Test] = {
    "newest version": _is_newest_version,
    "same host port": _are_same_ports,
    "known": _is_known,
    "present version": _is_present_version,
    "default provider": _is_default_provider,
    "open egress": _is_open_egress,
}
