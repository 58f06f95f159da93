"""A folder or a bucket with runs: which stages it holds, and the text of their files. Nothing is written or executed.

A folder needs no further package. `s3://`, `gs://` and other addresses are read by fsspec, which comes with `datasets`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from iacrl.errors import UserError, did_you_mean, first_line
from iacrl.extras import require
from iacrl.files import LARGEST, read_text
from iacrl.seen_files import is_below

#: The deepest folder below the root that is searched for a stage.
_DEEPEST = 6

#: The file that makes a folder a stage of a run.
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class RunStore:
    """Where runs are.

    Attributes:
        root: The folder or address, as given.
        stages: The folders of stages, relative to the root, such as `tiny-cpu/sft`; `.` if the root is one.
        read: From a path relative to the root to the text of that file. It raises FileNotFoundError if there is none,
            and UserError if it is not text or too large.
    """

    root: str
    stages: tuple[str, ...]
    read: Callable[[str], str]


def open_store(root: str) -> RunStore:
    """Return the runs in a folder, or below an address such as `s3://bucket/runs`.

    Raises:
        UserError: There is no such folder, the address cannot be read, or a package for it is missing.
    """
    if "://" not in root:
        folder = Path(root)
        if not folder.is_dir():
            raise UserError(f"{root}: there is no such directory. Name a folder with runs, such as runs.")
        return RunStore(root, _stages(str(folder), os.walk(folder)), lambda name: _read_file(folder / name))
    return _open_bucket(root)


def _open_bucket(root: str) -> RunStore:
    require(f"Reading {root}", "train", ("fsspec",))
    import fsspec
    from fsspec.implementations.local import LocalFileSystem
    from fsspec.registry import known_implementations

    scheme = root.partition("://")[0]
    if scheme not in known_implementations:
        raise UserError(f"{root}: unknown kind of storage {scheme!r}.{did_you_mean(scheme, known_implementations)}")
    try:
        files, path = fsspec.core.url_to_fs(root)
        if not files.isdir(path):
            raise UserError(f"{root}: there is no such folder.")
        if isinstance(files, LocalFileSystem):  # it follows links
            return replace(open_store(path), root=root)
        stages = _stages(path, files.walk(path, maxdepth=_DEEPEST))
    except UserError:
        raise
    except ImportError as error:  # the package of this kind of storage
        raise UserError(f"{root}: {error}") from None
    except Exception as error:  # no permission, no network, half an address: each kind of storage has its own errors
        raise UserError(f"{root}: cannot be read: {first_line(error)}") from error
    return RunStore(root, stages, lambda name: _read_object(files, f"{path}/{name}", root))


def _stages(root: str, walk: Iterator[tuple[str, list[str], list[str]]]) -> tuple[str, ...]:
    """Return the folders that hold a manifest; nothing below one is searched."""
    found = []
    for folder, folders, names in walk:
        depth = os.path.relpath(folder, root).count(os.sep) + 1
        if MANIFEST in names:
            found.append(os.path.relpath(folder, root))
        if MANIFEST in names or depth >= _DEEPEST:
            folders.clear()
    return tuple(sorted(name for name in found if not name.endswith(".replaced")))


def _read_file(path: Path) -> str:
    if not path.is_file():
        raise FileNotFoundError(str(path))
    if not is_below(path, path.parent.resolve()):  # the run may be from anybody, and settings are shown
        raise UserError(f"{path}: is a link out of the run.")
    return read_text(path)


def _read_object(files: Any, path: str, root: str) -> str:
    """Return the text of one object of a bucket."""
    try:
        with files.open(path, "rb") as stream:
            content: bytes = stream.read(LARGEST + 1)
        text = content.decode("utf-8")
    except FileNotFoundError:
        raise
    except UnicodeDecodeError as error:
        raise UserError(f"{path} in {root}: not UTF-8 text ({error.reason}).") from None
    except Exception as error:  # as in `_open_bucket`
        raise UserError(f"{path} in {root}: cannot be read: {first_line(error)}") from error
    if len(content) > LARGEST:
        raise UserError(f"{path} in {root}: is larger than {LARGEST // 1_000_000} MB.")
    return text
