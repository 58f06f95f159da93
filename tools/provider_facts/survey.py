"""The first look at a type: which of its leaves a provider complains about, and how."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from iacrl.domains.terraform.schema.provider_schema import BlockSchema
from provider_facts.client import Complaint, Provider
from provider_facts.rounds import is_combination, names_in, rounds_of
from provider_facts.shape import Leaf, Path, configuration, leaves, valued

#: Texts that some validator refuses: empty, nonsense, long, a digit, capitals, non-ASCII, marks at the edges and in a
#: row, and beginnings that a service reserves.
STRINGS: Sequence[str] = (
    *("a b!c", "", "a" * 20_000, "1", "A", "é\n", "-", "a-", "a--b", "a.b", "a_b"),
    *("sg-1", "aws", "AWS", "default", "none"),
)
NUMBERS: Sequence[float] = (1, -1_000_000_000, -1, 0, 2_147_483_647)
#: Asked about again without the leaves that complained: newer resources say nothing about the rest after a complaint.
FRACTION = 1.5
#: If there are more leaves than this, use a smaller depth: deeper levels are repetitions in these providers.
MAX_LEAVES = 400

_DOTTED = re.compile(r"[A-Za-z_][\w.]*\w")

#: What was said about each leaf, by value.
Answers = dict[Leaf, dict[Any, list[str]]]


def leaves_of(block: BlockSchema) -> list[Leaf]:
    """Return the leaves that are asked about."""
    for depth in range(9, 1, -1):
        found = list(leaves(block, depth))
        if len(found) <= MAX_LEAVES:
            return found
    return list(leaves(block, 1))


def put(
    provider: Provider, category: str, name: str, block: BlockSchema, values: Mapping[Leaf, Sequence[Any]]
) -> Answers:
    """Ask about leaves that can be asked about at once, one value after the other."""
    count = max(map(len, values.values()), default=0)
    given = [{leaf: one[number] for leaf, one in values.items() if number < len(one)} for number in range(count)]
    asked = (configuration(block, {leaf.path: valued(leaf, value) for leaf, value in part.items()}) for part in given)
    said: Answers = {leaf: {} for leaf in values}
    for part, complaints in zip(given, provider.ask(category, name, asked), strict=True):
        by_leaf = _by_leaf(complaints, part)
        for leaf, value in part.items():
            said[leaf][value] = by_leaf.get(leaf, [])
    return said


def _by_leaf(complaints: Iterable[Complaint], asked: Iterable[Leaf]) -> dict[Leaf, list[str]]:
    found: dict[Leaf, list[str]] = defaultdict(list)
    paths = {leaf.path: leaf for leaf in asked}
    for complaint in complaints:
        path = _meant(complaint, paths)
        about = [paths[path]] if path in paths else [leaf for leaf in paths.values() if leaf.path[: len(path)] == path]
        if not about and complaint.path and isinstance(complaint.path[-1], str):
            # The elements of a map, whose keys are strings too.
            about = [paths[path[:-1]]] if path[:-1] in paths else []
        if len(about) == 1 and path and not is_combination(complaint) and complaint.words not in found[about[0]]:
            found[about[0]].append(complaint.words)
    return found


def _meant(complaint: Complaint, asked: Iterable[Path]) -> Path:
    """Return the path that a complaint is about.

    The older SDK shares the memory of paths between siblings. Inside blocks the last step may belong to another
    argument. The words of the complaint contain the right one, by its full path or by its last name.
    """
    path: Path = names_in(complaint.path)
    siblings = [one for one in asked if len(one) > 1 and one[:-1] == path[:-1]]
    for word in _DOTTED.findall(complaint.words) if siblings else ():
        named = tuple(part for part in word.split(".") if not part.isdigit())
        for one in siblings:
            if named == one or named == one[-1:]:
                return one
    return path


def survey(provider: Provider, category: str, name: str, block: BlockSchema) -> Answers:
    """Return the leaves for which the provider refuses some value, with what it said."""
    said: Answers = {}
    for group in rounds_of(provider, category, name, block, leaves_of(block)):
        answers = put(provider, category, name, block, {leaf: STRINGS for leaf in group if leaf.kind == "string"})
        numbers = [leaf for leaf in group if leaf.kind == "number"]
        answers |= put(provider, category, name, block, dict.fromkeys(numbers, NUMBERS))
        for leaf, words in _fractions(provider, category, name, block, numbers).items():
            answers[leaf][FRACTION] = words
        said |= {leaf: by_value for leaf, by_value in answers.items() if any(by_value.values())}
    return said


def _fractions(
    provider: Provider, category: str, name: str, block: BlockSchema, numbers: Sequence[Leaf]
) -> dict[Leaf, list[str]]:
    said: dict[Leaf, list[str]] = {}
    while left := [leaf for leaf in numbers if leaf not in said]:
        heard = {
            leaf: words[FRACTION]
            for leaf, words in put(provider, category, name, block, {leaf: [FRACTION] for leaf in left}).items()
        }
        complained = {leaf: words for leaf, words in heard.items() if words}
        said |= complained or heard
    return said
