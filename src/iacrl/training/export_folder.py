"""The folder of an export: complete under its name, or not there."""

from __future__ import annotations

import errno
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
#: The errors of renaming a folder to a name that is taken: by a folder that is not empty, or by a file.
_TAKEN: Final = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR)

#: Path within a folder to what changes with its content: inode, size and time.
_Content = dict[str, tuple[int, int, int]]


@contextmanager
def opened_folder(target: Path, *, overwrite: bool) -> Iterator[Path]:
    """Yield a new folder next to the target, which gets the target's name at the end; on an error it is deleted.

    Args:
        overwrite: Whether an earlier export may be replaced. Nothing else is: a run, or a folder that holds one, would
            be gone.

    Raises:
        UserError: The target is a file, or a folder that is not empty and may not be replaced. Or something was written
            to the target meanwhile.
    """
    before = _content(target)
    _refuse_lost(target, overwrite=overwrite)
    target = target.resolve()  # a link stays, and leads to the export
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    try:
        with full_disk_is_told(partial, f"{target} was not written: make room, or choose another place with --out."):
            yield partial
        share(partial)
        _put(partial, target, before)
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


def _content(folder: Path) -> _Content:
    found = {path: path.lstat() for path in folder.rglob("*")} if folder.is_dir() else {}
    return {str(path.relative_to(folder)): (of.st_ino, of.st_size, of.st_mtime_ns) for path, of in found.items()}


def _put(partial: Path, target: Path, before: _Content) -> None:
    """Give the folder its name. Of what is there only the earlier export is deleted, as it was at the start."""
    changed = f"{target} has changed while this export ran, and was left as it is. Choose another folder."
    earlier = None
    if before and target.is_dir():
        earlier = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
        target.replace(earlier)
        if _content(earlier) != before:
            earlier.replace(target)
            raise UserError(changed)
    try:
        partial.replace(target)  # only an empty folder is replaced
    except OSError as error:
        if error.errno not in _TAKEN:
            raise
        kept = "" if earlier is None else f" The earlier export is in {earlier}."
        raise UserError(changed + kept) from None
    if earlier is not None:
        shutil.rmtree(earlier)


def finish_folder(partial: Path, run: RunDirectory, facts: dict[str, Any]) -> None:
    """Write `iacrl.json`, which says what was exported from where.

    Args:
        facts: What differs between the forms of an export.
    """
    manifest = run.read_manifest()
    source = {"run": str(run.checkpoint or run.path), "adapter_digest": saved_digest(run.trained)}
    write_json(
        partial / _MANIFEST,
        {**source, **{key: manifest[key] for key in ("stage", "lineage")}, **facts},
    )
