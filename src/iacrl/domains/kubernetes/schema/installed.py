"""CustomResourceDefinitions in the user's data directory: one file per kind, read when a text has that kind.

A file's name gives its kind, so a verdict costs the same however many are installed.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from iacrl.domains.data_folders import data_folders
from iacrl.domains.kubernetes.schema.crd_schemas import CustomVersion, schemas_in
from iacrl.errors import UserError

#: The form of kinds and groups. Both come from the judged text, and no text may choose another file.
KIND: Final = re.compile(r"[A-Za-z0-9-]{1,63}", re.ASCII)
GROUP: Final = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*", re.ASCII)


def data_directories() -> list[Path]:
    """Return the folders of added definitions, in search order; new definitions go into the first."""
    return [Path(folder) / "kubernetes" for folder in data_folders()]


def installed_kind(folder: Path, group: str, kind: str) -> dict[str, CustomVersion] | None:
    """Return the served versions of a kind that the user has added, by name; None if it is not added.

    Raises:
        UserError: The file of the definition is damaged.
    """
    if not (KIND.fullmatch(kind) and GROUP.fullmatch(group)):
        return None
    file = folder / file_name(group, kind)
    try:
        status = file.stat()
    except OSError:
        return None
    # A definition is put there by renaming, so the file's number or time changes with it.
    return _load(file, status.st_ino, status.st_mtime_ns).get((group, kind))


def installed_definitions(folder: Path) -> list[dict[str, Any]]:
    """Return every definition that the user has added, in the order of their names.

    Raises:
        UserError: A file is damaged.
    """
    return [_read(file)[0] for file in sorted(folder.glob("*.json"))]


def cannot_be_written(folder: Path, error: OSError) -> UserError:
    """Return the error for definitions that cannot be stored."""
    return UserError(f"{folder}: cannot be written ({error.strerror}); set IACRL_DATA_DIR to a folder that can.")


def file_name(group: str, kind: str) -> str:
    """Return the name of the file with a kind's definition."""
    return f"{kind}.{group}.json"


@lru_cache(maxsize=256)
def _load(file: Path, number: int, changed: int) -> dict[tuple[str, str], dict[str, CustomVersion]]:
    return _read(file)[1]


def _read(file: Path) -> tuple[dict[str, Any], dict[tuple[str, str], dict[str, CustomVersion]]]:
    try:
        definition = json.loads(file.read_bytes())
        return definition, schemas_in(definition)
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
        raise UserError(
            f"{file}: is damaged. Delete it, and add the definition again with `iacrl schema add`."
        ) from error
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}.") from error
