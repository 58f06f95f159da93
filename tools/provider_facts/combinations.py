"""A provider's answers about arguments together: none set, each one alone, all set, and all except those in conflict.

Here an argument that is not set is null, because a provider treats an unknown value as one that may be set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from iacrl.domains.terraform.schema.provider_schema import BlockSchema
from provider_facts.client import Complaint, Provider
from provider_facts.rounds import NONSENSE, is_combination, names_in
from provider_facts.shape import Path, inner_blocks, leaves, valued

#: Types with more arguments than this are only asked about at the first level.
_MAX_ARGUMENTS = 250
#: How many conflicts of one argument to look for: each hides the next.
_MAX_CONFLICTS = 12

#: A complaint with the paths that were set.
Said = tuple[Path, Complaint]


def combinations(provider: Provider, category: str, name: str, block: BlockSchema) -> Iterator[Said]:
    """Yield the provider's complaints with some arguments set and others not."""
    depth = 6 if sum(1 for _ in arguments(block, 6)) <= _MAX_ARGUMENTS else 1
    paths = list(arguments(block, depth))
    bodies = [(), *(path for path in paths if _is_block(block, path))]
    for path, said in zip(
        bodies, provider.ask(category, name, (_setting(block, [one]) for one in bodies)), strict=True
    ):
        yield from ((path, one) for one in said if is_combination(one))
    for path, said in zip(paths, provider.ask(category, name, (_setting(block, [one]) for one in paths)), strict=True):
        yield from ((path, one) for one in said if is_combination(one))
    (said,) = provider.ask(category, name, [_setting(block, paths)])
    for complaint in said:
        if is_combination(complaint):
            yield (), complaint
    for path in {names_in(one.path) for one in said if "conflicts with" in one.detail}:
        yield from _all_conflicts(provider, category, name, block, path, paths)


def _all_conflicts(
    provider: Provider, category: str, name: str, block: BlockSchema, path: Path, paths: list[Path]
) -> Iterator[Said]:
    left = list(paths)
    for _ in range(_MAX_CONFLICTS):
        (said,) = provider.ask(category, name, [_setting(block, left)])
        found = [one for one in said if names_in(one.path) == path and "conflicts with" in one.detail]
        if not found:
            return
        for one in found:
            yield path, one
        others = {tuple(part for part in word.split(".") if not part.isdigit()) for one in found for word in _last(one)}
        left = [one for one in left if not any(one[: len(other)] == other for other in others)]
        if path not in left:
            return


def _last(complaint: Complaint) -> list[str]:
    return [complaint.detail.rpartition("conflicts with ")[2].strip(" .`")]


def arguments(block: BlockSchema, depth: int, path: Path = ()) -> Iterator[Path]:
    """Yield the paths of settable arguments and of blocks."""
    yield from (leaf.path for leaf in leaves(block, 1, path))
    for name, _, body in inner_blocks(block):
        yield (*path, name)
        if depth > 1:
            yield from arguments(body, depth - 1, (*path, name))


def _is_block(block: BlockSchema, path: Path) -> bool:
    for name in path:
        inner = {one: body for one, _, body in inner_blocks(block)}
        if name not in inner:
            return False
        block = inner[name]
    return True


def _setting(block: BlockSchema, paths: Iterable[Path], path: Path = ()) -> dict[str, Any]:
    """Return a configuration in which these arguments and blocks are set and everything else is null or absent."""
    chosen = list(paths)
    here = {one[len(path)] for one in chosen if len(one) > len(path) and one[: len(path)] == path}
    made: dict[str, Any] = dict.fromkeys(block.attributes)
    for leaf in leaves(block, 1):
        if leaf.path[0] in here:
            made[leaf.path[0]] = valued(leaf, NONSENSE.get(leaf.kind))
    for name, nesting, body in inner_blocks(block):
        empty = None if nesting in ("single", "group") or name in block.attributes else {} if nesting == "map" else []
        made[name] = empty
        if name in here:
            element = _setting(body, chosen, (*path, name))
            made[name] = {"list": [element], "set": [element], "map": {"key": element}}.get(nesting, element)
    return made
