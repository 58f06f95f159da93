"""The judged samples of an evaluation: the rows of `samples.jsonl`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from iacrl.domains.verdict import Diagnostic, Layer
from iacrl.errors import UserError
from iacrl.evaluation.plain import first_mistake, form_of
from iacrl.files import read_rows, replacing
from iacrl.intent.check import ClauseResult

#: How tokens were chosen: the likeliest one, drawn from the distribution, or not known (a file of completions).
DecodingName = Literal["greedy", "sampled", "given"]

#: The file beside `samples.jsonl` with the judged answers of the trivial policies, in the same form.
TRIVIAL_SAMPLES = "trivial.jsonl"

#: How a completion ended: by itself, at the token limit, or otherwise (a content filter). None where nothing tells.
Finish = Literal["stop", "length", "other"]


@dataclass(frozen=True, slots=True)
class JudgedText:
    """The verdict on one completion: `verdict` of a sample.

    Attributes:
        valid: No error was found; an empty text may be valid.
        layers: The layers passed, lowest first; the last one tells how far the text came.
        diagnostics: Every finding. Ranges count lines and columns in `Sample.text`, not in the completion.
        unchecked: What could not be judged, in words.
    """

    valid: bool
    layers: tuple[Layer, ...]
    diagnostics: tuple[Diagnostic, ...]
    unchecked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EngineVerdict:
    """What the real program said of one Terraform text (`--engine terraform`)."""

    valid: bool
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One completion, judged: a row of `samples.jsonl`.

    Attributes:
        policy: The label of the model, such as `base`, `sft`, `grpo` or an endpoint's model name.
        decoding: How tokens were chosen.
        sample: Counts the completions of one task from 0.
        finish: How the completion ended; None where that is not known.
        tokens: Length, the end token included; None where that is not known.
        task: The task's id.
        domain, family, difficulty: The task's own; family is empty and difficulty None for a task from elsewhere.
        prompt: The chat messages that were shown, each with `role` and `content`.
        completion: The raw text of the model.
        text: The code that was extracted from it and judged.
        verdict: What was found.
        intent: The clauses of what was asked for, in order, each with the place in `text` where it is met or fails;
            None where they were not looked at: the text is not valid, or the task has no intent.
        valid: Valid, and declares something.
        passed: Valid, and everything that was asked for is there.
        score: By the rubric, from 0 to 1.
        parts: Each reward's own value; None where it abstained.
        error: Why the text has the lowest score: how it broke a reward that judges good answers well, or that it is too
            long to be judged; mostly empty.
        engine: The real program's verdict; None where it was not asked.
    """

    policy: str
    decoding: DecodingName
    sample: int
    finish: Finish | None
    tokens: int | None
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
    score: float
    parts: Mapping[str, float | None]
    error: str = ""
    engine: EngineVerdict | None = None


def write_samples(path: Path, samples: Iterable[Sample]) -> None:
    """Write a `samples.jsonl` in one step."""
    with replacing(path) as file:
        for sample in samples:
            file.write(form_of(Sample).dump_json(sample) + b"\n")


def read_samples(path: Path) -> Iterator[Sample]:
    """Yield the rows of a `samples.jsonl`.

    Raises:
        UserError: The file is not there, or a row has not the form of a sample; the message names file and line.
    """
    for number, row in read_rows(path):
        try:
            yield form_of(Sample).validate_python(row)
        except ValidationError as error:
            raise UserError(f"{path}:{number}: not a judged sample: {first_mistake(error)}.") from None
