"""Task files: JSONL, one task a line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from iacrl.errors import UserError, did_you_mean
from iacrl.resources import shipped
from iacrl.tasks.task import SPLITS, Split, Task
from iacrl.validators.verdict import Domain, require_domain


def load_tasks(domain: Domain, *, split: Split) -> list[Task]:
    """Return the shipped tasks of one domain and split, in the order of their file.

    Raises:
        UserError: No such domain or split.
    """
    require_domain(domain)
    if split not in SPLITS:
        raise UserError(f"Unknown split {split!r}.{did_you_mean(split, SPLITS)} Splits: {', '.join(SPLITS)}.")
    return read_tasks(shipped("datasets") / f"{domain}-{split}.jsonl")


def read_tasks(path: Path | str, *, domain: Domain | None = None) -> list[Task]:
    """Read a task file. Every line must be a task; nothing is skipped.

    Args:
        path: A JSONL file (one object a line), or a JSON file that holds one array of objects, as Alpaca's do.
        domain: The domain of rows that name none.

    Raises:
        UserError: The file is missing or empty, or a row is malformed. The message names the file, the line (for
            an array, the number of the row), the field and what was expected.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")  # editors on Windows write a byte order mark
    except FileNotFoundError:
        raise UserError(f"{path}: no such task file.") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start}).") from None
    tasks: list[Task] = []
    seen: dict[str, str] = {}
    for place, row in _rows(path, text):
        try:
            if not isinstance(row, dict):
                raise UserError(f"The row is {type(row).__name__}: expected a JSON object.")
            task = Task.from_json({"id": f"{path.stem}-{len(tasks) + 1}", **row}, domain=domain)
            if task.id in seen:
                raise UserError(f"Field 'id' is {task.id!r}, as on {seen[task.id]}: expected a unique one.")
        except UserError as error:
            raise UserError(f"{path}, {place}: {error}") from None
        seen[task.id] = place
        tasks.append(task)
    if not tasks:
        raise UserError(f"{path}: the file holds no task.")
    return tasks


def _rows(path: Path, text: str) -> Iterable[tuple[str, object]]:
    """Yield `(place, decoded row)`."""
    if text.lstrip().startswith("["):
        try:
            array = json.loads(text)
        except json.JSONDecodeError as error:
            raise UserError(f"{path}, line {error.lineno}: not JSON ({error.msg}).") from None
        except (RecursionError, ValueError) as error:  # nested too deeply, or a number of thousands of digits
            raise UserError(f"{path}: not JSON that can be read ({error}).") from None
        for number, row in enumerate(array, start=1):
            yield f"row {number}", row
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield f"line {number}", json.loads(line)
        except json.JSONDecodeError as error:
            raise UserError(f"{path}, line {number}: not JSON ({error.msg} at column {error.colno}).") from None
        except (RecursionError, ValueError) as error:
            raise UserError(f"{path}, line {number}: not JSON that can be read ({error}).") from None


def write_tasks(path: Path | str, tasks: Iterable[Task]) -> None:
    """Write a task file in one step: a reader, or an interruption, sees the old file or the new one."""
    path = Path(path)
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text("".join(f"{_line(task)}\n" for task in tasks), encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def digest_tasks(tasks: Iterable[Task]) -> str:
    """Return the SHA-256 of the tasks as canonical JSON rows (keys sorted, no spaces), whatever file they lie in."""
    digest = hashlib.sha256()
    for task in tasks:
        digest.update(json.dumps(task.to_json(), sort_keys=True, separators=(",", ":")).encode() + b"\n")
    return digest.hexdigest()


def _line(task: Task) -> str:
    return json.dumps(task.to_json(), ensure_ascii=False)
