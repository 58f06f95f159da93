"""Reading tasks and texts that others wrote: Alpaca files, Hugging Face data sets, IaC-Eval, directories of code.

Only what validates is kept; what does not is returned with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from iacrl.domains import validate
from iacrl.errors import UserError
from iacrl.tasks.files import read_tasks
from iacrl.tasks.task import Task

_SUFFIXES: dict[str, tuple[str, ...]] = {"terraform": (".tf",), "kubernetes": (".yaml", ".yml", ".json")}
_LANGUAGES: dict[str, str] = {"terraform": "Terraform", "kubernetes": "Kubernetes"}

#: IaC-Eval's columns (https://huggingface.co/datasets/autoiac-project/iac-eval) that a task takes over.
_IAC_EVAL = ("Prompt", "Reference output")


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that was not kept: where it stands and why."""

    place: str
    reason: str


def import_tasks(source: str, domain: str) -> tuple[list[Task], list[Refused]]:
    """Read `source` and return the tasks whose answer validates, and the rest with the reason.

    Args:
        source: A `.json` or `.jsonl` file of Alpaca rows, IaC-Eval's `.csv`, a directory of `.tf` or `.yaml` files
            (each becomes the answer to a request for that file), or else the id of a Hugging Face data set with
            Alpaca's or IaC-Eval's columns, with the split behind a colon (`owner/name:train`).
        domain: What the answers are.

    Raises:
        UserError: The source cannot be read, or a row of it is malformed.
    """
    kept: list[Task] = []
    refused: list[Refused] = []
    for place, task in _read(source, domain):
        if not task.output.strip():
            refused.append(Refused(place, "there is no answer"))
            continue
        verdict = validate(task.output, task.domain)
        if verdict.valid:
            kept.append(replace(task, id=task.id or place))
        else:
            first = verdict.errors[0]
            refused.append(Refused(place, f"line {first.range.start.line}: {first.code} {first.message}"))
    return kept, refused


def _read(source: str, domain: str) -> Iterator[tuple[str, Task]]:
    path = Path(source)
    if path.is_dir():
        return _directory(path, domain)
    if path.suffix in (".json", ".jsonl", ".csv") and not path.exists():
        raise UserError(f"{path}: no such file or directory.")
    if path.suffix in (".json", ".jsonl"):
        return ((task.id, task) for task in read_tasks(path, domain=domain))
    if path.suffix == ".csv":
        if domain != "terraform":
            raise UserError(f"{path}: a .csv file holds IaC-Eval's tasks, which are Terraform; say --domain terraform.")
        # Imported here because it needs the `terraform` extra, which other sources do not.
        from iacrl.tasks.iac_eval import load_iac_eval

        return ((task.id, task) for task in load_iac_eval(path))
    if path.exists():
        raise UserError(f"{path}: expected a directory, or a file that ends in .json, .jsonl or .csv.")
    return _rows(source, _hub(source), domain)


def _directory(folder: Path, domain: str) -> Iterator[tuple[str, Task]]:
    files = sorted(file for file in folder.rglob("*") if file.suffix in _SUFFIXES[domain] and file.is_file())
    if not files:
        raise UserError(f"{folder}: no {' or '.join(_SUFFIXES[domain])} file in it.")
    for file in files:
        place = file.relative_to(folder).as_posix()
        text = file.read_bytes().decode("utf-8", errors="replace")
        yield place, Task(f"Write the {_LANGUAGES[domain]} file `{place}`.", "", text, domain, id=place)


def _hub(source: str) -> Iterator[Mapping[str, Any]]:
    name, _, split = source.partition(":")
    if name.count("/") != 1:
        raise UserError(f"{source}: no such file or directory, and not the id of a data set (owner/name).")
    from datasets import load_dataset

    try:
        yield from load_dataset(name, split=split or "train", streaming=True)
    except Exception as error:  # the library raises many kinds, most with a useful first line
        raise UserError(f"{source}: cannot be loaded ({str(error).splitlines()[0]}).") from error


def _rows(source: str, rows: Iterator[Mapping[str, Any]], domain: str) -> Iterator[tuple[str, Task]]:
    for number, row in enumerate(rows, start=1):
        place = f"{source}-{number}"
        fields = dict(row)
        if set(_IAC_EVAL) <= set(fields):
            prompt, answer = (fields.pop(column) for column in _IAC_EVAL)
            fields |= {"instruction": prompt, "input": "", "output": answer or ""}
        try:
            yield place, Task.from_json({"id": place, **fields}, domain=domain)
        except UserError as error:
            raise UserError(f"{source}, row {number}: {error}") from None
