"""The main result of a run, for the top of its report: the last policy against the one before, paired by task."""

from __future__ import annotations

from dataclasses import dataclass

from iacrl.evaluation.figures import Difference, Evaluation
from iacrl.scoring.samples import DecodingName


@dataclass(frozen=True, slots=True)
class Headline:
    """The difference that a report opens with, and the rates of the two policies on all tasks, in percent."""

    difference: Difference
    before: float
    after: float


def headline_of(evaluation: Evaluation) -> Headline | None:
    """Return the gain of the last trained policy with the main decoding; None without two measured policies."""
    main = main_decoding(evaluation)
    there = {result.policy for result in evaluation.results if result.decoding == main}
    found = [one for one in evaluation.differences if one.decoding == main and {one.before, one.after} <= there]
    if not found:
        return None
    last = found[-1]
    before, after = (
        100 * evaluation.result(label, last.decoding).rates().passed[1].value for label in (last.before, last.after)
    )
    return Headline(last, before, after)


def main_decoding(evaluation: Evaluation) -> DecodingName:
    """Return greedy if it was measured, otherwise the first decoding."""
    decodings = [result.decoding for result in evaluation.results if not result.trivial]
    return "greedy" if "greedy" in decodings or not decodings else decodings[0]
