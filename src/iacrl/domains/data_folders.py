"""Where added schemas are: in the user's data directory (or in `IACRL_DATA_DIR`), and in folders before it.

Paths are strings to keep the first verdict fast: importing `pathlib` takes as long as ten verdicts.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

#: Folders that come before the user's, such as those of a repository. The first match wins.
BEFORE: ContextVar[tuple[str, ...]] = ContextVar("before", default=())


def data_folders() -> tuple[str, ...]:
    """Return the folders to search for added schemas, in order; new schemas go into the first."""
    return (*BEFORE.get(), own_data_folder())


def own_data_folder() -> str:
    """Return the user's data directory."""
    chosen = os.environ.get("IACRL_DATA_DIR")
    if chosen:
        return chosen
    if sys.platform == "linux":
        # The same as platformdirs on Linux, without its import: that takes 9 ms, ten times as long as reading a pack.
        home = os.environ.get("XDG_DATA_HOME", "").strip() or os.path.expanduser("~/.local/share")  # noqa: PTH111
        return f"{home}/iacrl"
    from platformdirs import user_data_dir

    return user_data_dir("iacrl")


def data_state() -> tuple[str | None, tuple[str, ...]]:
    """Return a cheap cache key for what `data_folders` returns."""
    return os.environ.get("IACRL_DATA_DIR"), BEFORE.get()


@contextmanager
def searching_first(folders: tuple[str, ...]) -> Iterator[None]:
    """Search these folders before the user's, in this thread and until the end of the block."""
    token = BEFORE.set((*folders, *BEFORE.get()))
    try:
        yield
    finally:
        BEFORE.reset(token)
