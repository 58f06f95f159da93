"""The evaluation: base, SFT and GRPO on the same held-out tasks, with the same decodings."""

from __future__ import annotations

from collections.abc import Sequence

from iacrl.config import Config
from iacrl.evaluation.results import Outcome, Results, summarize
from iacrl.files import write_json
from iacrl.prompt import build_prompt
from iacrl.scoring.rubric import Score, build_rubric
from iacrl.scoring.samples import sample_row
from iacrl.tasks import Task
from iacrl.training.generation import Completion, Decoding, generate
from iacrl.training.lineage import check_lineage, describe_lineage
from iacrl.training.manifest import describe_circumstances, now
from iacrl.training.model import check_device, load_base, load_tokenizer
from iacrl.training.policies import Policies
from iacrl.training.progress import ProgressBar
from iacrl.training.rows import read_split, spread
from iacrl.training.run_directory import RunDirectory, refuse_existing, start_run
from iacrl.training.stage import finished_stages, full_disk_is_a_user_error, set_up

Scored = list[tuple[Task, Completion, Score]]


def run_eval(config: Config, *, overwrite: bool = False) -> tuple[RunDirectory, Results]:
    """Measure the base and every finished stage of this configuration's run.

    Returns:
        The run directory, with `results.json` and every scored completion in `samples.jsonl`; and the results.

    Raises:
        UserError: See the message.
    """
    refuse_existing(config, "eval", overwrite=overwrite)
    check_device(config.model)
    rubric = build_rubric(config.rewards.weights, config.rewards.gates, config.rewards.kubernetes_version)
    test = read_split(config, "test")
    tasks = [task for domain in config.data.domains for task in _first(test.tasks, domain, config.eval.rows)]
    set_up(config)
    tokenizer = load_tokenizer(config.model)
    base = load_base(config.model)
    stages = finished_stages(config)
    lineage = describe_lineage(config.model, base, tokenizer, read_split(config, "train"))
    for run in stages.values():
        check_lineage(lineage, run.read_manifest().get("lineage", {}), str(run.path))
    policies = Policies(base, stages)
    manifest = {
        **describe_circumstances(config, "eval"),
        "lineage": lineage.to_json(),
        "test": dict(test.digests),
        "models": {name: str(run.path) for name, run in stages.items()},
    }
    outcomes: dict[tuple[str, str], Sequence[Outcome]] = {}
    with full_disk_is_a_user_error(config.run.dir):
        run = start_run(config, "eval", manifest, overwrite=overwrite)
        for name in policies.names:
            for decoding in (Decoding(0.0), Decoding(config.eval.temperature)):
                samples = config.eval.samples if decoding.temperature > 0 else 1
                title = f"{name}, {decoding.name}"
                with policies.use(name) as model, ProgressBar(title, len(tasks) * samples) as bar:
                    completions = generate(
                        model,
                        tokenizer,
                        [build_prompt(task) for task in tasks for _ in range(samples)],
                        decoding,
                        max_tokens=config.eval.max_completion_tokens,
                        batch_size=config.eval.batch_size,
                        seed=config.run.seed,
                        progress=bar.update,
                    )
                asked = [task for task in tasks for _ in range(samples)]
                scored = [
                    (task, completion, rubric.score(completion.text, task))
                    for task, completion in zip(asked, completions, strict=True)
                ]
                run.log_samples(
                    {"model": name, "decoding": decoding.name, "stopped": done.stopped, **sample_row(task, score)}
                    for task, done, score in scored
                )
                outcomes[name, decoding.name] = _outcomes(scored, samples)
        results = summarize(outcomes)
        write_json(run.path / "results.json", results.to_json())
        run.update_manifest({"status": "complete", "finished": now()})
    return run, results


def _first(tasks: Sequence[Task], domain: str, rows: int | None) -> list[Task]:
    return spread([task for task in tasks if task.domain == domain])[:rows]


def _outcomes(scored: Scored, samples: int) -> list[Outcome]:
    """Return one outcome for each task; its samples stand one after the other."""
    found = []
    for start in range(0, len(scored), samples):
        group = scored[start : start + samples]
        task = group[0][0]
        found.append(
            Outcome(
                task.id,
                task.domain,
                sum(score.passed for _, _, score in group) / samples,
                sum(score.valid for _, _, score in group) / samples,
                sum(completion.stopped for _, completion, _ in group) / samples,
            )
        )
    return found
