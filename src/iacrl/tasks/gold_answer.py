"""The gold answer of a task, for the check of its intent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iacrl.domains import validate
from iacrl.intent.gold import Gold
from iacrl.tasks.task import Task


def gold_of(task: Task, options: Mapping[str, Any] | None = None) -> Gold | None:
    """Return the gold answer of a task, read on demand; None if it has none, or no intent.

    Args:
        task: The task.
        options: The options of its domain.
    """
    if task.intent is None or not task.output.strip():
        return None
    return Gold(task.intent, lambda: validate(task.output, task.domain, **(options or {})).document)
