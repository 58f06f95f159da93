"""`iacrl score`: what one answer to one task earns, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from iacrl.cli.completing import complete_files, complete_tasks
from iacrl.cli.printing import aligned, print_json
from iacrl.cli.shared_options import (
    CONTEXT_ALONE,
    config_option,
    context_option,
    engine_option,
    examples,
    format_option,
    overrides_argument,
)
from iacrl.domains.base import NO_OPTIONS, Options
from iacrl.errors import UserError, did_you_mean
from iacrl.sources.plain_text import headline
from iacrl.sources.reading import read_source
from iacrl.terminal import echo, echo_line

if TYPE_CHECKING:
    from iacrl.scoring.rubric import Rubric
    from iacrl.scoring.runtime import Limits, Outcome
    from iacrl.scoring.samples import ScoredSample
    from iacrl.tasks import Task


@click.command(
    epilog=examples(
        "iacrl score answer.md --task tf_output-0-0",
        "model | iacrl score - --task k8s_pvc-0-3 --format json",
        "iacrl score answer.md --config recipe.yaml --task my-task-17",
    )
)
@click.argument("file", metavar="FILE|-", shell_complete=complete_files)
@overrides_argument
@click.option(
    "--task",
    "task_id",
    required=True,
    metavar="ID",
    help="The task that the text answers.",
    shell_complete=complete_tasks,
)
@config_option("A recipe: its rubric, and its tasks.")
@format_option()
@engine_option
@context_option
def command(
    file: str,
    overrides: tuple[str, ...],
    task_id: str,
    config_name: str | None,
    form: str,
    engine: str | None,
    context: str | None,
) -> None:
    """Score the answer in FILE, as a model would write it, for one task: the total and its parts.

    Without --config, the rubric is the default one, and ID is a generated task: one in the shipped files, or one that
    `iacrl data show` shows. With it, ID is the `id` of a row in the recipe's task files. `iacrl score` judges whether a
    text does what a task asks; to judge the text alone, use `iacrl validate`.
    """
    if overrides and config_name is None:
        raise click.UsageError("section.key=value changes a recipe; name one with --config.")
    rubric, limits, task, options = (
        _from_recipe(config_name, overrides, task_id) if config_name else _generated(task_id)
    )
    outcome, sample = _judge(read_source(file), rubric, limits, task)
    said = None
    if engine is not None:
        if engine != task.domain:
            raise click.UsageError(f"--engine {engine} does not judge {task.domain}, which task {task.id} is of.")
        said = _second_opinion(engine, options.get(engine, NO_OPTIONS), context, sample.text)
    elif context is not None:
        raise click.UsageError(CONTEXT_ALONE)
    if form == "json":
        print_json({**_row(rubric, outcome, sample), **({"engine": said} if said else {})})
    else:
        echo(_text(rubric, outcome, sample, task))
        if said is not None:
            echo_line(f"{said['judge']}: {_VALIDITY[said['valid']]}")


def _judge(completion: str, rubric: Rubric, limits: Limits, task: Task) -> tuple[Outcome, ScoredSample]:
    """Judge as a run would: in a separate process, with its limits.

    Raises:
        UserError: A reward broke on the text.
    """
    from iacrl.scoring.runtime import Runtime

    with Runtime(rubric, replace(limits, workers=1, max_failed=1.0), place_met=True) as runtime:
        (outcome,) = runtime.score_batch([completion], [task]).outcomes
    if outcome.kind == "judged":
        return outcome, outcome.sample(task, completion)
    in_run = "In a run it earns 0" if outcome.kind == "broken" else "In a run it gets no score"
    raise UserError(f"The text cannot be scored: {outcome.error.rstrip('.')}. {in_run}.")


#: A second judge's verdict in words.
_VALIDITY = {True: "valid", False: "not valid", None: "not judged"}


def _second_opinion(engine: str, options: Options, context: str | None, text: str) -> dict[str, Any]:
    """Return the verdict of the domain's second judge on the text, in plain form."""
    from iacrl.domains.registry import second_judge

    given = {**options, **({"context": context} if context is not None else {})}
    with second_judge(engine, given) as judge:
        (opinion,) = judge.judge([text])
        found = [one.to_json() for one in opinion.diagnostics]
        return {"judge": judge.name, "valid": opinion.valid, "diagnostics": found}


def _from_recipe(
    name: str, overrides: tuple[str, ...], task_id: str
) -> tuple[Rubric, Limits, Task, Mapping[str, Options]]:
    """Return a recipe's rubric, one of its tasks, and its domains' options: a rubric lacks those of the engine."""
    from iacrl.config.recipes import NOT_NEEDED, load_config
    from iacrl.tasks import SPLITS, load_tasks, read_tasks
    from iacrl.tasks.hub_files import task_file

    config = load_config(name, overrides, otherwise=NOT_NEEDED)
    rubric = config.rubric()
    known: list[str] = []
    for split in SPLITS:
        source: str = getattr(config.data, split)
        for domain in config.data.domains:
            shipped = source == "shipped"
            tasks = load_tasks(domain, split=split) if shipped else read_tasks(task_file(source), domain=domain)
            for task in tasks:
                if task.id == task_id:
                    return rubric, config.limits(), task, config.domains
            known += [task.id for task in tasks]
    near = did_you_mean(task_id, known) or f" It is the `id` of a row in a task file, such as {known[0]}."
    raise UserError(f"No task {task_id!r} among the tasks of {name} ({len(known)}).{near}")


def _generated(task_id: str) -> tuple[Rubric, Limits, Task, Mapping[str, Options]]:
    from iacrl.scoring.rubric import default_rubric
    from iacrl.scoring.runtime import Limits
    from iacrl.tasks.family import find_task

    return default_rubric(), Limits(), find_task(task_id), {}


def _row(rubric: Rubric, outcome: Outcome, sample: ScoredSample) -> dict[str, Any]:
    return {
        "task": sample.task,
        "total": outcome.total,
        "valid": outcome.valid,
        "passed": outcome.passed,
        "layers": list(sample.verdict.layers),
        "parts": [
            {
                "name": part.reward.name,
                "value": outcome.parts[part.reward.name],
                "weight": part.weight,
                "gate": None if part.gate is None else str(part.gate),
                "gate_holds": part.reward.name not in outcome.gated,
                "earned": outcome.earned.get(part.reward.name),
            }
            for part in rubric.parts
        ],
        "clauses": [
            {
                "clause": clause.clause,
                "met": clause.met,
                "reason": clause.reason,
                "range": None if clause.range is None else clause.range.to_json(),
            }
            for clause in sample.intent or ()
        ],
        "diagnostics": [found.to_json() for found in sample.verdict.diagnostics],
        "unchecked": list(sample.verdict.unchecked),
    }


def _text(rubric: Rubric, outcome: Outcome, sample: ScoredSample, task: Task) -> str:
    verdict = sample.verdict
    validity = "valid" if sample.valid else "declares nothing" if verdict.valid else "not valid"
    if outcome.unchecked and not _is_wrong(sample):
        validity = "not judged"
    lines = [f"{task.id}: {outcome.total:.3f}  ({validity}, {'complete' if sample.passed else 'not complete'})", ""]
    lines += aligned(
        [
            ("part", "value", "weight", "earned", "counts only with"),
            *(
                (
                    part.reward.name,
                    "abstains" if (value := outcome.parts[part.reward.name]) is None else f"{value:.3f}",
                    f"{part.weight:g}",
                    "-" if (earned := outcome.earned.get(part.reward.name)) is None else f"{earned:.3f}",
                    "" if part.gate is None else f"{part.gate}{' (not so)' * (part.reward.name in outcome.gated)}",
                )
                for part in rubric.parts
            ),
        ]
    )
    lines += ["", *_clauses(sample, task)]
    lines += map(headline, verdict.diagnostics)
    lines += [f"not checked: {words}" for words in verdict.unchecked]
    if sample.text != sample.completion:
        lines.append("Lines are counted in the code that was found in the answer.")
    return "\n".join(lines)


def _is_wrong(sample: ScoredSample) -> bool:
    return any(one.severity == "error" for one in sample.verdict.diagnostics)


def _clauses(sample: ScoredSample, task: Task) -> Iterator[str]:
    if task.intent is None:
        yield "The task has no intent: nothing shows whether an answer does what was asked."
        return
    if sample.intent is None:
        yield f"No clause is checked: the text is not {'valid' if _is_wrong(sample) else 'judged'}."
        return
    clauses = sample.intent
    yield f"{sum(clause.met for clause in clauses)} of {len(clauses)} clauses are met."
    for clause in clauses:
        place = "" if clause.range is None else f"  [{clause.range.start.line}:{clause.range.start.column}]"
        reason = f": {clause.reason}" if clause.reason else ""
        yield f"  {'met    ' if clause.met else 'not met'}  {clause.clause}{reason}{place}"
