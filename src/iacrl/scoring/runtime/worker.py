"""What runs in a worker: limits on itself, then chunk after chunk of completions. Never imports torch."""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pickle import HIGHEST_PROTOCOL, dumps  # by name: a reward may replace them in their module

from iacrl.domains.base import NO_OPTIONS
from iacrl.domains.registry import find_domain
from iacrl.errors import UserError
from iacrl.scoring.judgement import Judgement
from iacrl.scoring.loading import in_short
from iacrl.scoring.registry import Reward, RewardError
from iacrl.scoring.rubric import Rubric
from iacrl.scoring.runtime.channel import Channel, ChannelError
from iacrl.scoring.runtime.outcome import Judged, Raw
from iacrl.scoring.runtime.surroundings import Surroundings
from iacrl.scoring.samples import found
from iacrl.tasks.task import Task

#: Set in the host before it forks.
_rubric: Rubric | None = None
_place_met = False
_spent: dict[str, float] = {}


class _Timed(Reward):
    """A reward that measures its time."""

    def __call__(self, task: Task, verdict: Judgement) -> float | None:
        started = time.perf_counter()
        try:
            return super().__call__(task, verdict)
        finally:
            _spent[self.name] = time.perf_counter() - started


def load(rubric: Rubric, *, place_met: bool = False) -> None:
    """Set the rubric of every worker forked from now on, and whether samples place met clauses."""
    global _rubric, _place_met
    _place_met = place_met
    _rubric = replace(rubric, parts=tuple(replace(part, reward=_timed(part.reward)) for part in rubric.parts))


def warm_up(domain: str) -> None:
    """Judge one text of a domain: the host then loads once what judging needs, instead of every worker."""
    found = find_domain(domain)
    with suppress(UserError):  # each completion reports what is missing
        found.validate(found.warm_text, found.resolved(NO_OPTIONS))


def _timed(reward: Reward) -> Reward:
    return _Timed(reward.name, reward.description, reward.function, reward.origin)


def serve(channel: Channel, memory_mb: int) -> None:
    """Judge what arrives through the channel until it is closed.

    Args:
        channel: Delivers chunks, each a list of `(completion, task as JSON)`, and takes a `Judged` for each.
        memory_mb: See `Limits`.
    """
    _limit_self(memory_mb)
    assert _rubric is not None
    surroundings = Surroundings() if any(part.reward.origin != "shipped" for part in _rubric.parts) else None
    with suppress(ChannelError):
        while True:
            channel.send(_judge(channel.receive(None), surroundings))


def _limit_self(memory_mb: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = memory_mb * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _judge(chunk: Sequence[tuple[str, str]], surroundings: Surroundings | None) -> Judged:
    """Judge texts in order, up to the first that breaks the rubric or leaves something behind for the next."""
    started = time.perf_counter()
    me = os.getpid()
    raws: list[Raw] = []
    odd, spoiled = None, False
    for completion, row in chunk:
        if surroundings is not None:
            surroundings.restore(completion)
        raw = _score(completion, _task(row))
        if os.getpid() != me:
            os._exit(0)  # a reward forked and let its child return
        if raw.kind != "judged":
            odd, spoiled = raw, True  # its side effects are unknown
            break
        raws.append(raw)
        spoiled = surroundings is not None and surroundings.are_spoiled()
        if spoiled:
            break
    seconds_each = (time.perf_counter() - started) / (len(raws) + (odd is not None))
    return Judged(dumps(raws, HIGHEST_PROTOCOL), len(raws), odd, spoiled, seconds_each)


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
        packed = dumps(found(score, place_met=_place_met), HIGHEST_PROTOCOL)
    except RewardError as error:
        return Raw("raised" if error.__cause__ else "nonsense", error=str(error))
    except BaseException as error:  # noqa: BLE001 - SystemExit too: whatever a reward raises is reported to the caller
        return Raw("raised", error=f"scoring raised {in_short(error)}")
    seconds = {"judge": whole - sum(_spent.values()), **_spent}
    unchecked = not score.verdict.found.judged
    return Raw(
        "judged",
        packed,
        score.total,
        score.parts,
        score.gated,
        score.earned,
        score.valid,
        score.passed,
        unchecked,
        seconds=seconds,
    )
