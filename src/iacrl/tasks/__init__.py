"""Tasks: problems with a machine-checkable part."""

from __future__ import annotations

from iacrl.intent.check import ClauseResult, IntentResult, check_intent
from iacrl.intent.language import Intent
from iacrl.tasks.task import SPLITS, Split, Task
from iacrl.tasks.task_files import digest_tasks, load_tasks, read_tasks, write_tasks

__all__ = [
    "SPLITS",
    "ClauseResult",
    "Intent",
    "IntentResult",
    "Split",
    "Task",
    "check_intent",
    "digest_tasks",
    "load_tasks",
    "read_tasks",
    "write_tasks",
]
