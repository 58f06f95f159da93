"""`iacrl data check`: proofs of gold answers, and the quality of tasks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iacrl.cli.data_arguments import ROW_DOMAIN, TASK_FILES, read_files
from iacrl.cli.printing import print_json
from iacrl.cli.shared_options import FILE, examples, format_option, program_option, refuse_useless
from iacrl.domains.base import NO_OPTIONS
from iacrl.domains.registry import find_domain
from iacrl.files import require_folder, write_named
from iacrl.terminal import echo, echo_line

if TYPE_CHECKING:
    from iacrl.domains.programs import Engine
    from iacrl.tasks.task import Task


@click.command(
    epilog=examples(
        "iacrl data check tasks.jsonl",
        "iacrl data check tasks.jsonl --gold-only --engine terraform --format json",
        "iacrl data check --quality test.jsonl train.jsonl --scores weights.jsonl",
    )
)
@TASK_FILES
@ROW_DOMAIN
@click.option("--gold-only", is_flag=True, help="Leave the mutations out, which take ten times as long.")
@program_option("Judge in process, or the gold answers of one domain by its real program too.")
@format_option()
@click.option(
    "--quality",
    is_flag=True,
    help="Score each task instead: gold answer, leaks, duplicates, values that the instruction lacks, length. Name the "
    "test file first.",
)
@click.option("--scores", type=FILE, help="With --quality: a file for the scores, which `data.weights` takes.")
def check(
    files: tuple[Path, ...],
    domain: str | None,
    gold_only: bool,
    engine: str | None,
    form: str,
    quality: bool,
    scores: Path | None,
) -> int:
    """Prove every gold answer of FILES (all shipped files unless given), and that its mutations score less.

    Ends with a table of the families: how many gold answers are proven, and what their mutations score.
    """
    if quality:
        refuse_useless("has no effect with --quality, which judges gold answers alone.", gold_only="--gold-only")
        refuse_useless("has no effect with --quality, which judges in process.", engine="--engine")
        return _check_quality(read_files(files, domain), scores, form)
    refuse_useless("needs --quality.", scores="--scores")
    read = read_files(files, domain)
    with nullcontext() if engine is None else _started(engine) as program:
        return _check(read, gold_only, form, lambda task: _refused(program, task) if task.domain == engine else ())


def _check_quality(read: Mapping[Path, Sequence[Task]], scores: Path | None, form: str) -> int:
    """Print what lowers the score of each task, and a table; write the scores. Status 1 if a task scores 0."""
    from iacrl.tasks.quality import render_quality, score_quality, weight_rows

    if scores is not None:
        require_folder(scores)
    found = score_quality(read)
    rows = list(weight_rows(found))
    if scores is not None:
        write_named(scores, "".join(f"{json.dumps(row)}\n" for row in rows))
    if form == "json":
        print_json(rows)
    else:
        for file, tasks in found.items():
            for one in tasks:
                for why in one.why:
                    echo_line(f"{file}: {one.task}: {why}")
        echo(f"\n{render_quality(found)}")
        if scores is not None:
            echo_line(f"Wrote {scores}. Train with data.weights={scores}")
    return int(any(one.weight == 0 for tasks in found.values() for one in tasks))


def _started(name: str) -> Engine:
    domain = find_domain(name)
    assert domain.engine is not None  # the option offers only such domains
    return domain.engine(domain.resolved(NO_OPTIONS))


def _refused(program: Engine | None, task: Task) -> tuple[str, ...]:
    found = program.validate(task.output).errors if program else ()
    return tuple(f"{task.domain}, by its program: {one.message}" for one in found)


def _check(
    read: Mapping[Path, Sequence[Task]], gold_only: bool, form: str, refused: Callable[[Task], tuple[str, ...]]
) -> int:
    from iacrl.tasks.proof import gold_faults, prove, render_proofs

    report: dict[str, dict[str, Any]] = {}
    proofs = []
    for file, tasks in read.items():
        wrong = []
        for task in tasks:
            survived: tuple[str, ...] = ()
            if gold_only or task.intent is None:
                faults = gold_faults(task)
            else:
                proof = prove(task)
                proofs.append(proof)
                faults, survived = proof.faults, proof.survived
            faults += refused(task)
            if faults or survived:
                wrong.append({"id": task.id, "gold_answer": list(faults), "mutations_not_caught": list(survived)})
            if form == "text":  # as it is found: thousands of tasks take minutes
                for fault in faults:
                    echo_line(f"{file}: {task.id}: gold answer: {fault}")
                for name in survived:
                    echo_line(f"{file}: {task.id}: a mutation is not caught: {name}")
        report[str(file)] = {"tasks": len(tasks), "wrong": wrong}
        if form == "text":
            echo_line(f"{file}: {len(tasks)} tasks, {len(wrong)} wrong")
    if form == "json":
        print_json(report)
    elif proofs:
        echo(f"\n{render_proofs(proofs)}")
    return int(any(one["wrong"] for one in report.values()))
