"""Builds the splits: which generated items go where, and how many of each."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Collection, Iterator

from iacrl.tasks.family import Drawn, Family, all_families
from iacrl.tasks.task import LEVELS, Split, Task

#: The seed of the shipped data.
SEED = 2025

#: Shares of the hash space, in percent. Items with the same request have the same hash, so they share a split.
_SHARES: tuple[tuple[Split, int], ...] = (("train", 80), ("validation", 10), ("test", 10))

#: A pool counts as empty after this many drawn items of a family without a new one for the split.
_PATIENCE = 500


def split_of(drawn: Drawn) -> Split:
    """Return the split of a generated task, by the hash of its family and its request.

    Two tasks that ask for the same thing are always in the same split, whatever their wording.
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
    """Return `rows` tasks of a domain, balanced over levels and families, without repeated texts or requests.

    Each row is of the level with the fewest rows so far. Among the families with that level, it is of the one with the
    fewest rows; in a tie, with the fewest of this level. Held-out families are not in `train` and `validation`. A level
    or family without new items leaves its share to the others. So there are fewer rows than asked only if all have run
    out.

    Args:
        domain: The domain.
        split: The split; the hash of an item decides whether it belongs to it.
        rows: The number of tasks.
        seed: The generators' seed.
        families: Only these families; if empty, all.
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
    """Yield the split's items of the family's level at `position`, each intent once; stop if none is new for long."""
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
