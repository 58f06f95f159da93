"""`iacrl data`: build, show, check, count, compare and import task files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iacrl.cli.printing import print_json
from iacrl.cli.shared_options import COUNT, FILE, FOLDER, examples, format_option, program_option, refuse_useless
from iacrl.domains.base import NO_OPTIONS
from iacrl.domains.registry import domain_names, find_domain
from iacrl.errors import UserError
from iacrl.files import parse_json, read_text, require_folder, require_object, write_atomically, write_json
from iacrl.resources import shipped
from iacrl.tasks.task import SPLITS
from iacrl.terminal import echo

if TYPE_CHECKING:
    from iacrl.domains.programs import Engine
    from iacrl.tasks.task import Task

DIGESTS = "digests.json"
#: Rows of the shipped files.
TRAIN, HELD_OUT = 3600, 400


@click.group()
def command() -> None:
    """Build, show, check, count, compare and import task files."""


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
        echo(f"{name}: {len(tasks)} rows")


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
        gallery.write_text(render_gallery(), encoding="utf-8")
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
            echo(f"{item.name:<36} {item.domain:<11} {levels}  {item.summary}")
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


_FILES = click.argument("files", nargs=-1, type=FILE)
_DOMAIN = click.option("--domain", type=click.Choice(domain_names()), help="Domain of rows that name none.")


@command.command(
    epilog=examples(
        "iacrl data check tasks.jsonl",
        "iacrl data check tasks.jsonl --gold-only --engine terraform --format json",
        "iacrl data check --quality test.jsonl train.jsonl --scores weights.jsonl",
    )
)
@_FILES
@_DOMAIN
@click.option("--gold-only", is_flag=True, help="Leave the mutations out, which take ten times as long.")
@program_option("Judge in process, or the gold answers of one domain by its real program too.")
@format_option()
@click.option(
    "--quality",
    is_flag=True,
    help="Score each task instead: gold answer, leaks, duplicates, values that it does not say, length. Name the test file first.",
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
        return _check_quality(_read(files, domain), scores, form)
    refuse_useless("needs --quality.", scores="--scores")
    read = _read(files, domain)
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
        write_atomically(scores, "".join(f"{json.dumps(row)}\n" for row in rows))
    if form == "json":
        print_json(rows)
    else:
        for file, tasks in found.items():
            for one in tasks:
                for why in one.why:
                    echo(f"{file}: {one.task}: {why}")
        echo(f"\n{render_quality(found)}")
        if scores is not None:
            echo(f"Wrote {scores}. Train with data.weights={scores}")
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
                    echo(f"{file}: {task.id}: gold answer: {fault}")
                for name in survived:
                    echo(f"{file}: {task.id}: a mutation is not caught: {name}")
        report[str(file)] = {"tasks": len(tasks), "wrong": wrong}
        if form == "text":
            echo(f"{file}: {len(tasks)} tasks, {len(wrong)} wrong")
    if form == "json":
        print_json(report)
    elif proofs:
        echo(f"\n{render_proofs(proofs)}")
    return int(any(one["wrong"] for one in report.values()))


@command.command(epilog=examples("iacrl data stats", "iacrl data stats tasks.jsonl --format json"))
@_FILES
@_DOMAIN
@format_option()
def stats(files: tuple[Path, ...], domain: str | None, form: str) -> None:
    """Count what FILES (all shipped files unless given) contain."""
    from iacrl.tasks.stats import measure

    measured = {file: measure(tasks) for file, tasks in _read(files, domain).items()}
    if form == "json":
        print_json({str(file): asdict(found) for file, found in measured.items()})
        return
    for file, found in measured.items():
        echo(f"{file}: {found.tasks} tasks, {found.instructions} distinct instructions, {found.outputs} answers")
        levels = ", ".join(f"{level or 'none'}: {count}" for level, count in found.difficulties.items())
        echo(f"  difficulty  {levels}")
        for name, (median, high, longest) in found.lengths.items():
            echo(f"  {name:<11} median {median}, 90 % up to {high}, longest {longest} characters")
        for name, count in found.families.items():
            echo(f"  {name or 'no family':<34} {count}")


@command.command(
    epilog=examples(
        "iacrl data dedupe tasks.jsonl",
        "iacrl data dedupe test.jsonl train.jsonl --threshold 0.9 --out clean",
    )
)
@_FILES
@_DOMAIN
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
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

    read = _read(files, domain)
    targets = {} if output is None else _targets(output, list(read))
    found = find_duplicates([(str(file), task) for file, tasks in read.items() for task in tasks], threshold=threshold)
    rows, leaks = sum(map(len, read.values())), sum(item.leaks for item in found)
    if form == "json":
        print_json({"tasks": rows, "leaks": leaks, "duplicates": [asdict(item) for item in found]})
    else:
        for item in found:
            kind = "exact" if item.similarity == 1.0 else f"{item.similarity:.2f}"
            echo(f"{item.file}: {item.task} repeats {item.earlier} of {item.earlier_file} ({kind})")
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


@command.command(
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
        echo(f"{item.place}: {item.reason}", err=True)
    if not kept:
        raise UserError(f"{source}: nothing in it validates; {output} was not written.")
    write_tasks(output, kept)
    if form == "json":
        print_json({"out": str(output), "kept": len(kept), "refused": [asdict(item) for item in refused]})
        return 0
    echo(f"{output}: {len(kept)} tasks; {len(refused)} refused")
    return 0


def _read(files: tuple[Path, ...], domain: str | None) -> dict[Path, list[Task]]:
    from iacrl.tasks.task_files import read_tasks

    return {file: read_tasks(file, domain=domain) for file in files or sorted(shipped("datasets").glob("*.jsonl*"))}
