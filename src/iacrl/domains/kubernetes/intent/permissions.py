"""The rules of a role by what they permit: equal permissions are equal, however many rules give them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

_FIELDS = {"apiGroups", "resources", "verbs"}
#: More permissions than any role has. Three lists of 3,000 names each would give 27 thousand million.
_MOST = 20_000


def grouped(rules: Any) -> Any:
    """Return the rules merged by API group and set of verbs, in order of first appearance.

    Rules about named objects or about URLs stay as they are, and so do all rules if they give too many permissions.
    """
    if not isinstance(rules, tuple):
        return rules
    if sum(math.prod(len(rule[key]) for key in _FIELDS) for rule in rules if _is_plain(rule)) > _MOST:
        return rules
    verbs_of: dict[tuple[str, str], dict[str, None]] = {}
    others = []
    for rule in rules:
        if not _is_plain(rule):
            others.append(rule)
            continue
        for group, resource in _pairs(rule):
            verbs_of.setdefault((group, resource), {}).update(dict.fromkeys(rule["verbs"]))
    resources_of: dict[tuple[str, frozenset[str]], dict[str, None]] = {}
    for (group, resource), verbs in verbs_of.items():
        resources_of.setdefault((group, frozenset(verbs)), {})[resource] = None
    new = [
        {"apiGroups": (group,), "resources": (*resources,), "verbs": (*verbs_of[group, next(iter(resources))],)}
        for (group, _), resources in resources_of.items()
    ]
    return (*new, *others)


def _is_plain(rule: Any) -> bool:
    return isinstance(rule, Mapping) and rule.keys() == _FIELDS and all(isinstance(rule[key], tuple) for key in _FIELDS)


def _pairs(rule: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for group in rule["apiGroups"]:
        for resource in rule["resources"]:
            yield group, resource
