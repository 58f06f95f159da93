"""The Python code next to a trained model. It is loaded in place of the base's, so it must be the base's.

With `model.trust_remote_code` the user trusts the code of the base. transformers saves it next to a model that is
trained whole, and reads it from there. A run may be from anybody, and so may be this copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from transformers.utils import cached_file

from iacrl.config.sections import ModelSection
from iacrl.errors import UserError, first_line
from iacrl.files import parse_json, read_text, refuse_special, require_object
from iacrl.training.pretrained import local_folder


def check_code(model: ModelSection, folder: Path) -> None:
    """Refuse a trained model whose code is not its base's.

    Args:
        model: The base; its code is trusted.
        folder: Where a run saved what it trained.

    Raises:
        UserError: A Python file differs from the base's, or the code of another repository is named.
    """
    file = folder / "config.json"
    for name in _repositories(require_object(parse_json(read_text(file), file), str(file)).get("auto_map")):
        if name != model.id:
            raise _refused(f"{file}: names the Python code of {name[:200]}", model)
    for own in sorted(folder.rglob("*.py")):
        refuse_special(own)
        original = _of_base(own.relative_to(folder).as_posix(), model)
        if original is None or original.read_bytes() != own.read_bytes():
            raise _refused(f"{own}: is Python code that differs from the base's", model)


def _repositories(named: Any) -> Iterator[str]:
    """Yield the repositories in `auto_map`: a class or several, each `file.Class` or `repository--file.Class`."""
    for value in named.values() if isinstance(named, dict) else ():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str) and "--" in one:
                yield one.partition("--")[0]


def _of_base(name: str, model: ModelSection) -> Path | None:
    """Return the file of the base with this name; None if it has none."""
    folder = local_folder(model)
    if folder is not None:
        return folder / name if (folder / name).is_file() else None
    try:
        found = cached_file(model.id, name, revision=model.revision, _raise_exceptions_for_missing_entries=False)
    except OSError as error:
        raise UserError(f"model.id {model.id}: {name} cannot be read: {first_line(error)}") from error
    return None if found is None else Path(found)


def _refused(what: str, model: ModelSection) -> UserError:
    return UserError(
        f"{what}, and model.trust_remote_code is about the code of {model.id} alone. Look at it first; then give the "
        "folder as model.id of a run of its own."
    )
