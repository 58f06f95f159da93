"""Task families: seeded generators, found by name.

A family is one file in `iacrl/tasks/families/DOMAIN`, or in the `families` package of an installed domain. Its function
draws one item and returns the request, the gold answer and the intent:

    @family("terraform", levels={1: "name and delay", 2: "and a retention"})
    def aws_sqs_queue(draw: Draw, level: int) -> Item:
        ...

The function's name is the family's, and the file's.
"""

from __future__ import annotations

import json
import pkgutil
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple

from iacrl.domains.registry import all_domains
from iacrl.errors import UserError, did_you_mean
from iacrl.intent.language import Intent
from iacrl.tasks.draw import Draw
from iacrl.tasks.task import LEVELS, Task
from iacrl.tasks.wording import Ask, put_into_words

__all__ = ["TASK_ID", "Draw", "Drawn", "Family", "Item", "all_families", "family", "find_family", "find_task"]


@dataclass(frozen=True, slots=True)
class Item:
    """What a family's function returns.

    Attributes:
        ask: The request.
        gold: The gold answer.
        intent: The part of the request that a program can check.
        given: The text that the request works on; empty for most.
        said: The intent without implied clauses. It distinguishes items and decides their split, so an implied clause
            does not move an item. If None, the whole intent.
    """

    ask: Ask
    gold: str
    intent: Mapping[str, Any]
    given: str = ""
    said: Mapping[str, Any] | None = None


class Drawn(NamedTuple):
    """An item as a task, and its key among the items of its family."""

    task: Task
    identity: str


@dataclass(frozen=True, slots=True)
class Family:
    """A seeded source of tasks.

    Attributes:
        name: Its name, which is also the name of its file.
        domain: The domain whose validator judges its tasks.
        levels: What each difficulty level asks for, in words.
        generate: Draws one item of a level.
        summary: The first line of the file's docstring.
        held_out: Never used for training: its tasks show what carries over to the unseen.
    """

    name: str
    domain: str
    levels: Mapping[int, str]
    generate: Callable[[Draw, int], Item]
    summary: str
    held_out: bool = False

    def task(self, seed: int, index: int) -> Task:
        """Return item `index`. It depends only on the seed and the index; levels take turns."""
        return self.draw(seed, index).task

    def draw(self, seed: int, index: int) -> Drawn:
        """Return item `index` with its key: the family and the content of the request, not its wording."""
        rng = random.Random(f"{seed}:{self.name}:{index}")
        level = sorted(self.levels)[index % len(self.levels)]
        item = self.generate(Draw(rng), level)
        task = Task(
            instruction=put_into_words(item.ask, self.domain, rng),
            input=item.given,
            output=item.gold,
            domain=self.domain,
            id=f"{self.name}-{seed}-{index}",
            family=self.name,
            difficulty=level,
            seed=seed,
            intent=Intent.from_json(item.intent, self.domain),
        )
        said = item.intent if item.said is None else item.said
        return Drawn(task, json.dumps([self.name, said], sort_keys=True))


#: The id of a generated task: its family, seed and index. Python reads no number of thousands of digits.
TASK_ID = re.compile(r"(?P<family>.+)-(?P<seed>-?\d{1,99})-(?P<index>\d{1,99})", re.ASCII)
_FAMILIES: dict[str, Family] = {}


def family(
    domain: str, *, levels: Mapping[int, str], held_out: bool = False
) -> Callable[[Callable[[Draw, int], Item]], Callable[[Draw, int], Item]]:
    """Register the decorated function as a family.

    Args:
        domain: The domain whose validator judges its tasks.
        levels: For each difficulty level it has (1 to 5), what that level asks for.
        held_out: Keep it out of training.
    """

    def register(generate: Callable[[Draw, int], Item]) -> Callable[[Draw, int], Item]:
        name = generate.__name__
        if not levels or not set(levels) <= set(LEVELS):
            raise ValueError(f"family {name}: levels must be some of {LEVELS}")
        if name in _FAMILIES and _FAMILIES[name].generate.__module__ != generate.__module__:
            raise ValueError(f"family {name}: {_FAMILIES[name].generate.__module__} has that name already")
        doc = (import_module(generate.__module__).__doc__ or "").strip().splitlines()
        _FAMILIES[name] = Family(name, domain, levels, generate, doc[0] if doc else "", held_out)
        return generate

    return register


@lru_cache(maxsize=1)
def all_families() -> Mapping[str, Family]:
    """Import every file of families, the shipped ones and those of installed domains, and return them by name.

    Raises:
        UserError: The families of an installed domain cannot be loaded.
    """
    _import_all("iacrl.tasks.families")
    for domain in all_domains():
        try:
            _import_all(domain.families)
        except Exception as error:
            place = f"Domain {domain.name!r}: its families, {domain.families},"
            raise UserError(f"{place} fail to load: {type(error).__name__}: {error}") from error
    return dict(sorted(_FAMILIES.items()))


def _import_all(package: str) -> None:
    """Import a module and, if it is a package, every module below it; nothing if the name is empty."""
    if package:
        for module in pkgutil.walk_packages(getattr(import_module(package), "__path__", ()), f"{package}."):
            import_module(module.name)


def find_family(name: str) -> Family:
    """Return one family.

    Raises:
        UserError: The family is unknown; the message names the nearest.
    """
    families = all_families()
    if name not in families:
        raise UserError(f"No task family {name!r}.{did_you_mean(name, families)} `iacrl data show` lists them.")
    return families[name]


def find_task(task_id: str) -> Task:
    """Return the generated task with the id `FAMILY-SEED-INDEX`, as `Family.task` makes it: without a split.

    Raises:
        UserError: The id is malformed, or the family is unknown; the message names the nearest.
    """
    found = TASK_ID.fullmatch(task_id)
    if found is None:
        example = f"{next(iter(all_families()))}-7-0"
        raise UserError(
            f"Task {task_id!r}: the id of a generated task is FAMILY-SEED-INDEX, such as {example}. "
            "`iacrl data show` lists the families."
        )
    return find_family(found["family"]).task(int(found["seed"]), int(found["index"]))
