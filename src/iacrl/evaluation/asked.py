"""The tasks of an evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from iacrl.config.recipes import Config
from iacrl.runs.splits import read_split, spread
from iacrl.tasks import Task, digest_tasks


@dataclass(frozen=True, slots=True)
class Asked:
    """The tasks that an evaluation asks.

    Attributes:
        tasks: The id of each task to the task, in the order in which they are asked.
        split: The ids of all tasks of their split.
        train: The training tasks, which the trivial policies know.
        files: Name of each test file to the digest of its rows.
        digest: Digest of the tasks that are asked.
    """

    tasks: Mapping[str, Task]
    split: frozenset[str]
    train: tuple[Task, ...]
    files: Mapping[str, str]
    digest: str


def read_asked(config: Config) -> Asked:
    """Return the tasks that a configuration asks: `eval.rows` of each domain, in equal shares over families.

    Raises:
        UserError: A task file is missing or malformed.
    """
    test = read_split(config, "test")
    tasks: list[Task] = []
    for domain in config.data.domains:
        tasks += spread([task for task in test.tasks if task.domain == domain])[: config.eval.rows]
    return Asked(
        tasks={task.id: task for task in tasks},
        split=frozenset(task.id for task in test.tasks),
        train=read_split(config, "train").tasks,
        files=test.digests,
        digest=digest_tasks(tasks),
    )
