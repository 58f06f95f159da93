"""From completions to judged samples and their figures: what `iacrl eval` and `iacrl rescore` have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import iacrl
from iacrl.errors import UserError
from iacrl.evaluation.asked import Asked
from iacrl.evaluation.figures import FORMAT, Difference, Evaluation, GeneralResult, Policy, Protocol, Result
from iacrl.evaluation.log import Sampled
from iacrl.evaluation.outcomes import gather
from iacrl.evaluation.plain import form_of
from iacrl.evaluation.program import agreement, judge_by_program
from iacrl.evaluation.samples import DecodingName, EngineVerdict, Sample, read_samples, write_samples
from iacrl.evaluation.summary import differences, summarize
from iacrl.evaluation.trivial import trivial_answers
from iacrl.scoring.rubric import Rubric, build_rubric
from iacrl.scoring.samples import sample_row
from iacrl.validators import extract


@dataclass(frozen=True, slots=True)
class Judging:
    """What judging needs to know.

    Attributes:
        asked: The tasks.
        protocol: Which completions count, and the rubric.
        policies: The models, in order.
        engine: Judge Terraform by the real program as well.
    """

    asked: Asked
    protocol: Protocol
    policies: tuple[Policy, ...]
    engine: bool = False


def judge_into(
    samples_file: Path, sampled: Iterable[Sampled], judging: Judging, general: tuple[GeneralResult, ...] = ()
) -> Evaluation:
    """Judge completions, write them as `samples.jsonl` in one step, and return the figures.

    Raises:
        UserError: A policy has no completion at all, or a reward is at fault.
    """
    rubric = rubric_of(judging.protocol)
    chosen = _chosen(sampled, judging)
    programs: Mapping[str, EngineVerdict] = {}
    if judging.engine:
        programs = judge_by_program(
            extract(one.completion, "terraform")
            for one in chosen
            if judging.asked.tasks[one.task].domain == "terraform"
        )
    write_samples(samples_file, (_judged(one, judging.asked, rubric, programs) for one in chosen))
    outcomes = gather(read_samples(samples_file))
    tasks = judging.protocol.task_count
    results: list[Result] = []
    found: list[Difference] = []
    for decoding in judging.protocol.decodings:
        for policy in judging.policies:
            if (policy.label, decoding.name) not in outcomes:
                raise UserError(f"{policy.label}, {decoding.name}: there is not one completion to measure.")
            results.append(
                summarize(
                    policy.label,
                    decoding.name,
                    outcomes[policy.label, decoding.name],
                    tasks=tasks,
                    samples=decoding.samples,
                )
            )
        by_label = [(policy.label, outcomes[policy.label, decoding.name]) for policy in judging.policies]
        found += differences(list(pairwise(by_label)), decoding.name)
    return Evaluation(
        format=FORMAT,
        iacrl=iacrl.__version__,
        protocol=judging.protocol,
        policies=judging.policies,
        results=(*results, *_trivial_results(judging, rubric)),
        differences=tuple(found),
        agreement=agreement(read_samples(samples_file)) if judging.engine else (),
        general=general,
    )


def rubric_of(protocol: Protocol) -> Rubric:
    """Return the rubric that a protocol names.

    Raises:
        UserError: A reward is not known or fails to load.
    """
    return build_rubric(protocol.rubric, protocol.gates, protocol.kubernetes_version)


def _chosen(sampled: Iterable[Sampled], judging: Judging) -> list[Sampled]:
    """Return the completions that the protocol asks for, each once; in whatever order they arrived, in one order."""
    found: dict[tuple[str, DecodingName, str, int], Sampled] = {}
    for one in sampled:
        found.setdefault((one.policy, one.decoding, one.task, one.sample), one)
    wanted = (
        (policy.label, decoding.name, task, sample)
        for policy in judging.policies
        for decoding in judging.protocol.decodings
        for task in judging.asked.tasks
        for sample in range(decoding.samples)
    )
    return [found[key] for key in wanted if key in found]


def _judged(one: Sampled, asked: Asked, rubric: Rubric, programs: Mapping[str, EngineVerdict]) -> Sample:
    task = asked.tasks[one.task]
    row = {
        "policy": one.policy,
        "decoding": one.decoding,
        "sample": one.sample,
        "finish": one.finish,
        "tokens": one.tokens,
        **sample_row(task, rubric.score(one.completion, task)),
    }
    row["engine"] = programs.get(row["text"]) if task.domain == "terraform" else None
    sample: Sample = form_of(Sample).validate_python(row)
    return sample


def _trivial_results(judging: Judging, rubric: Rubric) -> Iterator[Result]:
    tasks = list(judging.asked.tasks.values())
    for name, answers in trivial_answers(tasks, judging.asked.train).items():
        samples = (
            _judged(Sampled(name, "given", task.id, 0, text, None, None), judging.asked, rubric, {})
            for task, text in zip(tasks, answers, strict=True)
        )
        ((_, outcomes),) = gather(samples).items()
        yield summarize(name, "given", outcomes, tasks=len(tasks), samples=1, trivial=True)
