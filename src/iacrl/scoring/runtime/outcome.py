"""What became of one completion: judged, broke the rubric, or could not be judged."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from iacrl.scoring.samples import OutcomeKind, ScoredSample, asked
from iacrl.tasks.task import Task

#: What a worker or the host says about one completion. `judged`, or what went wrong: a reward raised (`raised`),
#: returned what is no number in [0, 1] (`nonsense`), took too long (`late`), ended its process (`died`), or nothing
#: could be run at all (`lost`).
RawKind = Literal["judged", "raised", "nonsense", "late", "died", "lost"]


class Raw(NamedTuple):
    """What comes back from a worker for one completion. A named tuple, for it travels faster than a data class.

    Attributes:
        kind: See `RawKind`.
        found: For a judged completion, what `samples.found` returns, pickled: its row of `samples.jsonl` without what
            the caller knows.
        score, parts, gated, earned, valid, passed, unchecked: See `Outcome`.
        error: For all others, what happened, in words.
        seconds: What judging and each reward took.
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
    """What a worker says about the first texts of a chunk.

    Attributes:
        found: The list of the `Raw`s of those that were judged, pickled for the caller: the host passes it on unread.
        size: How many these are.
        odd: What became of the next one, which broke the rubric; None where all were judged.
        spoiled: The worker is not what it was, and must not judge another text.
        seconds_each: What one completion took.
    """

    found: bytes
    size: int
    odd: Raw | None
    spoiled: bool
    seconds_each: float


class Answer(NamedTuple):
    """What the host says about some items of a batch: the pickled list of their `Raw`s, or what befell them all."""

    items: Sequence[int]
    found: bytes | Raw

    def raws(self) -> list[Raw]:
        """Return one `Raw` for each item."""
        if isinstance(self.found, Raw):
            return [self.found] * len(self.items)
        raws: list[Raw] = pickle.loads(self.found)
        return raws


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one completion.

    Attributes:
        kind: See `OutcomeKind`.
        total: The score in [0, 1]; None when the instrument failed.
        parts: Each reward's own value, or None where it abstained; empty unless judged.
        gated, earned: As in `Score`; empty unless judged.
        valid: The text is valid and declares something.
        passed: The text is valid and does everything that was asked.
        unchecked: Something in the text cannot be judged, so that it is neither valid nor invalid.
        error: What happened, in words; empty when judged.
        seconds: What judging (`judge`) and each reward took; empty unless judged.
        packed: `found`, pickled: it is wanted once at most, and as objects the many that are kept would take more
            memory, and time of the garbage collector.
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
        """What judging found, as `samples.found` returns it; empty unless judged."""
        found: dict[str, Any] = pickle.loads(self.packed) if self.packed else {}
        return found

    def sample(self, task: Task, completion: str, *, step: int | None = None) -> ScoredSample:
        """Return the record of a completion, given again what was judged; `step` as in `ScoredSample`.

        The places of met clauses are in it where the runtime was asked for them.
        """
        return ScoredSample.from_json(self.row(task, completion, step=step))

    def row(self, task: Task, completion: str, *, step: int | None) -> dict[str, Any]:
        """Return the same as its row in `samples.jsonl`, as a trainer writes it: nothing is built to be taken apart."""
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
    """Return the outcome of a text that the instrument could not judge."""
    return Outcome("failed", None, error=error)
