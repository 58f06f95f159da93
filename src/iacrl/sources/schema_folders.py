"""Schemas in a repository's own folders: provider schemas and definitions of custom resources.

They are compiled once, as by `iacrl schema add`, into a store that is named after their content. Stores are in the
user's data directory. If that cannot be written, a store lasts for one run. The user's own additions are not touched.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import iacrl
from iacrl.domains.data_folders import own_data_folder, searching_first
from iacrl.errors import UserError
from iacrl.sources.discover import LeftOut, links_out
from iacrl.sources.reading import read_bytes
from iacrl.sources.schemas import all_schemas

#: Suffixes of the files that are read.
_SUFFIXES: Final = frozenset({".json", ".yaml", ".yml"})
#: The most bytes of all files together: reading JSON takes up to twenty times as much memory.
_LARGEST: Final = 250_000_000
#: Stores that were not used for this many seconds are deleted when another is made.
_KEPT: Final = 30 * 86400


@contextmanager
def schema_store(folders: Sequence[Path]) -> Iterator[str]:
    """Yield the directory of the compiled schemas of some folders.

    Args:
        folders: Each is searched with everything below it. If two describe the same thing, the last one counts.

    Raises:
        UserError: A file cannot be read or is not a schema that a domain takes, or a folder has none.
    """
    files = [file for folder in folders for file in schema_files(folder)[0]]
    if sum(file.stat().st_size for file in files) > _LARGEST:
        raise UserError(
            f"{', '.join(map(os.path.relpath, folders))}: the schemas are larger than {_LARGEST // 1_000_000} MB "
            "together; keep only what is needed, or add large ones once with `iacrl schema add`."
        )
    contents = {str(file): read_bytes(str(file), _LARGEST) for file in files}
    place = Path(own_data_folder()) / "repositories"
    store = place / _digest(contents)
    if store.is_dir():
        os.utime(store)
        yield str(store)
        return
    with tempfile.TemporaryDirectory(prefix="iacrl-schemas-") as made:
        fresh = Path(made) / "store"
        fresh.mkdir()
        _compile(folders, contents, fresh)
        yield str(_kept(fresh, store) or fresh)


def schema_files(folder: Path) -> tuple[list[Path], list[LeftOut]]:
    """Return the files in and below a folder that may contain schemas, and the links among them that lead out."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file())
    outside = links_out(files, folder)
    leaving = {each.path for each in outside}
    return [path for path in files if path not in leaving], outside


def _digest(contents: dict[str, bytes]) -> str:
    digest = hashlib.sha256(iacrl.__version__.encode())
    for name, content in contents.items():
        # In catalogues the path says what is described. The system may take names that are not UTF-8.
        digest.update(os.fsencode("/".join(Path(name).parts[-2:])) + b"\0")
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:32]


def _compile(folders: Sequence[Path], contents: dict[str, bytes], store: Path) -> None:
    mistakes = []
    holding = set()
    with searching_first((str(store),)):
        for name, content in contents.items():
            try:
                if any(schemas.add(content, name) is not None for schemas in all_schemas()):
                    holding.add(name)
            except UserError as error:
                mistakes.append(str(error))
    mistakes += [
        f"{os.path.relpath(folder)}: holds no schema; `schemas` names folders with provider schemas or definitions."
        for folder in folders
        if not any(Path(name).is_relative_to(folder) for name in holding) and not mistakes
    ]
    if mistakes:
        raise UserError("\n".join(mistakes))


def _kept(fresh: Path, store: Path) -> Path | None:
    """Move a store to the place where later runs find it; None if that cannot be written."""
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=store.parent, prefix=".new-"))
        shutil.copytree(fresh, beside, dirs_exist_ok=True)
        beside.chmod(0o755)
        try:
            beside.rename(store)
        except OSError:  # another process was faster
            shutil.rmtree(beside, ignore_errors=True)
        _drop_old(store.parent)
    except OSError:
        return None
    return store if store.is_dir() else None


def _drop_old(place: Path) -> None:
    for store in place.iterdir():
        if time.time() - store.stat().st_mtime > _KEPT:
            shutil.rmtree(store, ignore_errors=True)
