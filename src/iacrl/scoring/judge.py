"""From a raw completion to a judgement: extract, validate, and check what the task asked for."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from iacrl.domains import extract, validate
from iacrl.domains.base import NO_OPTIONS, Options
from iacrl.domains.verdict import LAYERS, Verdict
from iacrl.intent.check import IntentResult, check_intent
from iacrl.intent.gold import Gold
from iacrl.scoring.judgement import JudgedLayer, Judgement
from iacrl.tasks.gold_answer import gold_of
from iacrl.tasks.task import Task

#: The layers that can be judged without schemas.
_WITHOUT_SCHEMA = LAYERS[: LAYERS.index("schema")]


def judge(completion: str, task: Task, options: Options = NO_OPTIONS) -> Judgement:
    """Return the judgement of one completion, with the task's intent checked on valid text.

    If any part of a text was not judged, its findings prove nothing: it passes only the layers that need no schema. It
    passes the layer `intent` if it passes every layer below and meets every clause. A task without an intent asks for
    nothing that a program could check, so no text passes that layer.

    Args:
        completion: The raw text a model returned.
        task: What was asked.
        options: Options of the task's domain; missing ones take their defaults.
    """
    text = extract(completion, task.domain)
    verdict = validate(text, task.domain, **options)
    if not verdict.judged:
        return Judgement(verdict, tuple(one for one in verdict.layers if one in _WITHOUT_SCHEMA), completion, text)
    if task.intent is None or not verdict.valid or verdict.document is None:
        return Judgement(verdict, verdict.layers, completion, text)
    gold = _gold(task, tuple(options.items()))
    if task.input:
        given, met = _given(task, tuple(options.items()))
        # A text that cannot be read is compared as the gold answer mends it.
        before = gold.document if given.document is None and gold is not None else given.document
        result = check_intent(task.intent, verdict.document, before, sound=given.valid, gold=gold)
        result = result if met is None else result.beside(met)
    else:
        result = check_intent(task.intent, verdict.document, gold=gold)
    whole = result.met and LAYERS[-1] in verdict.layers
    layers: tuple[JudgedLayer, ...] = (*verdict.layers, "intent") if whole else verdict.layers
    return Judgement(verdict, layers, completion, text, result)


@lru_cache(maxsize=256)
def _gold(task: Task, options: tuple[tuple[str, Any], ...]) -> Gold | None:
    return gold_of(task, dict(options))


@lru_cache(maxsize=256)
def _given(task: Task, options: tuple[tuple[str, Any], ...]) -> tuple[Verdict, IntentResult | None]:
    """Return the verdict on the text that a task asks to change and, if it is valid, the clauses that it meets."""
    verdict = validate(task.input, task.domain, **dict(options))
    if task.intent is None or not verdict.valid or verdict.document is None:
        return verdict, None
    return verdict, check_intent(task.intent, verdict.document, gold=_gold(task, options))
