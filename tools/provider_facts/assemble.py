"""Turns the conditions and rules of a provider into facts about the types of the pack."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from iacrl.domains.terraform.provider_rules.facts import Condition
from iacrl.domains.terraform.schema.provider_schema import AttributeSchema, BlockSchema
from provider_facts.newest_values import extended
from provider_facts.read_combinations import Rule
from provider_facts.shape import Leaf, Path, inner_blocks


def facts_of_type(
    name: str, newer: BlockSchema, values: Mapping[Leaf, list[Condition]], rules: Iterable[Rule], partial: bool
) -> list[Any] | None:
    """Return the facts of one type, or None if there are none.

    Args:
        name: The type.
        newer: Its body in the pack; what it does not contain is left out.
        values: The conditions by leaf.
        rules: The rules about several arguments together.
        partial: Whether the type judges known values even if others are unknown.
    """
    by_path = {
        ".".join(leaf.path): [_newest(name, condition) for condition in conditions]
        for leaf, conditions in sorted(values.items())
        if conditions and _fits(find(newer, leaf.path), leaf)
    }
    together = [
        [kind, ".".join(argument), [".".join(other) for other in others]]
        for kind, argument, others in sorted(rules)
        if all(_exists(newer, path) for path in (argument, *others)) and not _is_said(kind, newer, argument)
    ]
    return [by_path, together, partial] if by_path or together else None


def _newest(name: str, condition: Condition) -> Condition:
    kind, *arguments = condition
    if kind == "any":
        return [kind, *(_newest(name, one) for one in arguments)]
    return [kind, *extended(name, arguments)] if kind in ("enum", "enum_i") else condition


def find(block: BlockSchema, path: Path) -> AttributeSchema | BlockSchema | None:
    """Return the attribute or block at a path, or None."""
    name = path[0]
    inner = {one: body for one, _, body in inner_blocks(block)}
    if len(path) == 1:
        return block.attributes.get(name) or inner.get(name)
    return find(inner[name], path[1:]) if name in inner else None


def _fits(found: AttributeSchema | BlockSchema | None, leaf: Leaf) -> bool:
    """Return whether the pack has the same argument. If it is inside a described object, it is not found."""
    if not isinstance(found, AttributeSchema) or not found.settable:
        return False
    wanted = leaf.kind if leaf.around == "one" else [leaf.around, leaf.kind]
    return found.type == wanted


def _exists(block: BlockSchema, path: Path) -> bool:
    found = find(block, path)
    return isinstance(found, BlockSchema) or (found is not None and found.settable)


def _is_said(kind: str, block: BlockSchema, path: Path) -> bool:
    """Return whether the schema already requires an argument or a block."""
    if kind != "needed":
        return False
    found = find(block, path)
    outer = block if len(path) == 1 else find(block, path[:-1])
    nested = outer.blocks.get(path[-1]) if isinstance(outer, BlockSchema) else None
    return (isinstance(found, AttributeSchema) and found.required) or (nested is not None and nested.min_items > 0)


#: How types of the plugin framework word their complaints. Those of the older SDK put everything into the summary.
_FRAMEWORK = re.compile(
    r"Invalid (?:Attribute|String|ARN|RFC3339|JSON|IAM|Time|CIDR|IP) ?[\w ]*: |Value Conversion|Configuration Read"
)


def is_of_framework(words: Iterable[str]) -> bool:
    """Return whether complaints have the wording of the plugin framework."""
    return any(_FRAMEWORK.match(one) for one in words)
