"""The one error that a user is meant to see.

Anything a user can mend (a wrong path, a misspelt key, a malformed row) is raised as `UserError`. The command line
prints its message without a traceback and exits with status 2; library callers catch it as an ordinary exception.
Every other exception is a bug in iacrl and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Iterable


class UserError(Exception):
    """A mistake the caller can mend. The message says what is wrong, where, and what to do about it."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `" Did you mean 'x'?"` for the nearest of `known`, or an empty string when nothing is near."""
    import difflib  # only where something is wrong: importing it takes as long as two verdicts

    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""


class Interrupted(Exception):  # noqa: N818 - it is no error: the user asked for it
    """Ctrl-C or SIGTERM during a run. The message says what is kept and how to go on; the exit status is 130."""
