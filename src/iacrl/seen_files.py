"""Which files a verdict sees: those on the disk, unless an editor holds a newer text or they may not be read.

A language server judges texts that are not saved yet. A server for agents reads nothing outside one directory. Both say
so here, and everything that reads the files of a user asks here. Commands see the disk as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

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
    """See other texts than the disk holds, or only a part of it, in this thread and until the end of the block.

    Args:
        unsaved: Texts by their resolved paths. A path may be new.
        root: A resolved directory. Nothing outside it is read; a link inside it that leads out is outside.
    """
    token = _sight.set(_Sight(unsaved or {}, root))
    try:
        yield
    finally:
        _sight.reset(token)


def is_outside(path: Path) -> bool:
    """Return whether a path may not be read, for it leads out of the directory that may be."""
    root = _sight.get().root
    return root is not None and not path.resolve().is_relative_to(root)


def unsaved_text(path: Path) -> str | None:
    """Return the text that an editor holds of a file, None where the disk decides."""
    unsaved = _sight.get().unsaved
    return unsaved.get(path.resolve()) if unsaved else None


def unsaved_in(directory: Path) -> list[Path]:
    """Return the files of a directory that an editor holds; some may not be on the disk yet."""
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
        PermissionError: It is outside of what may be read.
        OSError: It cannot be read.
    """
    text = unsaved_text(path)
    if text is not None:
        return to_bytes(text)
    if is_outside(path):
        raise PermissionError(1, "leads out of the directory that may be read", str(path))
    return path.read_bytes()
