"""What became of a sample, in one word, and at which layer it failed. What was not judged is not called invalid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from iacrl.scoring.judgement import JUDGED_LAYERS, JudgedLayer
from iacrl.scoring.samples import DecodingName, ScoredSample

#: `empty` is valid and declares nothing; `incomplete` is valid and lacks something that was asked for.
Outcome = Literal["passed", "incomplete", "empty", "invalid", "unjudged"]


@dataclass(frozen=True, slots=True)
class UnjudgedShare:
    """The share of a policy's completions that were not judged, by the layer that they did not reach."""

    policy: str
    decoding: DecodingName
    layer: JudgedLayer
    share: float


def has_no_verdict(sample: ScoredSample) -> bool:
    """Whether nothing is known about the text. Otherwise an error concerns a reward, and the verdict is known."""
    return sample.outcome == "failed" or bool(sample.error and not sample.verdict.layers)


def outcome_of(sample: ScoredSample) -> Outcome:
    """Return what became of a sample. It is invalid only if an error was found."""
    if has_no_verdict(sample):
        return "unjudged"
    if sample.passed:
        return "passed"
    if sample.valid:
        return "incomplete"
    if sample.verdict.valid:
        return "empty"
    return "invalid" if any(found.severity == "error" for found in sample.verdict.diagnostics) else "unjudged"


def first_missing_layer(sample: ScoredSample) -> JudgedLayer | None:
    """Return the first layer that a sample did not pass; None if it passed all."""
    return next((layer for layer in JUDGED_LAYERS if layer not in sample.verdict.layers), None)


def unjudged_shares(samples: Iterable[ScoredSample]) -> tuple[UnjudgedShare, ...]:
    """Return the shares of completions that were not judged; nothing for a policy that was judged completely."""
    asked: Counter[tuple[str, DecodingName]] = Counter()
    found: Counter[tuple[str, DecodingName, JudgedLayer]] = Counter()
    for sample in samples:
        asked[sample.policy, sample.decoding] += 1
        layer = first_missing_layer(sample)
        if outcome_of(sample) == "unjudged" and layer is not None:
            found[sample.policy, sample.decoding, layer] += 1
    return tuple(UnjudgedShare(*key, count / asked[key[:2]]) for key, count in found.items())
