"""`prompt.schemas`: what the types that a request names take, in few tokens, as a part of the prompt.

A type is named by the instruction or the input. The gold answer and the intent are never looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from iacrl.domains.registry import find_domain
from iacrl.scoring.tokens import count_tokens
from iacrl.tasks.task import Task

_HEAD = "Arguments (* is required):"


def with_schemas(tasks: Sequence[Task], limit: int | None) -> list[Task]:
    """Return the tasks with the schemas that their prompts show.

    Args:
        limit: The most tokens of one prompt's schemas, as `iacrl.scoring.tokens` counts them; None for no schemas.

    Raises:
        UserError: The package that a domain's schemas come from is not installed.
    """
    return list(tasks) if limit is None else [replace(task, schemas=schemas_of(task, limit)) for task in tasks]


def schemas_of(task: Task, limit: int) -> str:
    """Return the lines for the types that a task names; empty if it names none, or the domain knows no schemas.

    A type that does not fit is cut after a line that does. Required fields come first on each level.
    """
    named = find_domain(task.domain).named_types
    if named is None:
        return ""
    lines = [_HEAD]
    left = limit - count_tokens(_HEAD)
    for name, fields in named(f"{task.instruction}\n{task.input}"):
        for line in (name, *(f"  {field}" for field in fields)):
            left -= count_tokens(f"{line}\n")
            if left < 0:
                return "\n".join(lines) if len(lines) > 2 else ""
            lines.append(line)
    return "\n".join(lines) if len(lines) > 1 else ""
