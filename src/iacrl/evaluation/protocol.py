"""`iacrl eval`: the same tasks, prompts and decodings for every model, sampled, judged and summarized."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from iacrl.config.recipes import Config
from iacrl.domains.extract import EXTRACTOR_VERSION
from iacrl.errors import Interrupted, UserError
from iacrl.evaluation.asked import Asked, read_asked
from iacrl.evaluation.backends import Backend, Reply, Request
from iacrl.evaluation.figures import (
    TRIVIAL_SAMPLES,
    DecodingSettings,
    Evaluation,
    GeneralResult,
    Policy,
    Protocol,
    write_evaluation,
)
from iacrl.evaluation.further import next_turn, turn_before, with_further
from iacrl.evaluation.judges import Judges
from iacrl.evaluation.judging import Judging, check_engine, judge_into
from iacrl.evaluation.log import CompletionLog
from iacrl.evaluation.model_source import ModelSource, decodings_of, open_backend
from iacrl.evaluation.on_ray import open_judges
from iacrl.evaluation.trivial import TRIVIAL
from iacrl.files import is_disk_full, write_atomically, write_json
from iacrl.records import to_plain
from iacrl.runs.directory import RunDirectory, recorded_failure, refuse_existing, stage_path, start_run
from iacrl.runs.lock import run_lock, take
from iacrl.runs.manifest import describe_start, now
from iacrl.runs.progress import ProgressBar, say
from iacrl.tasks.prompt import prompt_digest

#: The file of completions in an evaluation's directory.
COMPLETIONS = "completions.jsonl"


def run_eval(
    config: Config,
    source: ModelSource,
    *,
    resume: bool = False,
    overwrite: bool = False,
    engine: str | None = None,
    general: Sequence[str] = (),
    ray: str | None = None,
) -> tuple[RunDirectory, Evaluation]:
    """Measure a model, or the base and every finished stage of this configuration's run.

    Args:
        resume: Keep the existing samples, and sample only the missing ones.
        overwrite: Replace an existing evaluation.
        engine: The domain whose second judge also judges.
        general: Tasks of lm-evaluation-harness to measure local models on.
        ray: The Ray cluster that judges, as for `RayJudges`; None judges in processes of this machine.

    Returns:
        The directory with the files that `iacrl.evaluation` lists, and the figures.

    Raises:
        UserError: See the message.
        Interrupted: Ctrl-C; what was sampled is kept.
    """
    with run_lock(stage_path(config, "eval")) as lock:
        if not resume:
            refuse_existing(config, "eval", overwrite=overwrite)
        _refuse_early(config, source, engine, general)
        asked = read_asked(config)
        judges = open_judges(config, ray)  # reports a mistake in the rubric now, before hours of sampling
        with judges, open_backend(source, config, asked) as backend:
            protocol = _describe(config, asked, decodings_of(config, backend), source)
            policies = with_further(backend.policies, config.eval, protocol.decodings)
            take(lock, stage_path(config, "eval"))
            run = _open_run(config, protocol, policies, resume=resume, overwrite=overwrite)
            log = CompletionLog(run.path / COMPLETIONS)
            if log.repaired:
                say(log.repaired)
            with _interruptible(run, log):
                for policy in backend.policies:
                    for decoding in protocol.decodings:
                        _sample(backend, policy.label, decoding, asked, log)
                        _repair(
                            backend,
                            [one for one in policies if one.origin == policy.label],
                            decoding,
                            asked,
                            log,
                            judges,
                        )
                found = _measure_general(backend, general, config)
            for note in backend.notes:
                say(note)
        with _interruptible(run, log), judges:
            judging = Judging(asked, protocol, policies, judges, engine=engine)
            evaluation = judge_into(run.samples, run.path / TRIVIAL_SAMPLES, log.rows(), judging, found)
        write_evaluation(run.path, evaluation)
        run.update_manifest({"status": "complete", "finished": now()})
        run.drop_replaced()
        return run, evaluation


@contextmanager
def _interruptible(run: RunDirectory, log: CompletionLog) -> Iterator[None]:
    """Note in the manifest that the evaluation stopped, and why, and say how to continue."""
    try:
        with recorded_failure(run):
            yield
    except KeyboardInterrupt:
        run.update_manifest({"status": "interrupted"})
        raise Interrupted(
            f"Interrupted. {len(log)} completions are kept in {run.path}. Continue with the same command and --resume."
        ) from None


def _refuse_early(config: Config, source: ModelSource, engine: str | None, general: Sequence[str]) -> None:
    """Before sampling, refuse what would fail at the end."""
    if source.label in TRIVIAL:
        raise UserError(f"{source.label} is the name of a trivial policy. Call this model otherwise: --model NAME.")
    check_engine(engine, config)
    if general:
        from iacrl.evaluation.general import check_general

        check_general(config, source, general)


def _describe(config: Config, asked: Asked, decodings: tuple[DecodingSettings, ...], source: ModelSource) -> Protocol:
    return Protocol(
        tasks=asked.digest,
        task_count=len(asked.tasks),
        task_files=asked.files,
        prompt=prompt_digest(config.data.domains, chat_template="", schemas=config.prompt.schemas),
        extractor=EXTRACTOR_VERSION,
        decodings=decodings,
        max_completion_tokens=None if source.completions is not None else config.eval.max_completion_tokens,
        seed=config.run.seed,
        rubric=config.rewards.weights,
        gates=config.rewards.gates,
        options=config.domains,
    )


def _open_run(
    config: Config, protocol: Protocol, policies: tuple[Policy, ...], *, resume: bool, overwrite: bool
) -> RunDirectory:
    """Return the directory of a new evaluation, or of the one to resume."""
    entries = {"protocol": to_plain(protocol), "policies": [to_plain(policy) for policy in policies]}
    if not resume:
        described = {**_circumstances(config, policies), **entries}
        run = start_run(config, "eval", described, overwrite=overwrite, keep=True)
        if run.replaced.exists():
            say(f"The earlier evaluation is kept in {run.replaced} until this one is finished.")
        return run
    run = RunDirectory(stage_path(config, "eval"))
    if not run.path.exists():
        raise UserError(f"Nothing to resume: {run.path} is not there. Start the evaluation without --resume.")
    before = run.read_manifest()
    _refuse_to_mix(run, before, entries)
    before.pop("failure", None)
    write_atomically(run.path / "config.yaml", config.to_yaml())
    write_json(run.path / "manifest.json", {**before, **entries, "status": "running"})
    return run


def _circumstances(config: Config, policies: tuple[Policy, ...]) -> dict[str, Any]:
    if policies[0].identity["kind"] in ("endpoint", "completions"):
        return describe_start(config, "eval")
    from iacrl.runs.manifest import describe_circumstances

    return describe_circumstances(config, "eval")


def _refuse_to_mix(run: RunDirectory, before: Mapping[str, Any], entries: Mapping[str, Any]) -> None:
    """Refuse to add completions to those of another model, other tasks or prompts, or other sampling.

    More completions for each task, another decoding or a further policy do not affect the existing ones.
    """
    if "protocol" not in before or "policies" not in before:
        raise UserError(f"{run.path}: this evaluation cannot be resumed. Replace it with --overwrite.")
    old, new = before["protocol"], entries["protocol"]
    wrong = [
        _difference(words, old.get(key), new[key])
        for key, words in (
            ("tasks", "the tasks"),
            ("prompt", "the form of the prompt"),
            ("max_completion_tokens", "eval.max_completion_tokens"),
            ("seed", "run.seed"),
        )
        if old.get(key) != new[key]
    ]
    temperatures = {decoding["name"]: decoding["temperature"] for decoding in new["decodings"]}
    wrong += [
        _difference(f"the temperature of {one['name']}", one["temperature"], temperatures[one["name"]])
        for one in old["decodings"]
        if one["name"] in temperatures and one["temperature"] != temperatures[one["name"]]
    ]
    identities = {policy["label"]: policy["identity"] for policy in entries["policies"]}
    for policy in before["policies"]:
        if policy.get("best_of", 1) > 1:
            continue  # it chooses when everything is judged; no completion is its own
        label, identity = policy["label"], identities.get(policy["label"])
        if identity is None:
            wrong.append(f"  it holds completions of {label}, which is not measured here")
        else:
            keys = sorted(
                key for key in {*identity, *policy["identity"]} if identity.get(key) != policy["identity"].get(key)
            )
            wrong += [_difference(f"{label}: {key}", policy["identity"].get(key), identity.get(key)) for key in keys]
    if wrong:
        told = "\n".join(wrong)
        raise UserError(
            f"{run.path} cannot go on: what it holds was sampled otherwise.\n{told}\n"
            "Use the configuration that it was started with, give this evaluation another name with run.name=NAME, or "
            "replace it with --overwrite."
        )


def _difference(words: str, before: Any, after: Any) -> str:
    return f"  {words}: {str(before)[:60]} before, {str(after)[:60]} now"


def _sample(backend: Backend, policy: str, decoding: DecodingSettings, asked: Asked, log: CompletionLog) -> None:
    """Sample the missing completions of one policy with one decoding."""
    requests = [
        Request(task, sample)
        for sample in range(decoding.samples)
        for task in asked.tasks.values()
        if (policy, decoding.name, task.id, sample) not in log
    ]
    if not requests:
        return
    done = 0
    with ProgressBar(f"{policy}, {decoding.name}", len(requests)) as bar:
        for answers in backend.answer(policy, decoding, requests):
            _keep(log, policy, decoding, answers)
            done += len(answers)
            bar.update(done)


def _keep(log: CompletionLog, policy: str, decoding: DecodingSettings, answers: Sequence[Reply]) -> None:
    try:
        log.add(policy, decoding.name, answers)
    except OSError as error:
        if not is_disk_full(error):
            raise
        raise UserError(
            f"The disk is full. {len(log)} completions are kept in {log.path}: make room, and continue with the same "
            "command and --resume."
        ) from error


def _repair(
    backend: Backend,
    further: Sequence[Policy],
    decoding: DecodingSettings,
    asked: Asked,
    log: CompletionLog,
    judges: Judges,
) -> None:
    """Sample the missing turns that repair a model's answers; what is valid stays and costs nothing."""
    for policy in (one for one in further if one.repairs and one.origin is not None):
        before = [
            row
            for row in log.rows()
            if (row.policy, row.decoding) == (turn_before(policy), decoding.name)
            and row.task in asked.tasks
            and (policy.label, decoding.name, row.task, row.sample) not in log
        ]
        if not before:
            continue
        turn = next_turn(before, asked.tasks, judges)
        _keep(log, policy.label, decoding, turn.kept)
        done = 0
        with ProgressBar(f"{policy.label}, {decoding.name}", len(turn.requests)) as bar:
            for answers in backend.answer(str(policy.origin), decoding, turn.requests):
                _keep(log, policy.label, decoding, [turn.with_cost(one) for one in answers])
                done += len(answers)
                bar.update(done)


def _measure_general(backend: Backend, tasks: Sequence[str], config: Config) -> tuple[GeneralResult, ...]:
    if not tasks:
        return ()
    from iacrl.evaluation.general import measure_general

    return measure_general(backend, tasks, config)
