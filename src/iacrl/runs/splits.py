"""Which tasks a run asks: the configured split, and the order for taking a part of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from iacrl.config.recipes import Config
from iacrl.errors import UserError
from iacrl.runs.schemas_in_prompt import with_schemas
from iacrl.tasks import Split, Task, load_tasks, read_tasks
from iacrl.tasks.hub_files import task_file
from iacrl.tasks.task_files import digest_tasks


@dataclass(frozen=True, slots=True)
class Tasks:
    """The tasks of one split, and the digest of each file's rows as a run records them."""

    tasks: tuple[Task, ...]
    digests: Mapping[str, str]


def read_split(config: Config, split: Split) -> Tasks:
    """Return the configured tasks of a split: the wanted domains, up to the wanted difficulty.

    Raises:
        UserError: A file is missing or malformed, or nothing is left of it.
    """
    source: str = getattr(config.data, split)
    tasks: list[Task] = []
    digests: dict[str, str] = {}
    for domain in config.data.domains:
        try:
            if source == "shipped":
                found = load_tasks(domain, split=split)
            else:
                found = read_tasks(task_file(source), domain=domain)
        except UserError as error:
            raise UserError(f"data.{split}: {error}") from error
        found = [task for task in found if task.domain == domain]
        digests[f"{domain}-{split}"] = digest_tasks(found)
        kept = [task for task in found if (task.difficulty or 1) <= config.data.max_difficulty]
        if not kept:
            raise UserError(
                f"data.{split} = {source}: no {domain} task of difficulty {config.data.max_difficulty} or less is left."
            )
        tasks.extend(with_schemas(kept, config.prompt.schemas))
    return Tasks(tuple(tasks), digests)


def spread(tasks: Sequence[Task]) -> list[Task]:
    """Order tasks so that any prefix has equal shares of domains and families."""
    place: dict[tuple[str, str], int] = {}
    ranked: list[tuple[int, str, str, Task]] = []
    for task in tasks:
        key = (task.domain, task.family)
        place[key] = place.get(key, -1) + 1
        ranked.append((place[key], task.domain, task.family, task))
    return [task for _, _, _, task in sorted(ranked, key=lambda item: item[:3])]


def in_shares(tasks: Sequence[Task], count: int | None) -> list[Task]:
    """Return at most `count` tasks, taken from the domains in turn, and in each from its families in turn."""
    domains = sorted({task.domain for task in tasks})
    queues = [spread([task for task in tasks if task.domain == domain]) for domain in domains]
    return [task for turn in zip_longest(*queues) for task in turn if task is not None][:count]
