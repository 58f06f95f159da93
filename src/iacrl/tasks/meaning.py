"""What a text means for a task: texts that spell the same things in different ways have the same meaning."""

from __future__ import annotations

from typing import Any

from iacrl.domains import Verdict
from iacrl.domains.registry import find_domain
from iacrl.tasks.task import Task

Meaning = list[tuple[Any, ...]]


def meaning_of(task: Task, verdict: Verdict) -> Meaning | None:
    """Return a key that texts with the same meaning share; None if it is unknown.

    For example, a manifest means the same if it leaves out a value that is the default.
    """
    document = verdict.document
    if task.intent is None or document is None:
        return None
    entities = find_domain(task.domain).normal_form(document.entities, task.intent.paths)
    return [(entity.category, entity.kind, entity.name, entity.values) for entity in entities]
