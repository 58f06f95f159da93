"""From completions to judged samples and their figures: what `iacrl eval` and `iacrl rescore` have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
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
from iacrl.scoring.runtime import Runtime
from iacrl.training.progress import ProgressBar, console
from iacrl.validators import extract

#: Completions judged between two updates of the progress.
_BATCH = 1024


@dataclass(frozen=True, slots=True)
class Judging:
    """What judging needs to know.

    Attributes:
        asked: The tasks.
        protocol: Which completions count.
        policies: The models, in order.
        runtime: Scores by the rubric that the protocol names.
        engine: Judge Terraform by the real program as well.
    """

    asked: Asked
    protocol: Protocol
    policies: tuple[Policy, ...]
    runtime: Runtime
    engine: bool = False


def judge_into(
    samples_file: Path, sampled: Iterable[Sampled], judging: Judging, general: tuple[GeneralResult, ...] = ()
) -> Evaluation:
    """Judge completions, write them as `samples.jsonl` in one step, and return the figures.

    Raises:
        UserError: A policy has no completion at all, or the rubric fails on too many.
    """
    chosen = _chosen(sampled, judging)
    programs: Mapping[str, EngineVerdict] = {}
    if judging.engine:
        programs = judge_by_program(
            extract(one.completion, "terraform")
            for one in chosen
            if judging.asked.tasks[one.task].domain == "terraform"
        )
    write_samples(samples_file, _judged(chosen, judging, programs))
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
    order = [policy.label for policy in judging.policies]
    results.sort(key=lambda result: order.index(result.policy))
    return Evaluation(
        format=FORMAT,
        iacrl=iacrl.__version__,
        protocol=judging.protocol,
        policies=judging.policies,
        results=(*results, *_trivial_results(judging)),
        differences=tuple(found),
        agreement=agreement(read_samples(samples_file)) if judging.engine else (),
        general=general,
    )


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


def _judged(chosen: Sequence[Sampled], judging: Judging, programs: Mapping[str, EngineVerdict]) -> Iterator[Sample]:
    """Yield the samples of what could be judged. What the instrument failed on is told, and counts as missing."""
    failures: list[str] = []
    done = 0
    left = iter(chosen)
    with ProgressBar("judging", len(chosen)) as bar:
        while batch := list(islice(left, _BATCH)):
            tasks = [judging.asked.tasks[one.task] for one in batch]
            scored = judging.runtime.score_batch([one.completion for one in batch], tasks)
            for one, task, outcome in zip(batch, tasks, scored.outcomes, strict=True):
                if outcome.kind == "failed":
                    failures.append(f"{one.task}, sample {one.sample}: {outcome.error}")
                    continue
                row = {
                    "policy": one.policy,
                    "decoding": one.decoding,
                    "sample": one.sample,
                    "finish": one.finish,
                    "tokens": one.tokens,
                    **outcome.sample_row(task, one.completion),
                }
                row["engine"] = programs.get(row["text"]) if task.domain == "terraform" else None
                sample: Sample = form_of(Sample).validate_python(row)
                yield sample
            done += len(batch)
            bar.update(done)
    if failures:
        console.print(
            f"{len(failures)} completions could not be judged and count as missing. The first: {failures[0]}",
            highlight=False,
            soft_wrap=True,
        )


def _trivial_results(judging: Judging) -> Iterator[Result]:
    tasks = list(judging.asked.tasks.values())
    answers = trivial_answers(tasks, judging.asked.train)
    sampled = [
        Sampled(name, "given", task.id, 0, text, None, None)
        for name, texts in answers.items()
        for task, text in zip(tasks, texts, strict=True)
    ]
    outcomes = gather(_judged(sampled, judging, {}))
    for name in answers:
        yield summarize(name, "given", outcomes[name, "given"], tasks=len(tasks), samples=1, trivial=True)
