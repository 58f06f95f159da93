"""Which files a verdict sees: those on the disk, unless an editor has a newer text or reading is not allowed.

A language server judges texts that are not saved yet. A server for agents reads nothing outside one directory. Both set
that here, and all code that reads a user's files asks here. Commands see the disk as it is.
"""

from __future__ import annotations

import errno
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

from iacrl.files import LARGEST
from iacrl.text import to_bytes

if TYPE_CHECKING:
    from pathlib import Path


class _Sight(NamedTuple):
    unsaved: Mapping[Path, str] = {}
    root: Path | None = None


_DISK = _Sight()
_sight: ContextVar[_Sight] = ContextVar("sight", default=_DISK)


@contextmanager
def seeing(*, unsaved: Mapping[Path, str] | None = None, root: Path | None = None) -> Iterator[None]:
    """See other texts than those on the disk, or only a part of the disk, in this thread until the end of the block.

    Args:
        unsaved: Texts by their resolved paths. A path may be new.
        root: A resolved directory. Nothing outside it is read; a link that leads out of it counts as outside.
    """
    token = _sight.set(_Sight(unsaved or {}, root))
    try:
        yield
    finally:
        _sight.reset(token)


def is_outside(path: Path) -> bool:
    """Return whether a path may not be read because it leads out of the allowed directory."""
    root = _sight.get().root
    return root is not None and not is_below(path, root)


def is_below(place: Path, folder: Path) -> bool:
    """Say whether a path, with its links followed, is in a resolved folder. A loop of links leads nowhere."""
    try:
        target = place.resolve()
        return target.is_relative_to(folder) and not target.is_symlink()  # Python 3.13 ends a loop at one of its links
    except (OSError, ValueError, RuntimeError):  # no name of a file, or a loop of links
        return False


def unsaved_text(path: Path) -> str | None:
    """Return an editor's text of a file; None if the file on the disk counts."""
    unsaved = _sight.get().unsaved
    return unsaved.get(path.resolve()) if unsaved else None


def unsaved_in(directory: Path) -> list[Path]:
    """Return the files of a directory that are open in an editor; some may not be on the disk yet."""
    unsaved = _sight.get().unsaved
    if not unsaved:
        return []
    here = directory.resolve()
    return [directory / path.name for path in unsaved if path.parent == here]


def is_there(path: Path) -> bool:
    """Return whether a file, on the disk or in an editor, may be read."""
    return not is_outside(path) and (path.exists() or unsaved_text(path) is not None)


def content_of(path: Path) -> bytes:
    """Return the content of a file.

    Raises:
        PermissionError: It is outside the allowed directory.
        OSError: It cannot be read, or is too large.
    """
    text = unsaved_text(path)
    if text is not None:
        return to_bytes(text)
    if is_outside(path):
        raise PermissionError(1, "leads out of the directory that may be read", str(path))
    state = path.stat()
    if not stat.S_ISREG(state.st_mode):
        raise OSError(errno.EINVAL, "a device, pipe or socket", str(path))
    if state.st_size > LARGEST:
        raise OSError(errno.EFBIG, f"larger than {LARGEST // 1_000_000} MB", str(path))
    return path.read_bytes()
