"""`iacrl eval`: measure models on held-out tasks."""

from __future__ import annotations

from pathlib import Path

import click

from iacrl.cli.shared_options import (
    FILE,
    config_option,
    context_option,
    engine_option,
    examples,
    format_option,
    overrides_argument,
    print_config,
    ray_option,
    refuse_both,
    run_options,
    trust_option,
    with_context,
)
from iacrl.extras import EVAL, TRAIN, require
from iacrl.terminal import echo_line


@click.command(
    name="eval",
    epilog=examples(
        "iacrl eval --config tiny-cpu",
        "iacrl eval --config tiny-cpu eval.samples=8 eval.best_of=8 eval.repair=2",
        "iacrl eval --model runs/tiny-cpu/grpo eval.rows=100",
        "iacrl eval --config recipe.yaml --endpoint http://localhost:8000/v1 --model NAME",
        "iacrl eval --config recipe.yaml --completions answers.jsonl --format json",
    ),
)
@config_option()
@click.option(
    "--model",
    metavar="NAME|DIRECTORY",
    help="A model, a finished run, one of its checkpoints, or what --endpoint calls its model.",
)
@click.option("--endpoint", metavar="URL", help="An OpenAI-compatible endpoint, such as http://localhost:8000/v1.")
@click.option("--completions", type=FILE, help='Rows {"task", "completion"[, "sample"]} that any program wrote.')
@engine_option
@context_option
@trust_option
@ray_option
@click.option(
    "--general",
    metavar="TASK[,TASK]...",
    help="Tasks of lm-evaluation-harness, or files (.yaml) that define some, for base and adapters alike.",
)
@click.option("--dry-run", is_flag=True, help="Print the resolved configuration and stop.")
@run_options
@format_option()
@overrides_argument
def command(
    config_name: str | None,
    model: str | None,
    endpoint: str | None,
    completions: Path | None,
    engine: str | None,
    context: str | None,
    trust: bool,
    ray: str | None,
    general: str | None,
    dry_run: bool,
    resume: bool,
    overwrite: bool,
    form: str,
    overrides: tuple[str, ...],
) -> None:
    """Measure a model on held-out tasks, greedy and sampled.

    With --config alone: the base and each finished stage of the recipe's run. Otherwise a single model: local
    (--model), behind an endpoint (--endpoint and --model; the key is read from IACRL_API_KEY or OPENAI_API_KEY), or its
    answers in a file (--completions). --resume keeps the existing samples and only adds the missing ones.
    """
    refuse_both(resume=resume, overwrite=overwrite)
    if endpoint is not None and completions is not None:
        raise click.UsageError("--endpoint samples and --completions does not; choose one.")
    if endpoint is not None and model is None:
        raise click.UsageError("--endpoint needs --model NAME: what the endpoint calls its model.")
    require("iacrl eval", "eval", EVAL)
    from iacrl.evaluation.model_source import ModelSource, resolve_config

    source = ModelSource(model, endpoint, completions)
    if trust and (source.run is None or config_name is not None):
        raise click.UsageError("--trust is about the configuration in a run's directory; name one with --model alone.")
    config = resolve_config(source, config_name, with_context(engine, context, overrides), trust=trust)
    if dry_run:
        print_config(config)
        return
    if endpoint is None and completions is None:
        require("iacrl eval of a local model", "train", TRAIN)
    from iacrl.cli.printing import print_json, show
    from iacrl.evaluation.protocol import run_eval
    from iacrl.evaluation.text_tables import render_evaluation

    run, evaluation = run_eval(
        config,
        source,
        resume=resume,
        overwrite=overwrite,
        engine=engine,
        general=tuple(name for name in (general or "").split(",") if name),
        ray=ray,
    )
    if form == "json":
        from iacrl.records import to_plain

        print_json({"run": str(run.path), **to_plain(evaluation)})
        return
    show(render_evaluation(evaluation))
    echo_line(f"Run: {run.path}")
