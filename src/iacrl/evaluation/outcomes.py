"""What the figures need to know of a judged completion, and nothing more: samples are many, and their texts long."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from iacrl.scoring.judgement import JudgedLayer
from iacrl.scoring.samples import DecodingName, Finish, ScoredSample


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one completion; the fields are those of `ScoredSample`.

    `errors` maps the code of each error to the first message that came with it.
    """

    task: str
    domain: str
    family: str
    difficulty: int | None
    sample: int
    valid: bool
    passed: bool
    score: float
    layers: tuple[JudgedLayer, ...]
    errors: Mapping[str, str]
    tokens: int | None
    finish: Finish | None
    error: str = ""

    @property
    def cluster(self) -> Hashable:
        """What the task is alike with: its family; a task without one stands alone."""
        return (self.domain, self.family) if self.family else self.task


#: The outcomes of one policy with one decoding: the id of each task to those of its completions, at least one.
Outcomes = Mapping[str, Sequence[Outcome]]


def outcome_of(sample: ScoredSample) -> Outcome:
    """Return what the figures need of a sample."""
    errors: dict[str, str] = {}
    for found in sample.verdict.diagnostics:
        if found.severity == "error":
            errors.setdefault(found.code, found.message)
    return Outcome(
        task=sample.task,
        domain=sample.domain,
        family=sample.family,
        difficulty=sample.difficulty,
        sample=sample.sample,
        valid=sample.valid,
        passed=sample.passed,
        score=sample.score or 0.0,  # only training keeps samples without one
        layers=sample.verdict.layers,
        errors=errors,
        tokens=sample.tokens,
        finish=sample.finish,
        error=sample.error,
    )


def gather(samples: Iterable[ScoredSample]) -> dict[tuple[str, DecodingName], dict[str, list[Outcome]]]:
    """Return the outcomes of samples by policy and decoding, then by task, each in the order of first appearance."""
    found: dict[tuple[str, DecodingName], dict[str, list[Outcome]]] = {}
    for one in samples:
        found.setdefault((one.policy, one.decoding), {}).setdefault(one.task, []).append(outcome_of(one))
    return found
