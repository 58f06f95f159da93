"""Reading files and standard input: only real files, up to the largest size that is judged."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import Final

from iacrl.errors import UserError
from iacrl.files import LARGEST
from iacrl.seen_files import is_outside, unsaved_text
from iacrl.text import from_bytes, to_bytes

#: Dumps of schemas are longer: a provider's may take 200 MB.
LARGEST_SCHEMA: Final = 1_000_000_000


def why_not_read(path: Path, largest: int = LARGEST) -> str | None:
    """Return why a path must not be read, None if it may be read. A missing file is an error on reading."""
    try:
        status = path.stat()
    except OSError:
        return None
    if stat.S_ISDIR(status.st_mode):
        return "a directory; name a file"
    if not stat.S_ISREG(status.st_mode):
        return "a device, pipe or socket; name a file, or `-` for standard input"
    return f"larger than {largest // 1_000_000} MB" if status.st_size > largest else None


def read_source(name: str, largest: int = LARGEST) -> str:
    """Return the text of a file, or of standard input for `-`.

    Raises:
        UserError: It cannot be read, is not a file, or is too large.
    """
    return from_bytes(read_bytes(name, largest))


def read_bytes(name: str, largest: int = LARGEST) -> bytes:
    """Return the content of a file, or of standard input for `-`.

    Raises:
        UserError: It cannot be read, is not a file, or is too large.
    """
    label = "<stdin>" if name == "-" else name
    if name != "-":
        if (text := unsaved_text(Path(name))) is not None:
            return to_bytes(text)
        if is_outside(Path(name)):
            raise UserError(f"{label}: leads out of the directory that may be read.")
    if name != "-" and (reason := why_not_read(Path(name), largest)):
        raise UserError(f"{label}: is {reason}.")
    try:
        # A file may grow, or say that it is empty and be endless, as those of the kernel do.
        if name == "-":
            content = sys.stdin.buffer.read(largest + 1)
        else:
            with Path(name).open("rb") as file:
                content = file.read(largest + 1)
    except OSError as error:
        raise UserError(f"{label}: {error.strerror}.") from None
    if len(content) > largest:
        raise UserError(f"{label}: is larger than {largest // 1_000_000} MB.")
    return content
