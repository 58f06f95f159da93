"""`iacrl reward audit`: can texts cheat a reward, or the whole rubric?"""

from __future__ import annotations

from pathlib import Path

import click

from iacrl.cli.printing import print_json
from iacrl.cli.shared_options import FILE, config_option, examples, format_option
from iacrl.errors import UserError
from iacrl.terminal import echo


@click.command(
    name="audit",
    epilog=examples(
        "iacrl reward audit no_latest_tag.py",
        "iacrl reward audit --rubric",
        "iacrl reward audit --rubric --config recipe.yaml --thorough",
    ),
)
@click.argument("name", required=False)
@click.option("--rubric", "whole", is_flag=True, help="Audit the rubric: the default one, or that of --config.")
@config_option("A recipe whose rubric to audit.")
@click.option("--tasks", "file", type=FILE, help="A task file to try it on, not the shipped tasks.")
@click.option("--thorough", is_flag=True, help="Try it on every shipped test task; takes minutes.")
@format_option()
def command(
    name: str | None, whole: bool, config_name: str | None, file: Path | None, thorough: bool, form: str
) -> int:
    """Try the hack corpus, gold answers and mutations of them on reward NAME (or a .py file), or on the --rubric.

    Exit status: 0 nothing was found, 1 something was found, 2 it could not run.
    """
    if whole == (name is not None):
        raise UserError("Say what to audit: the name or file of one reward, or --rubric.")
    if config_name is not None and not whole:
        raise UserError("--config needs --rubric: a single reward is audited by itself.")
    if thorough and file is not None:
        raise UserError("--thorough is about the shipped tasks: leave out --tasks.")
    from iacrl.config.recipes import NOT_NEEDED, load_config
    from iacrl.scoring.audit.audit import run_audit
    from iacrl.scoring.audit.report import render, to_json
    from iacrl.scoring.rubric import build_rubric
    from iacrl.tasks.task_files import read_tasks

    tasks = None if file is None else read_tasks(file)

    if name is not None:
        audit = run_audit(name, build_rubric({name: 1.0}), tasks=tasks, single=True, thorough=thorough)
    else:
        rubric = build_rubric() if config_name is None else load_config(config_name, otherwise=NOT_NEEDED).rubric()
        subject = "rubric" if config_name is None else f"rubric of {config_name}"
        audit = run_audit(subject, rubric, tasks=tasks, thorough=thorough)
    if form == "json":
        print_json(to_json(audit))
    else:
        echo(render(audit))
    return int(not audit.passed)
