"""`iacrl compare`: evaluations of the same tasks, compared task by task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from iacrl.errors import UserError, did_you_mean
from iacrl.evaluation.figures import Difference, Evaluation, PolicyResult, read_evaluation
from iacrl.evaluation.rates import Outcomes, differences, gather
from iacrl.scoring.samples import DecodingName, read_samples


@dataclass(frozen=True, slots=True)
class Compared:
    """One policy of one evaluation.

    Attributes:
        label: Its name in the comparison.
        policy: Its name in its evaluation.
        folder: The evaluation's directory.
        outcomes: Its outcomes, by decoding.
    """

    label: str
    policy: str
    folder: Path
    evaluation: Evaluation
    outcomes: dict[DecodingName, Outcomes]


def compare(names: Sequence[str]) -> tuple[list[Compared], list[Difference]]:
    """Return the policies, and how each later one differs from the first, in every decoding they share.

    The decoding of completions from a file is unknown. They are compared with each decoding of the other.

    Args:
        names: Each is the directory of an evaluation, or of a run with one. `PATH:POLICY` names one of its policies;
            the default is the last trained one.

    Raises:
        UserError: A directory does not contain such an evaluation, or the evaluations differ in tasks or prompts, or
            have no decoding in common.
    """
    compared = [_read(name) for name in names]
    labels = [one.label for one in compared]
    if len(set(labels)) < len(labels):
        labels = list(names)
    compared = [replace(one, label=label) for one, label in zip(compared, labels, strict=True)]
    first = compared[0]
    for other in compared[1:]:
        _refuse_unlike(first, other)
    found: list[Difference] = []
    for decoding in get_args(DecodingName):
        matched = [(other, _matched(first, other, decoding)) for other in compared[1:]]
        pairs = [((first.label, pair[0]), (other.label, pair[1])) for other, pair in matched if pair is not None]
        found += differences(pairs, decoding)
    if not found:
        held = "; ".join(f"{one.folder}: {', '.join(one.outcomes)}" for one in compared)
        raise UserError(f"These evaluations have no decoding in common in which both answered a task ({held}).")
    return compared, found


def _matched(first: Compared, other: Compared, decoding: DecodingName) -> tuple[Outcomes, Outcomes] | None:
    """Return the outcomes with a decoding; for a file of completions, whose decoding is unknown, all of them."""
    given = [one.outcomes.get(decoding, one.outcomes.get("given")) for one in (first, other)]
    known = decoding in first.outcomes or decoding in other.outcomes
    if not known or given[0] is None or given[1] is None:
        return None
    return (given[0], given[1])


def rates_of(compared: Sequence[Compared]) -> list[PolicyResult]:
    """Return the figures of the compared policies and of the trivial ones, which are the same for all evaluations."""
    found = [
        replace(result, policy=one.label)
        for one in compared
        for result in one.evaluation.results
        if result.policy == one.policy and not result.trivial
    ]
    return [*found, *(result for result in compared[0].evaluation.results if result.trivial)]


def _read(name: str) -> Compared:
    path, policy = name, ""
    if not Path(name).exists() and ":" in name:
        path, _, policy = name.rpartition(":")
    folder = Path(path) / "eval" if (Path(path) / "eval" / "eval.json").is_file() else Path(path)
    evaluation = read_evaluation(folder)
    labels = [one.label for one in evaluation.policies]
    label = policy or evaluation.models[-1]
    if label not in labels:
        raise UserError(
            f"{folder} holds no policy {label!r}.{did_you_mean(label, labels)} It holds {', '.join(labels)}."
        )
    gathered = gather(sample for sample in read_samples(folder / "samples.jsonl") if sample.policy == label)
    outcomes: dict[DecodingName, Outcomes] = {decoding: found for (_, decoding), found in gathered.items()}
    return Compared(label, label, folder, evaluation, outcomes)


def _refuse_unlike(one: Compared, other: Compared) -> None:
    """Refuse two evaluations that asked or judged differently."""
    wrong = []
    for key, words in (
        ("tasks", "the tasks"),
        ("prompt", "the form of the prompt"),
        ("extractor", "the extractor"),
        ("rubric", "the rubric"),
        ("gates", "the rubric's gates"),
        ("options", "the options of the domains"),
    ):
        mine, theirs = getattr(one.evaluation.protocol, key), getattr(other.evaluation.protocol, key)
        if mine != theirs:
            wrong.append(f"  {words}: {_short(mine)} in {one.folder}, {_short(theirs)} in {other.folder}")
    if wrong:
        told = "\n".join(wrong)
        raise UserError(
            f"These evaluations cannot be compared, because they differ in\n{told}\n"
            "Evaluate both with the same configuration; where only the judging differs, `iacrl rescore` both."
        )


def _short(value: object) -> str:
    return str(value)[:60] if not isinstance(value, str) else value[:12]
