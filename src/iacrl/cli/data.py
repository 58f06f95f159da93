"""`iacrl data`: build, show, check, count, compare and import task files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from iacrl.cli.data_check import check
from iacrl.cli.data_files import dedupe, import_, stats
from iacrl.cli.printing import print_json
from iacrl.cli.shared_options import COUNT, FILE, FOLDER, examples, format_option, refuse_useless
from iacrl.domains.registry import domain_names
from iacrl.errors import UserError
from iacrl.files import (
    parse_json,
    read_text,
    require_folder,
    require_object,
    write_atomically,
    write_json,
    write_named,
)
from iacrl.resources import shipped
from iacrl.tasks.task import SPLITS
from iacrl.terminal import echo, echo_line

if TYPE_CHECKING:
    from iacrl.tasks.task import Task

DIGESTS = "digests.json"
#: Rows of the shipped files.
TRAIN, HELD_OUT = 3600, 400


@click.group()
def command() -> None:
    """Build, show, check, count, compare and import task files."""


for _part in (check, stats, dedupe, import_):
    command.add_command(_part)


@command.command(
    epilog=examples(
        "iacrl data build --train 40 --held-out 10 --family tf_output --out tasks",
        "iacrl data build --domain kubernetes --max-difficulty 2 --out tasks",
    )
)
@click.option("--train", type=COUNT, default=TRAIN, show_default=True, help="Rows of each domain's training file.")
@click.option(
    "--held-out", type=COUNT, default=HELD_OUT, show_default=True, help="Rows of each validation and test file."
)
@click.option("--seed", type=int, help="Seed of the generators; the shipped files' seed unless given.")
@click.option("--out", "output", type=FOLDER, help="The folder to write to; the shipped one unless given.")
@click.option("--domain", "only", multiple=True, type=click.Choice(domain_names()), help="Only this domain.")
@click.option("--family", "families", multiple=True, help="Only this family; may be given several times.")
@click.option(
    "--max-difficulty", type=click.IntRange(1, 5), default=5, show_default=True, help="Leave out harder tasks."
)
@format_option()
def build(
    train: int,
    held_out: int,
    seed: int | None,
    output: Path | None,
    only: tuple[str, ...],
    families: tuple[str, ...],
    max_difficulty: int,
    form: str,
) -> None:
    """Generate the task files of the domains and freeze the digests of the test files.

    With --family, only the domains of those families. Without --out, it writes the shipped files and their data card
    to the shipped folder.
    """
    from iacrl.tasks.build import SEED, build_split
    from iacrl.tasks.data_card import render_card
    from iacrl.tasks.family import all_families, find_family
    from iacrl.tasks.task_files import digest_tasks, domains_with_tasks, write_tasks

    chosen = [find_family(name) for name in families] or list(all_families().values())
    possible = only or (domains_with_tasks() if output is None else domain_names())
    domains = [domain for domain in possible if any(family.domain == domain for family in chosen)]
    if not domains:
        raise UserError(f"No such family in {' or '.join(possible)}; `iacrl data show` lists the families.")
    if output is None and (only or families or (train, held_out, seed, max_difficulty) != (TRAIN, HELD_OUT, None, 5)):
        raise UserError("The shipped files are built with the defaults alone; name a folder for others with --out.")
    splits: dict[str, list[Task]] = {}
    for domain in domains:
        for split in SPLITS:
            rows = train if split == "train" else held_out
            tasks = build_split(
                domain,
                split,
                rows,
                seed=SEED if seed is None else seed,
                families=families,
                max_difficulty=max_difficulty,
            )
            if len(tasks) < rows:
                raise UserError(f"The {domain} families give only {len(tasks)} distinct {split} rows, not {rows}.")
            splits[f"{domain}-{split}"] = tasks
    folder = output or shipped("datasets")
    folder.mkdir(parents=True, exist_ok=True)
    for name, tasks in splits.items():
        write_tasks(folder / f"{name}.jsonl", tasks)
    frozen = {name: digest_tasks(tasks) for name, tasks in splits.items() if name.endswith("-test")}
    write_json(folder / DIGESTS, {**_frozen(folder / DIGESTS), **frozen})
    if output is None:
        write_atomically(folder / "README.md", render_card(splits))
    if form == "json":
        print_json({str(folder / f"{name}.jsonl"): len(tasks) for name, tasks in splits.items()})
        return
    for name, tasks in splits.items():
        echo_line(f"{name}: {len(tasks)} rows")


@command.command(
    epilog=examples(
        "iacrl data show",
        "iacrl data show tf_output --seed 1 --index 3",
        "iacrl data show tf_output-1-3 --format json",
    )
)
@click.argument("name", metavar="[FAMILY|ID]", required=False)
@click.option("--seed", default=0, show_default=True, help="Seed of the generator.")
@click.option("--index", type=click.IntRange(min=0), default=0, show_default=True, help="Which item.")
@click.option("--gallery", type=FILE, help="Write a page with one example of each family instead.")
@format_option()
def show(name: str | None, seed: int, index: int, gallery: Path | None, form: str) -> None:
    """Show the task of an ID, or one item of a FAMILY, or list the families."""
    from iacrl.tasks.family import TASK_ID, all_families, find_family, find_task
    from iacrl.tasks.gallery import render_gallery

    if gallery is not None or name is None:
        refuse_useless("is of one FAMILY; name it.", seed="--seed", index="--index")
    if gallery is not None:
        refuse_useless("has no effect with --gallery, which shows all families.", name="NAME")
        require_folder(gallery)
        write_named(gallery, render_gallery())
        return
    if name is None:
        if form == "json":
            print_json(
                [
                    {"family": one.name, "domain": one.domain, "levels": list(one.levels), "summary": one.summary}
                    for one in all_families().values()
                ]
            )
            return
        for item in all_families().values():
            levels = f"{min(item.levels)}-{max(item.levels)}"
            echo_line(f"{item.name:<36} {item.domain:<11} {levels}  {item.summary}")
        return
    if TASK_ID.fullmatch(name):
        refuse_useless("is in the ID already.", seed="--seed", index="--index")
        task = find_task(name)
    else:
        task = find_family(name).task(seed, index)
    if form == "json":
        print_json(task.to_json())
        return
    echo(f"# {task.id}, difficulty {task.difficulty}\n\n{task.instruction}\n")
    if task.input:
        echo(f"## Input\n{task.input}\n")
    echo(f"## Gold answer\n{task.output}\n## Intent")
    print_json(task.intent.to_json() if task.intent else None)


def _frozen(path: Path) -> dict[str, str]:
    """Return the digests in the file: when only one domain is built, the others' digests stay."""
    if not path.exists():
        return {}
    return require_object(parse_json(read_text(path), path), f"{path}, which `data build` renews")
