"""`ScoredSample`: one completion with all that was found in it, a row of `samples.jsonl` and `trivial.jsonl`.

Training, evaluation and the report all write and read this one record.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from iacrl.domains.verdict import Diagnostic
from iacrl.errors import UserError
from iacrl.files import read_rows, replacing
from iacrl.intent.check import Checked, ClauseResult, IntentResult
from iacrl.scoring.judgement import JudgedLayer
from iacrl.tasks.prompt import build_prompt
from iacrl.tasks.task import Task

if TYPE_CHECKING:
    from iacrl.scoring.rubric import Score

#: How tokens were chosen: the likeliest one, drawn from the distribution, or unknown (a file of completions).
DecodingName = Literal["greedy", "sampled", "given"]

#: How a completion ended: by itself, at the token limit, or otherwise (a content filter). None if unknown.
Finish = Literal["stop", "length", "other"]

#: The outcome. `judged`. `broken`: the text broke the rubric, although the rubric can judge the task's gold answer; it
#: gets the lowest score. `failed`: scoring itself is at fault; there is no score.
OutcomeKind = Literal["judged", "broken", "failed"]

#: What only an evaluation knows, and records for every completion.
_OF_EVALUATION = ("policy", "decoding", "sample", "finish", "tokens", "spent", "engine")


@dataclass(frozen=True, slots=True)
class JudgedText:
    """The verdict on one completion: `verdict` of a sample.

    Attributes:
        valid: No error was found; an empty text may be valid.
        layers: The layers passed, lowest first; the last one shows how far the text came.
        diagnostics: Every finding. Ranges count lines and columns in `ScoredSample.text`, not in the completion.
        unchecked: What could not be judged, in words.
    """

    valid: bool
    layers: tuple[JudgedLayer, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    unchecked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EngineVerdict:
    """The verdict of the real program, or another second judge, on one text (`--engine`)."""

    valid: bool
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class ScoredSample:
    """One completion, judged and scored.

    Attributes:
        task: The task's id.
        domain, family, difficulty: The task's own; family is empty and difficulty None for a task from elsewhere.
        prompt: The chat messages that were shown, each with `role` and `content`; with the turns of a repair.
        completion: The raw text of the model.
        text: The code that was extracted from it and judged.
        verdict: What was found.
        intent: The clauses of what was asked for, in order, each with the place in `text` where it is met or fails.
            None if they were not checked: the text is not valid, or the task has no intent.
        valid: Valid, and declares something.
        passed: Valid, and everything that was asked for is there.
        score: By the rubric, from 0 to 1; None if scoring failed.
        parts: Each reward's own value; None if it abstained.
        outcome: What became of it.
        error: Why the text has the lowest score or none: how it broke a reward that can judge good answers, or that it
            is too long. Mostly empty.
        step: The optimizer step of GRPO that sampled it; None in an evaluation. Rows of training have none of the
            fields below.
        policy: The label of the model, such as `base`, `sft`, `grpo` or an endpoint's model name.
        decoding: How tokens were chosen.
        sample: Counts the completions of one task from 0.
        finish: How the completion ended; None if unknown.
        tokens: Length, including the end token; None if unknown.
        spent: Tokens generated to get it, with answers that were repaired or not chosen; None if unknown, or only its
            own.
        engine: The verdict of the domain's second judge on the text; None if it was not asked.
    """

    task: str
    domain: str
    family: str
    difficulty: int | None
    prompt: tuple[Mapping[str, str], ...]
    completion: str
    text: str
    verdict: JudgedText
    intent: tuple[ClauseResult, ...] | None
    valid: bool
    passed: bool
    score: float | None
    parts: Mapping[str, float | None] = field(default_factory=dict)
    outcome: OutcomeKind = "judged"
    error: str = ""
    step: int | None = None
    policy: str = "grpo"
    decoding: DecodingName = "sampled"
    sample: int = 0
    finish: Finish | None = None
    tokens: int | None = None
    spent: int | None = None
    engine: EngineVerdict | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the row that a file holds."""
        left_out = {"step"} if self.step is None else set(_OF_EVALUATION)
        if self.outcome == "judged":
            left_out |= {"outcome"} if self.step is None else {"outcome", "error"}
        from iacrl.records import to_plain  # scoring alone needs no pydantic

        row: dict[str, Any] = to_plain(self, exclude=left_out)
        return row

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> ScoredSample:
        """Return the sample of a row.

        Raises:
            ValueError: The row does not have the form of a sample; the message says where and how.
        """
        from iacrl.records import from_plain

        sample: ScoredSample = from_plain(cls, row)
        if not all(math.isfinite(value) for value in (sample.score, *sample.parts.values()) if value is not None):
            raise ValueError("the score or one of its parts is not a finite number")
        return sample


def scored_sample(task: Task, score: Score, *, place_met: bool = True) -> ScoredSample:
    """Return the sample of one completion.

    Args:
        task: What was asked.
        score: What was found.
        place_met: Record where each met clause is in the text too. That costs as much as judging the text.
    """
    return ScoredSample.from_json(asked(task, score.verdict.completion) | found(score, place_met=place_met))


def asked(task: Task, completion: str) -> dict[str, Any]:
    """Return the plain form of what is known before judging."""
    return {
        "task": task.id,
        "domain": task.domain,
        "family": task.family,
        "difficulty": task.difficulty,
        "prompt": build_prompt(task),
        "completion": completion,
    }


def found(score: Score, *, place_met: bool) -> dict[str, Any]:
    """Return the plain form of the result of judging; `place_met` as for `scored_sample`."""
    judgement = score.verdict
    return {
        "text": judgement.text,
        "verdict": judgement.to_json(),
        "intent": None if judgement.intent is None else _clauses(judgement.intent, place_met),
        "valid": score.valid,
        "passed": score.passed,
        "score": score.total,
        "parts": dict(score.parts),
    }


def _clauses(intent: IntentResult, place_met: bool) -> list[dict[str, Any]]:
    return [_clause(one, place_met or not one.met) for one in intent.checked]


def _clause(one: Checked, placed: bool) -> dict[str, Any]:
    place = one.find_range() if placed else None
    return {
        "clause": one.clause,
        "met": one.met,
        "reason": one.reason,
        "range": None if place is None else place.to_json(),
        "limit": one.limit,
    }


def write_samples(path: Path, samples: Iterable[ScoredSample]) -> None:
    """Write a `samples.jsonl` in one step."""
    with replacing(path) as file:
        for sample in samples:
            file.write(json.dumps(sample.to_json(), ensure_ascii=False).encode("utf-8", "replace") + b"\n")


def read_samples(path: Path) -> Iterator[ScoredSample]:
    """Yield the rows of a `samples.jsonl`.

    Raises:
        UserError: The file does not exist, or a row does not have the form of a sample; the message names file and
            line.
    """
    for number, row in read_rows(path):
        try:
            yield ScoredSample.from_json(row)
        except ValueError as error:
            raise UserError(f"{path}:{number}: not a judged sample: {error}.") from None
