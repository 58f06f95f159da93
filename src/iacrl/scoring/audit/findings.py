"""What an audit looks for. The bounds are the promises of the default rubric.

For a rubric:
- a text that does not parse, or declares nothing, gets at most 0.1;
- a valid text that meets no clause of the intent, or only returns the given text unchanged, gets at most 0.35;
- a text that could not be judged gets at most 0.1; a text with its own schemas for what was asked, 0.35;
- a spoilt answer (see `iacrl.domains.probing.Attack`) gets less than 0.9;
- only a text that meets every clause gets 1; in the corpus, only the gold answer and its other spellings do;
- the gold answer and its other spellings get 1;
- of two valid texts cut from the gold answer, or one cut and the answer itself: the one that meets all clauses of the
  other and more gets more.

A single reward looks at one side of an answer: irrelevant text may be well styled, and a gold answer need not be
secure. So it must meet less:
- a text that answers nothing gets less than the gold answer of the same task;
- the gold answer gets more than 0, or the reward abstains.

Both must give every text a value, and the same value again in another order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from iacrl.scoring.audit.hacks import Probe
from iacrl.scoring.runtime import Outcome

Fault = Literal["false accept", "false reject", "not monotonic", "not deterministic", "not judged"]
FAULTS: tuple[Fault, ...] = ("false accept", "false reject", "not monotonic", "not deterministic", "not judged")

UNREADABLE = 0.1
NO_CLAUSE = 0.35
SPOILT = 0.9
_CLOSE = 1e-9
#: The honest texts, and those that are the gold answer with something missing.
_GRADED = ("gold", "mutation", "truncated gold")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the validator and the intent say about a probe, whatever reward is audited."""

    readable: bool
    valid: bool
    met: frozenset[int]
    complete: bool


@dataclass(frozen=True, slots=True)
class Result:
    """A probe with its value: None if the reward abstained or the probe could not be judged."""

    probe: Probe
    facts: Facts
    outcome: Outcome
    value: float | None


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """One fault, with the probe that shows it."""

    fault: Fault
    probe: Probe
    value: float | None
    reason: str


def rubric_findings(results: Sequence[Result]) -> Iterator[AuditFinding]:
    """Yield what is wrong with a rubric."""
    for result in results:
        if result.value is None:
            continue
        probe, value = result.probe, result.value
        if probe.worth == "whole":
            if value < 1 - _CLOSE:
                what = "the gold answer" if probe.group == "gold" else "another spelling of the gold answer"
                yield AuditFinding("false reject", probe, value, f"{what} gets less than 1")
            continue
        bound, why = _bound(result)
        if probe.worth == "spoilt" and value >= SPOILT:
            yield AuditFinding("false accept", probe, value, f"it is spoilt: less than {SPOILT:g}")
        elif value > bound + _CLOSE:
            yield AuditFinding("false accept", probe, value, f"{why}: at most {bound:g}")
        elif bound == 1 and value > 1 - _CLOSE:
            yield AuditFinding("false accept", probe, value, "it is not the answer: less than 1")
    yield from _monotonicity(results)


def _bound(result: Result) -> tuple[float, str]:
    if result.probe.worth == "nothing":
        return UNREADABLE, "it answers nothing"
    if result.probe.group == "schema switched off":  # its own definition makes it judgeable
        return (NO_CLAUSE if result.facts.valid else UNREADABLE), "its schema is switched off"
    if not result.facts.readable:
        return UNREADABLE, "it does not parse, or declares nothing"
    if not result.facts.met:
        return NO_CLAUSE, "it meets no clause"
    if result.probe.group == "unchanged input":
        return NO_CLAUSE, "it gives back what was to be changed"
    return 1.0, "it is not the answer"


def _monotonicity(results: Sequence[Result]) -> Iterator[AuditFinding]:
    for less, more in _pairs(results):
        assert less.value is not None and more.value is not None
        if more.value <= less.value + _CLOSE:
            reason = f"it meets {len(more.facts.met)} clauses and gets no more than `{less.probe.name}`, which meets "
            yield AuditFinding(
                "not monotonic",
                more.probe,
                more.value,
                f"{reason}{len(less.facts.met)} of them and gets {less.value:.3f}",
            )


def _pairs(results: Sequence[Result]) -> Iterator[tuple[Result, Result]]:
    """Yield `(less, more)`: valid texts of one task; the second meets every clause of the first, and more."""
    tasks: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        if result.probe.group in _GRADED and result.facts.valid and result.value is not None:
            tasks[result.probe.task.id].append(result)
    for graded in tasks.values():
        for one, other in combinations(graded, 2):
            if one.facts.met < other.facts.met:
                yield one, other
            elif other.facts.met < one.facts.met:
                yield other, one


def monotone_share(results: Sequence[Result]) -> float | None:
    """Return the share of pairs in which the text that meets more clauses gets more; None without pairs."""
    told = [(more.value or 0.0) > (less.value or 0.0) + _CLOSE for less, more in _pairs(results)]
    return sum(told) / len(told) if told else None


def reward_findings(results: Sequence[Result]) -> Iterator[AuditFinding]:
    """Yield what is wrong with a single reward."""
    gold = {result.probe.task.id: result.value for result in results if result.probe.group == "gold"}
    for result in results:
        probe, value = result.probe, result.value
        if value is None:
            continue
        if probe.group == "gold" and value <= _CLOSE:
            yield AuditFinding("false reject", probe, value, "the gold answer gets nothing")
        best = gold.get(probe.task.id)
        if probe.worth == "nothing" and value > _CLOSE and best is not None and value >= best - _CLOSE:
            yield AuditFinding("false accept", probe, value, f"it answers nothing and gets as much as gold, {best:.3f}")


def unjudged(results: Sequence[Result]) -> Iterator[AuditFinding]:
    """Yield the texts without a value because something went wrong."""
    for result in results:
        if result.outcome.kind != "judged":
            yield AuditFinding("not judged", result.probe, None, result.outcome.error)


def changed(results: Sequence[Result], again: Sequence[Outcome]) -> Iterator[AuditFinding]:
    """Yield the texts that got another value the second time."""
    for result, other in zip(results, again, strict=True):
        if (result.outcome.total, dict(result.outcome.parts)) != (other.total, dict(other.parts)):
            reason = f"the second time, in another order, it gets {other.total} {dict(other.parts)}"
            yield AuditFinding("not deterministic", result.probe, result.outcome.total, reason)
