"""Loading the Python module that declares a reward, and saying where it fails."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
import traceback
from pathlib import Path

from iacrl.errors import UserError


def load_file(path: Path) -> dict[str, object]:
    """Run a Python file and return its names.

    Raises:
        UserError: It is not there or fails; the message says why, with file and line.
    """
    if not path.is_file():
        raise UserError(f"Reward {path}: there is no such file.")
    path = path.resolve()
    # Two files of one name are two modules.
    name = f"iacrl_reward_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UserError(f"Reward {path}: not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # a file that calls sys.exit must not end the program, least of all with 0
        del sys.modules[name]
        raise _failure(f"Reward {path}", error, path) from error
    return vars(module)


def load_module(name: str, title: str) -> dict[str, object]:
    """Import a module and return its names; `title` says in an error whose it is.

    Raises:
        UserError: It fails; the message says why, with file and line.
    """
    try:
        return vars(importlib.import_module(name))
    except (Exception, SystemExit) as error:
        raise _failure(title, error, None) from error


def place_of(error: BaseException, file: Path | None) -> str:
    """Return `file:line` of where an error arose: the innermost line of `file`, or of any file when it has none."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    # Frames of the import system say nothing to anybody.
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<frozen")]
    own = [frame for frame in frames if file is not None and Path(frame.filename) == file]
    found = (own or frames)[-1]
    return f"{found.filename}:{found.lineno}"


def _failure(title: str, error: BaseException, file: Path | None) -> UserError:
    if isinstance(error, UserError):
        return UserError(f"{title}: {error} ({place_of(error, file)})")
    reason = error.msg if isinstance(error, SyntaxError) else error
    return UserError(f"{title} fails to load: {type(error).__name__}: {reason} ({place_of(error, file)})")
