"""One process for one run directory: a second one that would train in it, or replace it, is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from iacrl.errors import UserError
from iacrl.runs.launch import is_first


@contextmanager
def run_lock(directory: Path) -> Iterator[FileLock]:
    """Hold the lock of a run directory while training in it.

    The lock is the operating system's, on a file beside the directory: it ends with the process that holds it, however
    that ends, so a file left behind by a killed one locks nothing. Of the processes of one distributed run only the
    first takes it. Where the place is not there yet, `take` takes it once something is to be written.

    Yields:
        The lock, held already if there is a place for it.

    Raises:
        UserError: Another process holds it.
    """
    lock = FileLock(directory.parent / f".{directory.name}.lock", timeout=0)
    try:
        if directory.parent.is_dir():
            take(lock, directory)
        yield lock
    finally:
        lock.release(force=True)


def take(lock: FileLock, directory: Path) -> None:
    """Take the lock of a run directory, making its place where it is not there.

    Raises:
        UserError: Another process holds it.
    """
    if not is_first() or lock.is_locked:
        return
    directory.parent.mkdir(parents=True, exist_ok=True)
    try:
        lock.acquire()
    except Timeout:
        raise UserError(
            f"Another process is at work in {directory}. Wait until it has ended, or give this run another name with "
            "run.name=NAME."
        ) from None
