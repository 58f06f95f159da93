"""Which settings name files and folders to read, and where a relative path starts.

A recipe's paths are relative to the recipe, wherever the command is run. Those of an override are relative to the
working directory, as any path on a command line. Both are made absolute before they are merged, so a resolved
configuration means the same everywhere. (`run.dir` is written to: it is relative to the working directory.)
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from iacrl.errors import UserError

_GATE_OF_FILE = re.compile(r"\s*(.+?\.py)(\s*>=.*)?")


def anchored(settings: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return sections of a recipe, or of an override, with their paths made absolute.

    Args:
        settings: Sections as YAML gives them. A value of the wrong type stays unchanged.
        folder: Where relative paths start.

    Raises:
        UserError: Two reward paths lead to one file.
    """
    result = dict(settings)
    for (section, key), anchor in _ANCHORS.items():
        values = result.get(section)
        if isinstance(values, Mapping) and key in values:
            result[section] = {**values, key: anchor(values[key], folder)}
    return result


def _absolute(path: str, folder: Path) -> str:
    start = Path(path).expanduser() if path.startswith("~/") else Path(path)
    return str((folder / start).resolve())


def _model(value: Any, folder: Path) -> Any:
    """Keep a hub id, unless it ends like a GGUF file or a directory with that name exists."""
    if not isinstance(value, str) or not value:
        return value
    path = _absolute(value, folder)
    is_no_id = value.startswith((".", "/", "~/")) or value.count("/") > 1 or value.endswith(".gguf")
    return path if is_no_id or os.path.isdir(path) else value  # noqa: PTH112 - false for a name that is too long


def _tasks(value: Any, folder: Path) -> Any:
    """Keep `shipped` and an address on the hub."""
    is_path = isinstance(value, str) and value not in ("", "shipped") and not value.startswith("hf://")
    return _absolute(value, folder) if is_path else value


def _rewards(value: Any, folder: Path) -> Any:
    """Keys that end in .py are files."""
    if not isinstance(value, Mapping):
        return value
    result: dict[Any, Any] = {}
    for name, given in value.items():
        key = _absolute(name, folder) if isinstance(name, str) and name.endswith(".py") else name
        if key in result:
            raise UserError(f"The rewards name {key} twice, as {name} too; leave one of them out.")
        result[key] = given
    return result


def _gates(value: Any, folder: Path) -> Any:
    """A gate may wait for a reward in a file, as in `no_acl.py >= 1`."""
    keyed = _rewards(value, folder)
    if not isinstance(keyed, Mapping):
        return keyed
    return {name: _gate(gate, folder) for name, gate in keyed.items()}


def _gate(gate: Any, folder: Path) -> Any:
    found = _GATE_OF_FILE.fullmatch(gate) if isinstance(gate, str) else None
    return gate if found is None else f"{_absolute(found[1], folder)}{found[2] or ''}"


_ANCHORS: dict[tuple[str, str], Callable[[Any, Path], Any]] = {
    ("model", "id"): _model,
    ("data", "train"): _tasks,
    ("data", "validation"): _tasks,
    ("data", "test"): _tasks,
    ("data", "weights"): _tasks,
    ("data", "replay"): _tasks,
    ("rewards", "weights"): _rewards,
    ("rewards", "gates"): _gates,
}
