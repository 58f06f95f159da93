"""Which leaves of a type can be asked about at once.

If a provider finds two arguments in conflict, it says nothing more about them. It also does not say which element of a
set it means. Such leaves are asked about in turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from iacrl.domains.terraform.schema.provider_schema import BlockSchema
from provider_facts.client import Complaint, Provider
from provider_facts.shape import Leaf, Path, configuration, valued

#: A value that suits no argument in particular, by the kind of the leaf.
NONSENSE = {"string": "a b!c", "number": 1, "bool": True}
COMBINATION = re.compile(
    r"Conflicting configuration arguments|Invalid combination of arguments|Invalid Attribute Combination"
    r"|Missing required argument|cannot be specified|can(?:not|'t) be configured together|must be specified"
    r"|attribute.*(?:requires|conflict)|Required Attribute",
    re.IGNORECASE,
)
_MAX_ROUNDS = 40


def names_in(path: Iterable[str | int]) -> Path:
    """Return the names in a path, without indexes and keys."""
    return tuple(step for step in path if isinstance(step, str))


def is_combination(complaint: Complaint) -> bool:
    """Return whether a complaint is about several arguments, not about the value of one."""
    return COMBINATION.search(complaint.words) is not None


def rounds_of(
    provider: Provider, category: str, name: str, block: BlockSchema, leaves: list[Leaf]
) -> Iterator[list[Leaf]]:
    """Yield groups of leaves that can be asked about at once; together they contain all the leaves."""
    waiting = [group for group in _by_turn(leaves) if group]
    made = 0
    while waiting and made < _MAX_ROUNDS:
        group = waiting.pop(0)
        deferred: list[Leaf] = []
        while group:
            given = {leaf.path: valued(leaf, NONSENSE.get(leaf.kind)) for leaf in group}
            (complaints,) = provider.ask(category, name, [configuration(block, given)])
            out = _in_conflict(complaints, group)
            if not out:
                break
            if len(out) == len(group):  # all of them are in conflict with each other
                out = set(group[1:])
                if not out:
                    break
            deferred += [leaf for leaf in group if leaf in out]
            group = [leaf for leaf in group if leaf not in out]
        made += 1
        if deferred:
            waiting.append(deferred)
        yield group


def _by_turn(leaves: list[Leaf]) -> list[list[Leaf]]:
    """Split leaves into groups without two leaves under the same set."""
    turns: list[list[Leaf]] = [[leaf for leaf in leaves if leaf.sets is None]]
    taken: dict[Path, int] = {}
    for leaf in leaves:
        if leaf.sets is not None:
            turn = taken.get(leaf.sets, 0)
            taken[leaf.sets] = turn + 1
            while len(turns) <= turn:
                turns.append([])
            turns[turn].append(leaf)
    return turns


def _in_conflict(complaints: list[Complaint], group: list[Leaf]) -> set[Leaf]:
    """Return the leaves of one side of each conflict."""
    out: set[Leaf] = set()
    kept: set[Path] = set()
    for complaint in complaints:
        if not is_combination(complaint):
            continue
        path = names_in(complaint.path)
        about = {leaf for leaf in group if leaf.path[: len(path)] == path}
        others = {leaf.path for leaf in group if leaf not in about and _is_named(leaf, complaint)}
        if about and path not in kept:
            out |= about
            kept |= {other for other in others if not any(leaf.path == other for leaf in out)}
    return out


def _is_named(leaf: Leaf, complaint: Complaint) -> bool:
    dotted = ".0.".join(leaf.path)
    return any(dotted == word or dotted.startswith(f"{word}.") for word in re.findall(r"[\w.]+", complaint.words))
