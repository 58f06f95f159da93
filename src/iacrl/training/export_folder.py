"""The folder of an export: complete under its name, or not there."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from iacrl.errors import UserError
from iacrl.files import share, write_json
from iacrl.runs.directory import RunDirectory
from iacrl.training.full_disk import full_disk_is_told
from iacrl.training.trained_files import saved_digest

#: What every export holds, and nothing else.
_MANIFEST: Final = "iacrl.json"


@contextmanager
def opened_folder(target: Path, *, overwrite: bool) -> Iterator[Path]:
    """Yield a new folder next to the target, which `finish_folder` renames to it; without that it is deleted.

    Args:
        overwrite: Whether an earlier export may be replaced. Nothing else is: a run, or a folder that holds one, would
            be gone.

    Raises:
        UserError: The target is a file, or a folder that is not empty and may not be replaced.
    """
    _refuse_lost(target, overwrite=overwrite)
    target = target.resolve()  # a link stays, and leads to the export
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    try:
        with full_disk_is_told(partial, f"{target} was not written: make room, or choose another place with --out."):
            yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _refuse_lost(target: Path, *, overwrite: bool) -> None:
    """Refuse a target whose content would be lost."""
    if target.exists() and not target.is_dir():
        raise UserError(f"{target} is a file; --out names a folder.")
    if not target.exists() or not any(target.iterdir()):
        return
    if not overwrite:
        raise UserError(f"{target} is not empty. Choose another folder, or replace it with --overwrite.")
    foreign = [path for path in target.rglob("*") if path.name in ("manifest.json", ".git")]
    if not (target / _MANIFEST).is_file() or foreign:
        raise UserError(
            f"{target} holds {foreign[0].relative_to(target) if foreign else 'other files'}. --overwrite replaces an "
            "earlier export and nothing else: choose another folder."
        )


def finish_folder(partial: Path, target: Path, run: RunDirectory, facts: dict[str, Any]) -> None:
    """Write `iacrl.json`, which says what was exported from where, and give the folder its name.

    Args:
        facts: What differs between the forms of an export.
    """
    manifest = run.read_manifest()
    source = {"run": str(run.checkpoint or run.path), "adapter_digest": saved_digest(run.trained)}
    write_json(
        partial / _MANIFEST,
        {**source, **{key: manifest[key] for key in ("stage", "lineage")}, **facts},
    )
    share(partial)
    place = target.resolve()
    if place.exists():
        shutil.rmtree(place)
    partial.replace(place)
