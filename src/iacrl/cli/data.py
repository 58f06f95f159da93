"""`iacrl data`: build, show and check task files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import click

from iacrl.errors import UserError
from iacrl.resources import shipped
from iacrl.tasks.task import SPLITS
from iacrl.validators.verdict import DOMAINS, Domain

DIGESTS = "digests.json"


@click.group()
def command() -> None:
    """Build, show and check task files."""


@command.command()
@click.option("--train", default=3200, show_default=True, help="Rows of each domain's training file.")
@click.option("--held-out", default=400, show_default=True, help="Rows of each validation and test file.")
@click.option("--seed", type=int, help="Seed of the generators; the shipped files' seed unless given.")
@click.option(
    "--output", type=click.Path(file_okay=False, path_type=Path), help="Folder; the shipped one unless given."
)
def build(train: int, held_out: int, seed: int | None, output: Path | None) -> None:
    """Generate the task files of both domains and freeze the digests of the test files."""
    from iacrl.tasks.build import SEED, build_split
    from iacrl.tasks.files import digest_tasks, write_tasks

    folder = output or shipped("datasets")
    folder.mkdir(parents=True, exist_ok=True)
    digests = {}
    for domain in DOMAINS:
        for split in SPLITS:
            rows = train if split == "train" else held_out
            tasks = build_split(domain, split, rows, seed=SEED if seed is None else seed)
            if len(tasks) < rows:
                raise UserError(f"The {domain} families give only {len(tasks)} distinct {split} rows, not {rows}.")
            write_tasks(folder / f"{domain}-{split}.jsonl", tasks)
            digests[f"{domain}-{split}"] = digest_tasks(tasks)
            click.echo(f"{domain}-{split}: {len(tasks)} rows")
    frozen = {name: digest for name, digest in digests.items() if name.endswith("-test")}
    (folder / DIGESTS).write_text(json.dumps(frozen, indent=2) + "\n")


@command.command()
@click.argument("family", required=False)
@click.option("--seed", default=0, show_default=True, help="Seed of the generator.")
@click.option("--index", default=0, show_default=True, help="Which item.")
def show(family: str | None, seed: int, index: int) -> None:
    """Show one item of FAMILY, or list the families."""
    from iacrl.tasks.family import all_families, find_family

    if family is None:
        for item in all_families().values():
            levels = f"{min(item.levels)}-{max(item.levels)}"
            click.echo(f"{item.name:<36} {item.domain:<11} {levels}  {item.summary}")
        return
    task = find_family(family).task(seed, index)
    click.echo(f"# {task.id}, difficulty {task.difficulty}\n\n{task.instruction}\n")
    if task.input:
        click.echo(f"## Input\n{task.input}\n")
    click.echo(f"## Gold answer\n{task.output}\n## Intent")
    click.echo(json.dumps(task.intent.to_json() if task.intent else None, indent=2))


@command.command()
@click.argument("files", nargs=-1, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--domain", type=click.Choice(DOMAINS), help="Domain of rows that name none.")
def check(files: tuple[Path, ...], domain: str | None) -> int:
    """Prove every gold answer of FILES (all shipped files unless given) and of its mutations that they score less."""
    from iacrl.tasks.files import read_tasks
    from iacrl.tasks.proof import prove

    failed = 0
    for file in files or sorted(shipped("datasets").glob("*.jsonl")):
        tasks = read_tasks(file, domain=cast("Domain | None", domain))
        wrong = 0
        for task in tasks:
            if task.intent is None:
                continue
            proof = prove(task)
            for fault in proof.faults:
                click.echo(f"{file}: {task.id}: gold answer: {fault}")
            for name in proof.survived:
                click.echo(f"{file}: {task.id}: a mutation is not caught: {name}")
            wrong += bool(proof.faults or proof.survived)
        click.echo(f"{file.name}: {len(tasks)} tasks, {wrong} wrong")
        failed += wrong
    return int(failed > 0)
