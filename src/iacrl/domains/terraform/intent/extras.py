"""What "nothing else" leaves free in a block: the list `free_settings.json`, and the cases that need code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from iacrl import nested_json
from iacrl.domains.document import Entity, Expression
from iacrl.domains.free_settings import FreeSettings, Test, between, read_list
from iacrl.domains.meaning import Extras
from iacrl.domains.paths import find_all
from iacrl.domains.quantities import parse_quantity
from iacrl.domains.terraform.document.required_versions import is_old_version

#: A data source finds something, and extra arguments only narrow the search. Policy documents are written, not found.
_WRITTEN = ("aws_iam_policy_document",)
#: Of AWS and Google Cloud.
_REGION = re.compile(
    r"(us|eu|ap|sa|ca|me|af|il|mx|cn|asia|africa|australia|europe|northamerica|southamerica)(-[a-z]+)+-?\d{1,2}"
)
_GOOGLE_LABEL = re.compile(r"[a-z0-9_-]{0,63}")
_OF_SECURITY_GROUPS = re.compile(r"[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]{0,255}")
#: Of Kubernetes.
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?")


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


def _spelled(pattern: re.Pattern[str]) -> Test:
    """Return a test for a value that is unknown, or spelled as the provider or the service takes it."""
    return lambda value, entity: isinstance(value, Expression) or pattern.fullmatch(str(value)) is not None


def _is_description(value: Any, entity: Entity) -> bool:
    """Return whether it is none of a security group with characters that EC2 refuses."""
    plain = isinstance(value, str) and entity.kind.startswith("aws_security_group")
    return not plain or _OF_SECURITY_GROUPS.fullmatch(value) is not None


def _selects_its_pods(value: Any, entity: Entity) -> bool:
    """Return whether the pods of the template have every label of the selector; the API server requires it."""
    labels = {
        name: label
        for _, labels in find_all(entity.values, "spec[0].template[0].metadata[0].labels")
        if isinstance(labels, Mapping)
        for name, label in labels.items()
    }
    selectors = [found for _, found in find_all(entity.values, "spec[0].selector[0].match_labels")]
    return all(
        isinstance(wanted, Expression) or str(labels.get(name)) == str(wanted)
        for found in selectors
        if isinstance(found, Mapping)
        for name, wanted in found.items()
    )


def _fits(resource: str, least: str, most: str) -> Test:
    """Return a test for a request or limit of a container: between these, and no request above its limit."""
    in_range = between(least, most)

    def fits(value: Any, entity: Entity) -> bool:
        return in_range(value, entity) and all(
            _is_at_most(request, limit)
            for _, resources in find_all(entity.values, "spec[0].template[0].spec[0].container[*].resources[0]")
            for _, request in find_all(resources, f"requests.{resource}")
            for _, limit in find_all(resources, f"limits.{resource}")
        )

    return fits


def _is_at_most(request: Any, limit: Any) -> bool:
    less, more = (None if isinstance(one, Expression) else parse_quantity(one) for one in (request, limit))
    return less is None or more is None or less <= more


_TESTS: Mapping[str, Test] = {
    "newest version": _is_newest_version,
    "same host port": _are_same_ports,
    "known": _is_known,
    "present version": _is_present_version,
    "default provider": _is_default_provider,
    "open egress": _is_open_egress,
    "description": _is_description,
    "google label": _spelled(_GOOGLE_LABEL),
    "region": _spelled(_REGION),
    "label value": _spelled(_LABEL_VALUE),
    "selects its pods": _selects_its_pods,
    "cpu request": _fits("cpu", "1m", "8"),
    "cpu limit": _fits("cpu", "50m", "64"),
    "memory request": _fits("memory", "1Mi", "16Gi"),
    "memory limit": _fits("memory", "32Mi", "256Gi"),
}
