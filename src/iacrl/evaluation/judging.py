"""Judging and summarizing completions: `iacrl eval` does it after sampling, and `iacrl rescore` by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import iacrl
from iacrl.config.recipes import Config
from iacrl.domains import extract
from iacrl.domains.base import NO_OPTIONS
from iacrl.domains.registry import second_judge
from iacrl.errors import UserError
from iacrl.evaluation.asked import Asked
from iacrl.evaluation.figures import FORMAT, Difference, Evaluation, GeneralResult, Policy, PolicyResult, Protocol
from iacrl.evaluation.further import with_best, with_best_turns
from iacrl.evaluation.judges import Judges
from iacrl.evaluation.log import Sampled
from iacrl.evaluation.program import agreement, judge_by_program
from iacrl.evaluation.rates import differences, gather, summarize
from iacrl.evaluation.trivial import trivial_answers
from iacrl.runs.progress import ProgressBar, say
from iacrl.scoring.samples import DecodingName, EngineVerdict, ScoredSample, read_samples, write_samples

#: Domain and text to the verdict of the domain's second judge.
Programs = Mapping[tuple[str, str], EngineVerdict]

#: The file next to the samples with the verdicts of a second judge, until all are there.
_JOURNAL = "engine.jsonl"
#: Completions judged between two updates of the progress.
_BATCH = 256


@dataclass(frozen=True, slots=True)
class Judging:
    """What judging needs to know.

    Attributes:
        programs: Domain and text to the verdict of the domain's second judge, as far as known.
        engine: The domain whose second judge also judges; None for no second judge.
    """

    asked: Asked
    protocol: Protocol
    policies: tuple[Policy, ...]
    judges: Judges
    programs: Programs = field(default_factory=dict)
    engine: str | None = None


def check_engine(engine: str | None, config: Config) -> None:
    """Refuse a second judge that has nothing to judge, or is not available.

    Raises:
        UserError: No task has its domain, or its program does not exist.
    """
    if engine is None:
        return
    if engine not in config.data.domains:
        raise UserError(f"--engine {engine} would judge nothing: data.domains are {', '.join(config.data.domains)}.")
    second_judge(engine, config.domains.get(engine, NO_OPTIONS))


def judge_into(
    samples_file: Path,
    trivial_file: Path,
    sampled: Iterable[Sampled],
    judging: Judging,
    general: tuple[GeneralResult, ...] = (),
) -> Evaluation:
    """Judge completions and the trivial policies' answers, write each file in one step, and return the figures.

    Raises:
        UserError: A policy has no completions, or scoring fails on too many.
    """
    chosen = with_best_turns(_chosen(sampled, judging), judging.asked.tasks, judging.policies, judging.judges)
    programs = judging.programs
    journal = samples_file.with_name(_JOURNAL)
    if judging.engine is not None:
        programs = {**programs, **_by_program(chosen, judging, judging.engine, journal)}
    judged = _judged(chosen, judging, programs)
    write_samples(samples_file, with_best(judged, judging.asked.tasks, judging.policies, judging.judges))
    outcomes = gather(read_samples(samples_file))
    tasks = judging.protocol.task_count
    results: list[PolicyResult] = []
    for policy in judging.policies:
        for decoding in judging.protocol.decodings:
            if policy.best_of > decoding.samples:
                continue
            if (policy.label, decoding.name) not in outcomes:
                raise UserError(f"{policy.label}, {decoding.name}: there is not one completion to measure.")
            results.append(
                summarize(
                    policy.label,
                    decoding.name,
                    outcomes[policy.label, decoding.name],
                    tasks=tasks,
                    samples=decoding.samples // policy.best_of,
                )
            )
    found: list[Difference] = []
    for decoding in judging.protocol.decodings:
        measured = [policy for policy in judging.policies if policy.best_of <= decoding.samples]
        models = [policy.label for policy in measured if policy.origin is None]
        pairs = [*pairwise(models), *((one.origin, one.label) for one in measured if one.origin is not None)]
        by_label = {policy.label: (policy.label, outcomes[policy.label, decoding.name]) for policy in measured}
        found += differences([(by_label[before], by_label[after]) for before, after in pairs], decoding.name)
    journal.unlink(missing_ok=True)
    return Evaluation(
        format=FORMAT,
        iacrl=iacrl.__version__,
        protocol=judging.protocol,
        policies=judging.policies,
        results=(*results, *_trivial_results(judging, trivial_file)),
        differences=tuple(found),
        agreement=agreement(read_samples(samples_file)),
        general=general,
    )


def _chosen(sampled: Iterable[Sampled], judging: Judging) -> list[Sampled]:
    """Return the completions that the protocol asks for, each once, in an order that does not depend on arrival."""
    found: dict[tuple[str, DecodingName, str, int], Sampled] = {}
    for one in sampled:
        found.setdefault((one.policy, one.decoding, one.task, one.sample), one)
    wanted = (
        (policy.label, decoding.name, task, sample)
        for policy in judging.policies
        if policy.best_of == 1
        for decoding in judging.protocol.decodings
        for task in judging.asked.tasks
        for sample in range(decoding.samples)
    )
    return [found[key] for key in wanted if key in found]


def _by_program(chosen: Sequence[Sampled], judging: Judging, domain: str, journal: Path) -> Programs:
    texts = [extract(one.completion, domain) for one in chosen if judging.asked.tasks[one.task].domain == domain]
    options = judging.protocol.options.get(domain, NO_OPTIONS)
    found = judge_by_program(judging.judges, domain, options, texts, journal)
    return {(domain, text): verdict for text, verdict in found.items()}


def _judged(chosen: Sequence[Sampled], judging: Judging, programs: Programs) -> Iterator[ScoredSample]:
    """Yield the samples of the judged completions, in order. The others are reported, and count as missing."""
    failed: list[str] = []
    done = 0
    batches = [chosen[start : start + _BATCH] for start in range(0, len(chosen), _BATCH)]
    asked = [([one.completion for one in batch], [judging.asked.tasks[one.task] for one in batch]) for batch in batches]
    with ProgressBar("judging", len(chosen)) as bar:
        for batch, judged in zip(batches, judging.judges.judge_all(asked), strict=True):
            for one, (outcome, sample) in zip(batch, judged, strict=True):
                if outcome.kind == "failed":
                    failed.append(f"{one.policy}, task {one.task}, sample {one.sample}: {outcome.error}")
                else:
                    yield replace(
                        sample,
                        policy=one.policy,
                        decoding=one.decoding,
                        sample=one.sample,
                        finish=one.finish,
                        tokens=one.tokens,
                        spent=one.spent,
                        prompt=(*sample.prompt, *one.turns),
                        engine=programs.get((sample.domain, sample.text)),
                    )
            if len(failed) > judging.judges.most_failed * len(chosen):
                raise UserError(
                    f"Scoring itself failed on {len(failed)} of {len(chosen)} completions or more, which "
                    f"rewards.max_failed = {judging.judges.most_failed:g} does not allow. The first: {failed[0]}. "
                    "Mend the reward and judge again; what was sampled is kept."
                )
            done += len(batch)
            bar.update(done)
    if failed:
        say(f"{len(failed)} completions could not be judged and count as missing. The first: {failed[0]}")


def _trivial_results(judging: Judging, trivial_file: Path) -> Iterator[PolicyResult]:
    tasks = list(judging.asked.tasks.values())
    answers = trivial_answers(tasks, judging.asked.train)
    sampled = [
        Sampled(name, "given", task.id, 0, text, None, None)
        for name, texts in answers.items()
        for task, text in zip(tasks, texts, strict=True)
    ]
    write_samples(trivial_file, _judged(sampled, judging, {}))
    outcomes = gather(read_samples(trivial_file))
    for name in answers:
        if (name, "given") not in outcomes:
            raise UserError(f"The trivial policy {name}: not one of its answers could be judged. Mend the reward.")
        yield summarize(name, "given", outcomes[name, "given"], tasks=len(tasks), samples=1, trivial=True)
