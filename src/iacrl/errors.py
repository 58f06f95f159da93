"""The one error that a user is meant to see.

Anything a user can mend (a wrong path, a misspelt key, a malformed row) is raised as `UserError`. The command line
prints its message without a traceback and exits with status 2; library callers catch it as an ordinary exception.
So it does with an OSError that `mendable` knows. Every other exception is a bug in iacrl and keeps its traceback.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable

_PATH_ERRORS = frozenset(
    {
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
    }
)
#: Errors of a disk, which no path mends.
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})

#: Where messages send people to read more: an installed package holds no docs.
DOCS = "https://github.com/iacrl/iacrl/blob/main/docs"


class UserError(Exception):
    """A mistake the caller can mend. The message says what is wrong, where, and what to do about it."""


def mendable(error: OSError) -> str | None:
    """Return what to tell the user of a path, a permission or a disk that is at fault; None where iacrl itself is.

    An error about a file of iacrl's own package is a bug, and so is one that names no path where a path is at fault.
    """
    from pathlib import Path

    if error.errno not in _PATH_ERRORS | DISK_ERRORS:
        return None
    if error.filename is None:
        return f"{error.strerror}." if error.errno in DISK_ERRORS else None
    name = os.fsdecode(error.filename) if isinstance(error.filename, bytes) else str(error.filename)
    return None if Path(name).is_relative_to(Path(__file__).parent) else f"{name}: {error.strerror}."


def did_you_mean(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return `" Did you mean 'x'?"` for the nearest of `known`, or an empty string when nothing is near.

    `cutoff` is the least likeness that counts as near, from 0 to 1 for the same.
    """
    import difflib  # only where something is wrong: importing it takes as long as two verdicts

    near = difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff)
    return f" Did you mean {near[0]!r}?" if near else ""


class Interrupted(Exception):  # noqa: N818 - it is no error: the user asked for it
    """Ctrl-C or SIGTERM during a run. The message says what is kept and how to go on; the exit status is 130."""


def first_line(error: Exception) -> str:
    """Return the first line of an error's message, or the error's type where it has none."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
