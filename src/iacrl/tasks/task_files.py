"""Task files: JSONL, one task per line. JSON arrays and CSV files, as others publish them, can be read too."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from iacrl.domains.registry import all_domains, domain_names, find_domain
from iacrl.errors import UserError, did_you_mean
from iacrl.files import (
    LARGEST_TASKS,
    open_text,
    parse_json,
    parse_rows,
    read_text,
    require_object,
    write_atomically,
)
from iacrl.resources import shipped
from iacrl.tasks.task import SPLITS, Split, Task


def domains_with_tasks() -> tuple[str, ...]:
    """Return the domains that have shipped tasks."""
    return tuple(name for name in domain_names() if _file_of(shipped("datasets"), name, "train").is_file())


def load_tasks(domain: str, *, split: Split) -> list[Task]:
    """Return the tasks of one domain and split, shipped by iacrl or by the domain's package, in the file's order.

    Raises:
        UserError: The domain or split is unknown, or has no tasks.
    """
    found = find_domain(domain)
    if split not in SPLITS:
        raise UserError(f"Unknown split {split!r}.{did_you_mean(split, SPLITS)} Splits: {', '.join(SPLITS)}.")
    path = _file_of(found.tasks or shipped("datasets"), domain, split)
    if not path.is_file():
        raise UserError(
            f"Domain {domain!r} brings no {split} tasks. Name a file of them instead, in a recipe data.{split}=FILE."
        )
    return read_tasks(path)


def _file_of(folder: Path, domain: str, split: Split) -> Path:
    """Return the file of a split. In a wheel it is compressed."""
    path = folder / f"{domain}-{split}.jsonl"
    compressed = path.with_name(f"{path.name}.gz")
    return compressed if compressed.is_file() and not path.is_file() else path


def shipped_files() -> list[Path]:
    """Return the task files of the domains."""
    folders = {domain.name: domain.tasks or shipped("datasets") for domain in all_domains()}
    files = [_file_of(folder, name, split) for name, folder in folders.items() for split in SPLITS]
    return [path for path in files if path.is_file()]


def read_tasks(path: Path | str, *, domain: str | None = None) -> list[Task]:
    """Read a task file. Every line must be a task; nothing is skipped.

    Args:
        path: A JSONL file (one object per line), a JSON file with one array of objects, as in Alpaca, or a CSV file
            with a header line. Each may be compressed, with `.gz` after its name.
        domain: The domain of rows without one. It may also convert rows of published data sets.

    Raises:
        UserError: The file is missing or empty, or a row is malformed. The message names the file, the line (for
            an array, the number of the row), the field and what was expected.
    """
    path = Path(path)
    stem = Path(path.name.removesuffix(".gz")).stem
    tasks: list[Task] = []
    seen: dict[str, str] = {}
    for place, row in _rows(path):
        try:
            task = task_of_row(row, f"{stem}-{len(tasks) + 1}", domain)
        except UserError as error:
            raise UserError(f"{place}: {error}") from None
        if task.id in seen:
            raise UserError(f"{place}: Field 'id' is {task.id!r}, as in {seen[task.id]}: expected a unique one.")
        seen[task.id] = place
        tasks.append(task)
    if not tasks:
        raise UserError(f"{path}: the file holds no task.")
    return tasks


def task_of_row(row: Mapping[str, Any], task_id: str, domain: str | None) -> Task:
    """Build a task from a row of a task file, or of a data set that the domain can convert.

    Args:
        row: The row.
        task_id: The id if the row has none.
        domain: The domain if the row has none.

    Raises:
        UserError: A field is missing or malformed.
    """
    fields = row if domain is None else find_domain(domain).task_row(row)
    return Task.from_json({"id": task_id, **fields}, domain=domain)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield `(place, row)`."""
    if path.name.removesuffix(".gz").endswith(".csv"):
        yield from _csv_rows(path)
        return
    text = read_text(path, LARGEST_TASKS)
    if text.lstrip().startswith("["):
        for number, row in enumerate(parse_json(text, path), start=1):
            place = f"{path}, row {number}"
            yield place, require_object(row, place)
    else:
        for number, row in parse_rows(text.split("\n"), path):
            yield f"{path}:{number}", row


def _csv_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with open_text(path, newline="") as file:
        reader = csv.DictReader(file)
        try:
            for number, row in enumerate(reader, start=1):
                place = f"{path}, row {number} (ends on line {reader.line_num})"
                yield place, {name: value for name, value in row.items() if name is not None}
        except csv.Error as error:
            raise UserError(f"{path}, after line {reader.line_num}: not CSV ({error}).") from None


def write_tasks(path: Path | str, tasks: Iterable[Task]) -> None:
    """Write a task file atomically: a reader or an interruption sees either the old file or the new one."""
    write_atomically(Path(path), "".join(f"{_line(task)}\n" for task in tasks))


def digest_tasks(tasks: Iterable[Task]) -> str:
    """Return the SHA-256 of the tasks as canonical JSON rows (keys sorted, no spaces), whatever their file."""
    digest = hashlib.sha256()
    for task in tasks:
        digest.update(json.dumps(task.to_json(), sort_keys=True, separators=(",", ":")).encode() + b"\n")
    return digest.hexdigest()


def _line(task: Task) -> str:
    return json.dumps(task.to_json(), ensure_ascii=False)
