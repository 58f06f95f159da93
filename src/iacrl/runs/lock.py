"""One process per run directory: a second one that would train in it, or replace it, is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from iacrl.errors import UserError
from iacrl.runs.launch import is_first


@contextmanager
def run_lock(directory: Path, *, wait_s: float = 0.0) -> Iterator[FileLock]:
    """Hold the lock of a run directory while working in it.

    It is a lock of the operating system, on a file next to the directory. It ends with the process that holds it,
    however that ends, so the file of a killed process locks nothing. Of the processes of one distributed run only the
    first takes it. If the parent folder does not exist yet, `take` takes the lock before the first write.

    Args:
        wait_s: Seconds to wait for another process.

    Yields:
        The lock, already held if its folder exists.

    Raises:
        UserError: Another process holds it, or its file is a link.
    """
    lock = FileLock(directory.parent / f".{directory.name}.lock", timeout=wait_s)
    try:
        if directory.parent.is_dir():
            take(lock, directory)
        yield lock
    finally:
        lock.release(force=True)


def take(lock: FileLock, directory: Path) -> None:
    """Take the lock of a run directory; create its folder if it does not exist.

    Raises:
        UserError: Another process holds it, or its file is a link.
    """
    if not is_first() or lock.is_locked:
        return
    directory.parent.mkdir(parents=True, exist_ok=True)
    file = Path(lock.lock_file)
    if file.is_symlink():  # the run may be from anybody, and locking empties the file
        raise UserError(f"{file}: is a link, and what it leads to would be emptied. Remove the link.")
    try:
        lock.acquire()
    except Timeout:
        raise UserError(
            f"Another process is at work in {directory}. Wait until it has ended. A new run can have another name: "
            "run.name=NAME."
        ) from None
