"""Loading the Python module that declares a reward, and reporting where it fails."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import NoReturn

from iacrl.errors import UserError

#: How much of an exception's message is repeated, in characters.
_LONGEST = 300
#: How long, in seconds, a file or module may take to load.
_LOAD_S = 100.0


class _Late(BaseException):
    """Loading takes too long. An `except Exception` in the loaded code must not catch it."""

    def __str__(self) -> str:
        return f"it takes more than {_LOAD_S:g} s"


def load_file(path: Path) -> dict[str, object]:
    """Run a Python file and return its names.

    Raises:
        UserError: It does not exist or fails; the message says why, with file and line.
    """
    if not path.is_file():
        raise UserError(f"Reward {path}: there is no such file.")
    path = path.resolve()
    # Two files with the same name are two modules.
    name = f"iacrl_reward_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UserError(f"Reward {path}: not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with _in_time(), _without_exit(), redirect_stdout(sys.stderr):  # standard output is for JSON
            spec.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a file that calls sys.exit must not end the program, least of all with 0
        sys.modules.pop(name, None)
        raise _failure(f"Reward {path}", error, path) from error
    return vars(module)


def load_module(name: str, title: str) -> dict[str, object]:
    """Import a module and return its names; `title` names its owner in an error.

    Raises:
        UserError: It fails; the message says why, with file and line.
    """
    try:
        with _in_time(), _without_exit(), redirect_stdout(sys.stderr):
            return vars(importlib.import_module(name))
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise _failure(title, error, None) from error


@contextmanager
def _in_time() -> Iterator[None]:
    """Raise `_Late` in a block that runs too long; only a main thread can be interrupted."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(*_: object) -> NoReturn:
        raise _Late

    handler = signal.signal(signal.SIGALRM, interrupt)
    timer = signal.setitimer(signal.ITIMER_REAL, _LOAD_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, handler)


class _Exit(BaseException):
    """Loaded code calls `os._exit`."""

    def __str__(self) -> str:
        return "it ends the process with os._exit"


@contextmanager
def _without_exit() -> Iterator[None]:
    """Raise `_Exit` where the block calls `os._exit`: the program would end with any status and without a word."""
    parent, ends = os.getpid(), os._exit

    def refuse(status: int) -> NoReturn:
        if os.getpid() != parent:  # a process that the code has forked ends so
            ends(status)
        raise _Exit

    os._exit = refuse
    try:
        yield
    finally:
        os._exit = ends


def in_short(error: BaseException) -> str:
    """Return the type and the message of an exception. Long ones are cut; a message that cannot be read is left out."""
    try:
        said = str(error)
    except Exception as broken:  # noqa: BLE001 - it is the exception's own code that raised
        said = f"its message cannot be had, for that raised {type(broken).__name__}"
    return _cut(said) if isinstance(error, _Late | _Exit) else f"{_cut(type(error).__name__)}: {_cut(said)}"


def _cut(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}… ({len(words)} characters)"


def place_of(error: BaseException, file: Path | None) -> str:
    """Return `file:line` of an error: the innermost line in `file`, or in any file if none is there."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    # Frames of the import system help nobody.
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<frozen")]
    own = [frame for frame in frames if file is not None and Path(frame.filename) == file]
    found = (own or frames)[-1]
    return f"{found.filename}:{found.lineno}"


def _failure(title: str, error: BaseException, file: Path | None) -> UserError:
    if isinstance(error, UserError):
        return UserError(f"{title}: {error} ({place_of(error, file)})")
    told = f"{type(error).__name__}: {_cut(str(error.msg))}" if isinstance(error, SyntaxError) else in_short(error)
    return UserError(f"{title} fails to load: {told} ({place_of(error, file)})")
