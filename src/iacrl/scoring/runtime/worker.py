"""What runs in a worker: limits on itself, then chunk after chunk of completions. Never imports torch."""

from __future__ import annotations

import ctypes
import json
import pickle
import resource
import signal
import sys
import time
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

from iacrl.domains.base import NO_OPTIONS
from iacrl.domains.registry import find_domain
from iacrl.errors import UserError
from iacrl.scoring.judgement import Judgement
from iacrl.scoring.registry import Reward, RewardError
from iacrl.scoring.rubric import Rubric
from iacrl.scoring.runtime.outcome import Raw
from iacrl.scoring.samples import found
from iacrl.tasks.task import Task

_PR_SET_PDEATHSIG = 1

#: Set in the host before it forks.
_rubric: Rubric | None = None
_place_met = False
_spent: dict[str, float] = {}


class _Timed(Reward):
    """A reward that notes what it took."""

    def __call__(self, task: Task, verdict: Judgement) -> float | None:
        started = time.perf_counter()
        try:
            return super().__call__(task, verdict)
        finally:
            _spent[self.name] = time.perf_counter() - started


def load(rubric: Rubric, *, place_met: bool = False) -> None:
    """Set the rubric that every worker forked from now on scores by, and whether samples place met clauses."""
    global _rubric, _place_met
    _place_met = place_met
    _rubric = replace(rubric, parts=tuple(replace(part, reward=_timed(part.reward)) for part in rubric.parts))


def warm_up(domain: str) -> None:
    """Judge one text of a domain, so that what judging needs is read once, in the host, and not by every worker."""
    found = find_domain(domain)
    with suppress(UserError):  # what it lacks is told for each completion
        found.validate(found.warm_text, found.resolved(NO_OPTIONS))


def _timed(reward: Reward) -> Reward:
    return _Timed(reward.name, reward.description, reward.function, reward.origin)


def limit_self(memory_mb: int) -> None:
    """Set the limits of this worker: it dies on SIGTERM and with its host, and may not outgrow its memory."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # pebble's own handler waits for Python code to run
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = memory_mb * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def score_chunk(chunk: list[tuple[str, str]]) -> tuple[bytes, float]:
    """Judge `(completion, task as JSON)` one after the other.

    Returns:
        The list of `Raw`, pickled for the caller: the host passes it on unread. And what one completion took, in s.
    """
    started = time.perf_counter()
    raws = [_score(completion, _task(row)) for completion, row in chunk]
    return pickle.dumps(raws, pickle.HIGHEST_PROTOCOL), (time.perf_counter() - started) / len(chunk)


@lru_cache(maxsize=4096)
def _task(row: str) -> Task:
    return Task.from_json(json.loads(row))


def _score(completion: str, task: Task) -> Raw:
    assert _rubric is not None
    _spent.clear()
    started = time.perf_counter()
    try:
        score = _rubric.score(completion, task)
        whole = time.perf_counter() - started
        packed = pickle.dumps(found(score, place_met=_place_met), pickle.HIGHEST_PROTOCOL)
    except RewardError as error:
        return Raw("raised" if error.__cause__ else "nonsense", error=str(error))
    except BaseException as error:  # noqa: BLE001 - SystemExit too: whatever a reward raises is told to the caller
        return Raw("raised", error=f"scoring raised {type(error).__name__}: {str(error)[:300]}")
    seconds = {"judge": whole - sum(_spent.values()), **_spent}
    unchecked = not score.verdict.found.judged
    return Raw("judged", packed, score.total, score.parts, score.valid, score.passed, unchecked, seconds=seconds)
