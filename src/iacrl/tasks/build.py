"""Building the splits: which generated items go where, and how many of each."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Collection, Iterator

from iacrl.tasks.family import Drawn, Family, all_families
from iacrl.tasks.task import LEVELS, Split, Task

#: The seed of the shipped data.
SEED = 2025

#: Shares of the hash space, in percent. Items that ask for the same have one hash, so no request is in two splits.
_SHARES: tuple[tuple[Split, int], ...] = (("train", 80), ("validation", 10), ("test", 10))

#: How many items of a family are drawn without finding a new one for a split before its pool counts as empty.
_PATIENCE = 500


def split_of(drawn: Drawn) -> Split:
    """Return the split that a generated task belongs to: by the hash of its family and what is asked.

    Two tasks that ask for the same thing are always in the same split, however they are worded.
    """
    place = int.from_bytes(hashlib.sha256(drawn.identity.encode()).digest()[:8], "big") % 100
    for split, share in _SHARES:
        if place < share:
            return split
        place -= share
    raise AssertionError("the shares add up to 100")


def build_split(
    domain: str,
    split: Split,
    rows: int,
    *,
    seed: int = SEED,
    families: Collection[str] = (),
    max_difficulty: int = LEVELS[-1],
) -> list[Task]:
    """Return `rows` tasks of a domain, balanced over levels and families, no two of which say or ask the same.

    Each row is of the level that has the fewest so far, and of the family, among those with that level, that has the
    fewest (of this level, where several have as few). Families that are held out give nothing to `train` and
    `validation`. A level or a family that runs out of new items leaves its share to the others, so fewer rows than
    asked come back only when all have run out.

    Args:
        domain: The domain.
        split: The split, which decides by hash which items belong to it.
        rows: How many tasks are wanted.
        seed: Of the generators.
        families: Only these; all when empty.
        max_difficulty: Leave out harder levels.
    """
    chosen = [
        item
        for item in all_families().values()
        if item.domain == domain
        and not (item.held_out and split != "test")
        and (not families or item.name in families)
        and min(item.levels) <= max_difficulty
    ]
    sources = {
        (level, item.name): _items(item, split, seed, position)
        for item in chosen
        for position, level in enumerate(sorted(item.levels))
        if level <= max_difficulty
    }
    tasks: list[Task] = []
    instructions: set[str] = set()
    of_level: Counter[int] = Counter()
    of_family: Counter[str] = Counter()
    of_both: Counter[tuple[int, str]] = Counter()
    while sources and len(tasks) < rows:
        level, name = min(
            sources, key=lambda source: (of_level[source[0]], of_family[source[1]], of_both[source], source)
        )
        task = next((item for item in sources[level, name] if item.instruction + item.input not in instructions), None)
        if task is None:
            del sources[level, name]
            continue
        instructions.add(task.instruction + task.input)
        of_level[level] += 1
        of_family[name] += 1
        of_both[level, name] += 1
        tasks.append(dataclasses.replace(task, split=split))
    return tasks


def _items(family: Family, split: Split, seed: int, position: int) -> Iterator[Task]:
    """Yield the split's items of the family's level at `position`, each intent once; stop when none is new for long."""
    asked: set[str] = set()
    seen: set[str] = set()
    index, repeated = position, 0
    while repeated < _PATIENCE:
        drawn = family.draw(seed, index)
        task = drawn.task
        index += len(family.levels)
        repeated = repeated + 1 if task.output in seen else 0
        seen.add(task.output)
        if split_of(drawn) != split and not family.held_out:
            continue
        if drawn.identity not in asked:
            asked.add(drawn.identity)
            yield task
