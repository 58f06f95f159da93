"""iacrl's rubric in other people's trainers and evaluations, one module each; none is imported unless asked for.

Each takes the task from the row that its host hands over: the JSON object of a task file, or that object as text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

from iacrl.errors import UserError
from iacrl.scoring.rubric import default_rubric
from iacrl.scoring.runtime import Outcome, Runtime
from iacrl.tasks import Task


@cache
def default_runtime() -> Runtime:
    """Return the runtime of the default rubric that this process shares; its workers end with the process."""
    return Runtime(default_rubric())


def read_task(row: object) -> Task:
    """Return the task of a row of a task file, given as an object or as JSON text.

    Raises:
        UserError: It is neither, or no task.
    """
    try:
        table = json.loads(row) if isinstance(row, str) else row
    except json.JSONDecodeError as error:
        raise UserError(f"The task is no JSON text ({error.msg}): expected a row of a task file.") from None
    if not isinstance(table, Mapping):
        raise UserError(f"The task is {type(table).__name__}: expected a row of a task file, or it as JSON text.")
    return Task.from_json(table)


def score_one(runtime: Runtime, completion: str, row: object) -> Outcome:
    """Judge one completion for the task of `row`.

    Raises:
        UserError: The row is no task, or the instrument failed; a host that scores one by one has no word for that.
    """
    return runtime.score_batch([completion], [read_task(row)]).outcomes[0]
