"""iacrl's rubric in other people's trainers and evaluations, one module each, imported only on use.

Each takes the task from the row that its host passes: the JSON object of a task file, or that object as text.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from iacrl import nested_json
from iacrl.errors import UserError
from iacrl.scoring.rubric import default_rubric
from iacrl.scoring.runtime import Outcome, Runtime
from iacrl.tasks import Split, Task, load_tasks, read_tasks
from iacrl.tasks.task_files import domains_with_tasks


@cache
def default_runtime() -> Runtime:
    """Return this process's shared runtime of the default rubric; its workers end with the process."""
    return Runtime(default_rubric())


@cache
def runtime_of(config: str | None) -> Runtime:
    """Return this process's shared runtime of a recipe's rubric, or of the default one.

    Args:
        config: The name or the file of a recipe, of which only `rewards` and `domains` are needed.

    Raises:
        UserError: The recipe has mistakes, or a reward fails to load.
    """
    if config is None:
        return default_runtime()
    from iacrl.config.recipes import NOT_NEEDED, load_config

    return load_config(config, otherwise=NOT_NEEDED).runtime()


def tasks_of(domain: str | None, split: Split, tasks: str | Path | None = None) -> list[Task]:
    """Return the tasks of an environment: the shipped ones of a domain, or those of a file.

    Args:
        domain: None for every domain with shipped tasks, or every domain of the file.
        split: Which of the shipped tasks.
        tasks: A JSONL file of tasks, instead of the shipped ones.

    Raises:
        UserError: The file or a domain's tasks do not exist, a row is malformed, or the file has no task of the domain.
    """
    if tasks is not None:
        found = [task for task in read_tasks(Path(tasks), domain=domain) if domain in (None, task.domain)]
        if not found:
            raise UserError(f"{tasks}: has no task{f' of the domain {domain}' if domain else ''}.")
        return found
    return [task for name in ([domain] if domain else domains_with_tasks()) for task in load_tasks(name, split=split)]


def read_task(row: object) -> Task:
    """Return the task of a row of a task file, given as an object or as JSON text.

    Raises:
        UserError: It is neither, or it is not a task.
    """
    try:
        table = nested_json.loads(row) if isinstance(row, str) else row
    except (ValueError, RecursionError) as error:
        raise UserError(f"The task is not JSON text ({str(error)[:200]}): expected a row of a task file.") from None
    if not isinstance(table, Mapping):
        raise UserError(
            f"The task is {'missing' if table is None else type(table).__name__}: expected a row of a task file, or it "
            "as JSON text."
        )
    if isinstance(row, Mapping) and (intent := row.get("intent")) is not None:
        whole = _without_none(intent)
        if whole != intent:
            warnings.warn(_FILLED_IN, stacklevel=2)
        table = {**row, "intent": whole}
    return Task.from_json(table)


_FILLED_IN = (
    "Intents of tasks hold keys whose value is None, and these are left out: the library `datasets` fills in the keys "
    "of all rows. Give tasks as JSON text (json.dumps(row)) to keep them as they are."
)


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_none(inner) for key, inner in value.items() if inner is not None}
    return [_without_none(inner) for inner in value] if isinstance(value, list | tuple) else value


def text_of(completion: object) -> str:
    """Return the text of a completion: it is a text, or the messages of a chat, of which the last one counts.

    A message without text, such as one that only calls a tool, is an empty answer.

    Raises:
        UserError: It is something else.
    """
    found = completion
    if isinstance(found, list | tuple):
        found = found[-1] if found else None
    if isinstance(found, Mapping):
        found = found.get("content")
    if isinstance(found, list | tuple) and all(isinstance(part, Mapping) for part in found):
        found = "".join(str(part.get("text") or "") for part in found)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise UserError(f"A completion is {type(found).__name__}: expected a text, or the messages of a chat.")
    return found


def score_one(runtime: Runtime, completion: object, row: object) -> Outcome:
    """Judge one completion for the task of `row`.

    Raises:
        UserError: The row is not a task, or scoring itself failed; a host that scores one by one has no value for that.
    """
    task = read_task(row)
    outcome = runtime.score_batch([text_of(completion)], [task]).outcomes[0]
    if outcome.total is None:  # the recipe's `max_failed` may allow it
        raise UserError(f"The completion for task {task.id} could not be scored: {outcome.error}")
    return outcome
