"""From a raw completion to a complete verdict: extract, validate, and check what the task asked for."""

from __future__ import annotations

from functools import lru_cache

from iacrl.domains import extract, validate
from iacrl.domains.verdict import Verdict
from iacrl.tasks import Task, check_intent


def judge(completion: str, task: Task, *, kubernetes_version: str | None = None) -> Verdict:
    """Return the verdict on one completion, with the task's intent checked on valid text.

    The layer `intent` is passed when the text is valid and meets every clause. A task without an intent asks for
    nothing that a program could check, so for it the layer is never passed.

    Args:
        completion: The raw text a model returned.
        task: What was asked.
        kubernetes_version: The API to judge by; the newest with a schema when None.
    """
    text = extract(completion, task.domain)
    verdict = validate(text, task.domain, kubernetes_version=kubernetes_version)
    if task.intent is None or not verdict.valid or verdict.document is None:
        return verdict._replace(completion=completion, text=text)
    given = _given(task, kubernetes_version) if task.input else None
    if given is None:
        result = check_intent(task.intent, verdict.document)
    else:
        result = check_intent(task.intent, verdict.document, given.document, sound=given.valid)
        if given.intent is not None:
            result = result.beside(given.intent)
    layers = (*verdict.layers, "intent") if result.met else verdict.layers
    return verdict._replace(layers=layers, intent=result, completion=completion, text=text)


@lru_cache(maxsize=256)
def _given(task: Task, kubernetes_version: str | None) -> Verdict:
    """Return the verdict on the text that a task gives to be changed, with the clauses it meets where it is valid."""
    verdict = validate(task.input, task.domain, kubernetes_version=kubernetes_version)
    if task.intent is None or not verdict.valid or verdict.document is None:
        return verdict
    return verdict._replace(intent=check_intent(task.intent, verdict.document))
