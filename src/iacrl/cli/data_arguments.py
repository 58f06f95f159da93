"""What the commands of `iacrl data` share: the task files that they read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from iacrl.cli.shared_options import FILE
from iacrl.domains.registry import domain_names
from iacrl.errors import UserError
from iacrl.resources import shipped

if TYPE_CHECKING:
    from iacrl.tasks.task import Task


TASK_FILES = click.argument("files", nargs=-1, type=FILE)
ROW_DOMAIN = click.option("--domain", type=click.Choice(domain_names()), help="Domain of rows that name none.")


def read_files(files: tuple[Path, ...], domain: str | None) -> dict[Path, list[Task]]:
    """Return the tasks of each file; of all shipped files if none is named.

    Raises:
        UserError: A file cannot be read or is named by an address, or a row in it is no task.
    """
    from iacrl.tasks.task_files import read_tasks

    for file in files:
        if file.parts[:1] == ("hf:",):
            source = f"hf://{'/'.join(file.parts[1:])}"
            raise UserError(f"{source}: is an address on the hub, which only recipes take. Download the file first.")
    return {file: read_tasks(file, domain=domain) for file in files or sorted(shipped("datasets").glob("*.jsonl*"))}
