"""Reads tasks and texts of others: Alpaca files, Hugging Face data sets, directories of code.

Only valid answers are kept; the rest is returned with the reasons.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from iacrl.domains import find_domain, validate
from iacrl.errors import UserError, first_line
from iacrl.extras import require
from iacrl.seen_files import content_of, is_below
from iacrl.tasks.task import Task
from iacrl.tasks.task_files import read_tasks, task_of_row

#: Suffixes of files with rows.
_FILES = (".json", ".jsonl", ".csv")


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that was not kept: where it is and why."""

    place: str
    reason: str


def import_tasks(source: str, domain: str) -> tuple[list[Task], list[Refused]]:
    """Read `source` and return the tasks whose answer is valid, and the rest with the reasons.

    Args:
        source: A `.json`, `.jsonl` or `.csv` file with Alpaca's fields, or those of a data set that the domain knows
            (`Domain.task_row`). Or a directory of the domain's files: each becomes the answer to a request for that
            file. Otherwise the id of a Hugging Face data set with such columns, with the split after a colon
            (`owner/name:train`).
        domain: The domain of the answers.

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
    if path.suffix in _FILES and not path.exists():
        raise UserError(f"{path}: no such file or directory.")
    if path.suffix in _FILES:
        return ((task.id, task) for task in read_tasks(path, domain=domain))
    if path.exists():
        raise UserError(f"{path}: expected a directory, or a file that ends in .json, .jsonl or .csv.")
    return _rows(source, _hub(source), domain)


def _directory(folder: Path, name: str) -> Iterator[tuple[str, Task]]:
    domain = find_domain(name)
    root = folder.resolve()
    files = [
        file
        for file in sorted(folder.rglob("*"))
        # A link leads to any file of this machine, and the directory may be from anybody.
        if file.name.endswith(domain.suffixes) and file.is_file() and is_below(file, root)
    ]
    if not files:
        raise UserError(f"{folder}: no {' or '.join(domain.suffixes) or domain.label} file in it.")
    for file in files:
        # A name need not be UTF-8, and a task file is.
        place = os.fsencode(file.relative_to(folder).as_posix()).decode("utf-8", "backslashreplace")
        text = content_of(file).decode("utf-8", errors="replace")
        yield place, Task(f"Write the {domain.label} file `{place}`.", "", text, name, id=place)


def _hub(source: str) -> Iterator[Mapping[str, Any]]:
    name, _, split = source.partition(":")
    if name.count("/") != 1:
        raise UserError(f"{source}: no such file or directory, and not the id of a data set (owner/name).")
    require(f"{source}: reading a data set of the hub", "train", ("datasets",))
    from datasets import load_dataset

    try:
        yield from load_dataset(name, split=split or "train", streaming=True)
    except Exception as error:  # the library raises many kinds, most with a useful first line
        raise UserError(f"{source}: cannot be loaded ({first_line(error)}).") from error


def _rows(source: str, rows: Iterator[Mapping[str, Any]], domain: str) -> Iterator[tuple[str, Task]]:
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        place = f"{source}-{number}"
        try:
            task = task_of_row(row, place, domain)
        except UserError as error:
            raise UserError(f"{source}, row {number}: {error}") from None
        if task.id and (first := seen.setdefault(task.id, number)) != number:
            raise UserError(
                f"{source}, row {number}: Field 'id' is {task.id!r}, as in row {first}: expected a unique one."
            )
        # Columns of dates, images and other values that JSON does not have are kept as texts.
        yield place, replace(task, extra=json.loads(json.dumps(dict(task.extra), default=str)))
