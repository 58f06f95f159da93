"""One message for a full disk, which every library that saves weights reports in its own way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from iacrl.errors import UserError
from iacrl.files import FULL_DISK, free_bytes, is_disk_full

#: The messages of torch (three, depending on where its writer stopped) and safetensors; their errors have no errno.
_WORDS: Final = (
    *("PytorchStreamWriter failed writing file", "unexpected pos", "iostream error", "No space left"),
    *(f"(os error {number})" for number in sorted(FULL_DISK)),
)


@contextmanager
def full_disk_is_told(folder: Path, advice: str) -> Iterator[None]:
    """Turn any error about a full disk into a UserError that names the file.

    Args:
        folder: Where files are written.
        advice: What to do, as the end of the message.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, UserError) or not (is_disk_full(error) or any(words in str(error) for words in _WORDS)):
            raise
        file = getattr(error, "filename", None) or _written_last(folder)
        left = f"{free_bytes(folder) / 2**20:.0f} MiB left"
        raise UserError(f"{file}: the disk is full ({left}): {error}. {advice}") from error


def _written_last(folder: Path) -> Path:
    """Return the most recently written file below a folder; the folder itself if it has none."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return max(files, key=lambda path: path.stat().st_mtime_ns, default=folder)
