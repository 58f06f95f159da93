"""From a raw completion to a complete verdict: extract, validate, and check what the task asked for."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from iacrl.domains import extract, validate
from iacrl.domains.base import NO_OPTIONS, Options
from iacrl.domains.verdict import Verdict
from iacrl.tasks import Task, check_intent


def judge(completion: str, task: Task, options: Options = NO_OPTIONS) -> Verdict:
    """Return the verdict on one completion, with the task's intent checked on valid text.

    The layer `intent` is passed when the text is valid and meets every clause. A task without an intent asks for
    nothing that a program could check, so for it the layer is never passed.

    Args:
        completion: The raw text a model returned.
        task: What was asked.
        options: Those of the task's domain; the defaults of those that are not given.
    """
    text = extract(completion, task.domain)
    verdict = validate(text, task.domain, **options)
    if task.intent is None or not verdict.valid or verdict.document is None:
        return verdict._replace(completion=completion, text=text)
    given = _given(task, tuple(options.items())) if task.input else None
    if given is None:
        result = check_intent(task.intent, verdict.document)
    else:
        result = check_intent(task.intent, verdict.document, given.document, sound=given.valid)
        if given.intent is not None:
            result = result.beside(given.intent)
    layers = (*verdict.layers, "intent") if result.met else verdict.layers
    return verdict._replace(layers=layers, intent=result, completion=completion, text=text)


@lru_cache(maxsize=256)
def _given(task: Task, options: tuple[tuple[str, Any], ...]) -> Verdict:
    """Return the verdict on the text that a task gives to be changed, with the clauses it meets where it is valid."""
    verdict = validate(task.input, task.domain, **dict(options))
    if task.intent is None or not verdict.valid or verdict.document is None:
        return verdict
    return verdict._replace(intent=check_intent(task.intent, verdict.document))
