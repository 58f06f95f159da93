"""The folder of an export: complete under its name, or not there."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from iacrl.errors import UserError
from iacrl.files import share, write_json
from iacrl.runs.directory import RunDirectory
from iacrl.training.full_disk import full_disk_is_told
from iacrl.training.trained_files import saved_digest


@contextmanager
def opened_folder(target: Path, *, overwrite: bool) -> Iterator[Path]:
    """Yield a new folder next to the target, which `finish_folder` renames to it; without that it is deleted.

    Raises:
        UserError: The target is a file, or a folder that is not empty.
    """
    if target.exists() and not target.is_dir():
        raise UserError(f"{target} is a file; --out names a folder.")
    if target.exists() and any(target.iterdir()) and not overwrite:
        raise UserError(f"{target} is not empty. Choose another folder, or replace it with --overwrite.")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    try:
        with full_disk_is_told(partial, f"{target} was not written: make room, or choose another place with --out."):
            yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def finish_folder(partial: Path, target: Path, run: RunDirectory, facts: dict[str, Any]) -> None:
    """Write `iacrl.json`, which says what was exported from where, and give the folder its name.

    Args:
        facts: What differs between the forms of an export.
    """
    manifest = run.read_manifest()
    source = {"run": str(run.checkpoint or run.path), "adapter_digest": saved_digest(run.trained)}
    write_json(
        partial / "iacrl.json",
        {**source, **{key: manifest[key] for key in ("stage", "lineage")}, **facts},
    )
    share(partial)
    if target.exists():
        shutil.rmtree(target)
    partial.replace(target)
