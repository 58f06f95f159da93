"""The outcome of one completion: judged, broke the rubric, or could not be judged."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from iacrl.scoring.samples import OutcomeKind, ScoredSample, asked
from iacrl.tasks.task import Task

#: What a worker or the host reports about one completion. `judged`, or what went wrong: a reward raised (`raised`), did
#: not return a number in [0, 1] (`nonsense`), took too long (`late`), ended its process (`died`), or nothing could run
#: at all (`lost`).
RawKind = Literal["judged", "raised", "nonsense", "late", "died", "lost"]


class Raw(NamedTuple):
    """A worker's result for one completion. A named tuple, because pickling it is faster than a data class.

    Attributes:
        kind: See `RawKind`.
        found: For a judged completion, the pickled return value of `samples.found`: its row of `samples.jsonl` without
            what the caller knows.
        score, parts, gated, earned, valid, passed, unchecked: See `Outcome`.
        error: For all others, a description of what happened.
        seconds: The time for judging and for each reward.
    """

    kind: RawKind
    found: bytes = b""
    score: float = 0.0
    parts: Mapping[str, float | None] = {}
    gated: frozenset[str] = frozenset()
    earned: Mapping[str, float] = {}
    valid: bool = False
    passed: bool = False
    unchecked: bool = False
    error: str = ""
    seconds: Mapping[str, float] = {}


class Judged(NamedTuple):
    """A worker's report on the first texts of a chunk.

    Attributes:
        found: The pickled list of the `Raw`s of the judged texts. The host passes it to the caller unread.
        size: How many texts these are.
        odd: The result of the next text, which broke the rubric; None if all were judged.
        spoiled: The worker's state has changed, so it must not judge another text.
        seconds_each: The time for one completion.
    """

    found: bytes
    size: int
    odd: Raw | None
    spoiled: bool
    seconds_each: float


class Answer(NamedTuple):
    """The host's report on some items of a batch: the pickled list of their `Raw`s, or one result for all of them."""

    items: Sequence[int]
    found: bytes | Raw

    def raws(self) -> list[Raw]:
        """Return one `Raw` for each item. What a reward has changed in its worker may have spoiled them all."""
        if isinstance(self.found, Raw):
            return [self.found] * len(self.items)
        raws: Any = None
        with suppress(Exception):
            raws = pickle.loads(self.found)
        if isinstance(raws, list) and len(raws) == len(self.items) and all(isinstance(raw, Raw) for raw in raws):
            return raws
        return [Raw("lost", error="its process sent something else than answers")] * len(self.items)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one completion.

    Attributes:
        kind: See `OutcomeKind`.
        total: The score in [0, 1]; None if scoring failed.
        parts: Each reward's own value, or None if it abstained; empty unless judged.
        gated, earned: As in `Score`; empty unless judged.
        valid: The text is valid and declares something.
        passed: The text is valid and does everything that was asked.
        unchecked: A part of the text cannot be judged, so it is neither valid nor invalid.
        error: A description of what happened; empty when judged.
        seconds: The time for judging (`judge`) and for each reward; empty unless judged.
        packed: `found`, pickled. It is needed once at most. As objects, the many kept outcomes would take more memory
            and more time of the garbage collector.
    """

    kind: OutcomeKind
    total: float | None
    parts: Mapping[str, float | None] = field(default_factory=dict)
    gated: frozenset[str] = frozenset()
    earned: Mapping[str, float] = field(default_factory=dict)
    valid: bool = False
    passed: bool = False
    unchecked: bool = False
    error: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    packed: bytes = b""

    @property
    def found(self) -> dict[str, Any]:
        """The result of judging, as `samples.found` returns it; empty unless judged."""
        found: dict[str, Any] = pickle.loads(self.packed) if self.packed else {}
        return found

    def sample(self, task: Task, completion: str, *, step: int | None = None) -> ScoredSample:
        """Return the record of a completion, given the completion and its task again; `step` as in `ScoredSample`.

        It includes the places of met clauses if the runtime was asked for them.
        """
        return ScoredSample.from_json(self.row(task, completion, step=step))

    def row(self, task: Task, completion: str, *, step: int | None) -> dict[str, Any]:
        """Return the record as a row of `samples.jsonl`, for a trainer: without building the objects first."""
        about = asked(task, completion)
        if self.kind == "judged":
            return about | self.found | {"step": step}
        verdict = {"valid": False, "layers": [], "diagnostics": [], "unchecked": [self.error]}
        return about | {
            "text": "",
            "verdict": verdict,
            "intent": None,
            "valid": False,
            "passed": False,
            "score": self.total,
            "parts": {},
            "outcome": self.kind,
            "error": self.error,
            "step": step,
        }


def judged(raw: Raw) -> Outcome:
    """Return the outcome of a completion that was judged."""
    return Outcome(
        "judged",
        raw.score,
        raw.parts,
        raw.gated,
        raw.earned,
        raw.valid,
        raw.passed,
        raw.unchecked,
        seconds=raw.seconds,
        packed=raw.found,
    )


def broken(error: str) -> Outcome:
    """Return the outcome of a text that broke the rubric."""
    return Outcome("broken", 0.0, error=error)


def failed(error: str) -> Outcome:
    """Return the outcome of a text for which scoring failed."""
    return Outcome("failed", None, error=error)
