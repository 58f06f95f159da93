"""The one error that a user is meant to see.

Anything a user can fix (a wrong path, a misspelt key, a malformed row) is raised as `UserError`. The command line
prints its message without a traceback and exits with status 2. It does the same with an OSError that `mendable`
recognizes. Library callers catch both as ordinary exceptions. Every other exception is a bug in iacrl and keeps its
traceback.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable

from iacrl.effort import current_effort

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
#: Disk errors, which another path does not fix.
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})

#: Where messages send people to read more: an installed package has no docs.
DOCS = "https://github.com/iacrl/iacrl/blob/main/docs"


class UserError(Exception):
    """A mistake the caller can fix. The message says what is wrong, where, and what to do about it."""


def mendable(error: OSError) -> str | None:
    """Return the message about a path, a permission or a disk that is at fault; None if iacrl itself is.

    An error about a file of iacrl's own package is a bug. So is an error about a path that does not name the path.
    """
    from pathlib import Path

    if error.errno not in _PATH_ERRORS | DISK_ERRORS:
        return None
    if error.filename is None and str(error.strerror).startswith("No usable temporary directory"):  # by `tempfile`
        return "There is no temporary folder that can be written to. Set TMPDIR to a folder that can."
    if error.filename is None:
        return f"{error.strerror}." if error.errno in DISK_ERRORS else None
    name = os.fsdecode(error.filename) if isinstance(error.filename, bytes) else str(error.filename)
    return None if Path(name).is_relative_to(Path(__file__).parent) else f"{name}: {error.strerror}."


def did_you_mean(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return `" Did you mean 'x'?"` for the nearest of `known`, or an empty string when nothing is near.

    `cutoff` is the lowest similarity that counts as near, from 0 to 1 (identical). A text with thousands of mistakes
    gets hints for the first ones only (`Effort.comparisons`).
    """
    import difflib  # imported only after an error: the import takes as long as two verdicts

    names, effort = list(known), current_effort()
    effort.comparisons -= len(names)
    if effort.comparisons < 0:
        return ""
    near = difflib.get_close_matches(name, names, n=1, cutoff=cutoff)
    return f" Did you mean {near[0]!r}?" if near else ""


class Interrupted(Exception):  # noqa: N818 - it is not an error: the user asked for it
    """Ctrl-C or SIGTERM during a run. The message says what is kept and how to go on; the exit status is 130."""


def first_line(error: Exception) -> str:
    """Return the first line of an error's message, or the error's type if it has none."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
