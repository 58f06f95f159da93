"""`iacrl data stats`, `dedupe` and `import`: whole task files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from iacrl.cli.data_arguments import ROW_DOMAIN, TASK_FILES, read_files
from iacrl.cli.printing import print_json
from iacrl.cli.shared_options import FILE, FOLDER, FiniteRange, examples, format_option
from iacrl.domains.registry import domain_names
from iacrl.errors import UserError
from iacrl.files import require_folder
from iacrl.terminal import echo, echo_line


@click.command(epilog=examples("iacrl data stats", "iacrl data stats tasks.jsonl --format json"))
@TASK_FILES
@ROW_DOMAIN
@format_option()
def stats(files: tuple[Path, ...], domain: str | None, form: str) -> None:
    """Count what FILES (all shipped files unless given) contain."""
    from iacrl.tasks.stats import measure

    measured = {file: measure(tasks) for file, tasks in read_files(files, domain).items()}
    if form == "json":
        print_json({str(file): asdict(found) for file, found in measured.items()})
        return
    for file, found in measured.items():
        echo_line(f"{file}: {found.tasks} tasks, {found.instructions} distinct instructions, {found.outputs} answers")
        levels = ", ".join(f"{level or 'none'}: {count}" for level, count in found.difficulties.items())
        echo(f"  difficulty  {levels}")
        for name, (median, high, longest) in found.lengths.items():
            echo(f"  {name:<11} median {median}, 90 % up to {high}, longest {longest} characters")
        for name, count in found.families.items():
            echo_line(f"  {name or 'no family':<34} {count}")


@click.command(
    epilog=examples(
        "iacrl data dedupe tasks.jsonl",
        "iacrl data dedupe test.jsonl train.jsonl --threshold 0.9 --out clean",
    )
)
@TASK_FILES
@ROW_DOMAIN
@click.option(
    "--threshold",
    type=FiniteRange(0, 1),
    default=0.8,
    show_default=True,
    help="Similarity from which two count as near duplicates.",
)
@click.option("--out", "output", type=FOLDER, help="The folder for the files without them.")
@format_option()
def dedupe(files: tuple[Path, ...], domain: str | None, threshold: float, output: Path | None, form: str) -> int:
    """Find exact and near duplicates within FILES and leakage between them; exit 1 if there are any.

    Of two duplicates the earlier is kept, so name the file to keep whole (the test file) first.
    """
    from iacrl.tasks.dedupe import find_duplicates
    from iacrl.tasks.task_files import write_tasks

    read = read_files(files, domain)
    targets = {} if output is None else _targets(output, list(read))
    found = find_duplicates([(str(file), task) for file, tasks in read.items() for task in tasks], threshold=threshold)
    rows, leaks = sum(map(len, read.values())), sum(item.leaks for item in found)
    if form == "json":
        print_json({"tasks": rows, "leaks": leaks, "duplicates": [asdict(item) for item in found]})
    else:
        for item in found:
            kind = "exact" if item.similarity == 1.0 else f"{item.similarity:.2f}"
            echo_line(f"{item.file}: {item.task} repeats {item.earlier} of {item.earlier_file} ({kind})")
        echo(f"{rows} tasks, {len(found)} duplicates, {leaks} of them across files")
    dropped = {(item.file, item.task) for item in found}
    for file, target in targets.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        write_tasks(target, (task for task in read[file] if (str(file), task.id) not in dropped))
    return int(bool(found))


def _targets(folder: Path, files: list[Path]) -> dict[Path, Path]:
    """Return where each file goes."""
    targets: dict[Path, Path] = {}
    for file in files:
        target = folder / file.name
        for other, taken in targets.items():
            if taken == target:
                raise UserError(f"{other} and {file} would both be written to {target}; give one of them another name.")
        for source in files:
            if target.exists() and target.samefile(source):
                raise UserError(f"{target} is a source, and what is dropped would be lost; name another folder.")
        targets[file] = target
    return targets


@click.command(
    "import",
    epilog=examples(
        "iacrl data import answers.csv --domain terraform --out tasks.jsonl",
        "iacrl data import autoiac-project/iac-eval --domain terraform --out tasks.jsonl",
    ),
)
@click.argument("source")
@click.option("--domain", type=click.Choice(domain_names()), required=True, help="What the answers are.")
@click.option("--out", "output", type=FILE, required=True, help="The task file to write.")
@format_option()
def import_(source: str, domain: str, output: Path, form: str) -> int:
    """Import SOURCE as a task file. Only valid rows are kept; the others are listed with the reason.

    SOURCE is a .json, .jsonl or .csv file with the fields of Alpaca, or of a data set that the domain knows, such as
    IaC-Eval. It can also be a directory of the domain's files, or a Hugging Face data set (owner/name, or
    owner/name:split).
    """
    from iacrl.tasks.importing import import_tasks
    from iacrl.tasks.task_files import write_tasks

    require_folder(output)
    if output.exists() and Path(source).exists() and output.samefile(source):
        raise UserError(f"{output} is the source, and what is refused in it would be lost; name another file.")
    kept, refused = import_tasks(source, domain)
    for item in refused:
        echo_line(f"{item.place}: {item.reason}", err=True)
    if not kept:
        raise UserError(f"{source}: nothing in it validates; {output} was not written.")
    write_tasks(output, kept)
    if form == "json":
        print_json({"out": str(output), "kept": len(kept), "refused": [asdict(item) for item in refused]})
        return 0
    echo_line(f"{output}: {len(kept)} tasks; {len(refused)} refused")
    return 0
