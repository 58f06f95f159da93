"""Building the splits: which generated items go where, and how many of each."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Collection, Iterator

from iacrl.tasks.family import Family, all_families
from iacrl.tasks.task import LEVELS, Split, Task
from iacrl.validators.verdict import Domain

#: The seed of the shipped data.
SEED = 2025

#: Shares of the hash space, in percent. Items of one hash have the same intent, so no intent is in two splits.
_SHARES: tuple[tuple[Split, int], ...] = (("train", 80), ("validation", 10), ("test", 10))

#: How many items of a family are drawn without finding a new one for a split before its pool counts as empty.
_PATIENCE = 500


def split_of(task: Task) -> Split:
    """Return the split that a generated task belongs to: by the hash of its family and intent.

    Two tasks that ask for the same thing are always in the same split, however they are worded.
    """
    asked = json.dumps([task.family, task.intent.to_json() if task.intent else None], sort_keys=True)
    place = int.from_bytes(hashlib.sha256(asked.encode()).digest()[:8], "big") % 100
    for split, share in _SHARES:
        if place < share:
            return split
        place -= share
    raise AssertionError("the shares add up to 100")


def build_split(
    domain: Domain,
    split: Split,
    rows: int,
    *,
    seed: int = SEED,
    families: Collection[str] = (),
    max_difficulty: int = LEVELS[-1],
) -> list[Task]:
    """Return `rows` tasks of a domain, balanced over its families, no two of which say or ask the same.

    Families that are held out give nothing to `train` and `validation`. A family that runs out of new items leaves
    its share to the others, so fewer rows than asked come back only when all have run out.

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
    sources = [_items(item, split, seed, max_difficulty) for item in chosen]
    tasks: list[Task] = []
    instructions: set[str] = set()
    while sources and len(tasks) < rows:
        for source in list(sources):
            task = next((item for item in source if item.instruction + item.input not in instructions), None)
            if task is None:
                sources.remove(source)
            elif len(tasks) < rows:
                instructions.add(task.instruction + task.input)
                tasks.append(dataclasses.replace(task, split=split))
    return tasks


def _items(family: Family, split: Split, seed: int, max_difficulty: int) -> Iterator[Task]:
    """Yield the family's items of one split, its levels in turn, each intent once; stop when none is new for long."""
    asked: set[str] = set()
    per_level = {
        level: _level_items(family, split, seed, position)
        for position, level in enumerate(sorted(family.levels))
        if level <= max_difficulty
    }
    while per_level:
        for level, items in list(per_level.items()):
            for task in items:
                intent = json.dumps(task.intent.to_json() if task.intent else None, sort_keys=True)
                if intent not in asked:
                    asked.add(intent)
                    yield task
                    break
            else:
                del per_level[level]


def _level_items(family: Family, split: Split, seed: int, position: int) -> Iterator[Task]:
    """Yield the items of one level that fall into the split, until `_PATIENCE` items in a row repeat an earlier one."""
    seen: set[str] = set()
    index, repeated = position, 0
    while repeated < _PATIENCE:
        task = family.task(seed, index)
        index += len(family.levels)
        repeated = repeated + 1 if task.output in seen else 0
        seen.add(task.output)
        if split_of(task) == split or family.held_out:
            yield task
