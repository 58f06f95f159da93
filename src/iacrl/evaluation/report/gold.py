"""The gold answers of a run's tasks.

A run's configuration names the task files, and a run may come from anybody. So a file counts only if its rows have the
digest that the run recorded. Nothing else that a configuration names is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from iacrl.errors import UserError
from iacrl.scoring.samples import ScoredSample
from iacrl.tasks import Split, Task, load_tasks, read_tasks
from iacrl.tasks.task_files import digest_tasks


def gold_answers(
    config: Mapping[str, Any], split: Split, digests: object, samples: Sequence[ScoredSample]
) -> tuple[dict[str, str], list[str]]:
    """Return task id to gold answer for the tasks of the samples, and the domains whose task file cannot be used.

    Args:
        config: The resolved configuration of a stage, which names the task files.
        digests: What the stage recorded: `terraform-test` and the like to the digest of the rows.
    """
    found: dict[str, str] = {}
    missing: list[str] = []
    data = config.get("data")
    source = data.get(split) if isinstance(data, Mapping) else None
    if not isinstance(source, str):  # answers from elsewhere, or a damaged configuration
        return found, missing
    asked = {sample.task for sample in samples}
    for domain in sorted({sample.domain for sample in samples}):
        digest = digests.get(f"{domain}-{split}") if isinstance(digests, Mapping) else None
        tasks = _tasks_of(source, split, domain)
        if digest is None or tasks is None or digest_tasks(tasks) != digest:
            missing.append(domain)
            continue
        found |= {task.id: task.output for task in tasks if task.id in asked and task.output}
    return found, missing


def _tasks_of(source: str, split: Split, domain: str) -> list[Task] | None:
    """Return a domain's tasks of a file, as a stage reads them; None if that is not possible."""
    try:
        tasks = load_tasks(domain, split=split) if source == "shipped" else read_tasks(Path(source), domain=domain)
    except (UserError, OSError, ValueError):  # the file is gone, or is no file of tasks
        return None
    return [task for task in tasks if task.domain == domain]
