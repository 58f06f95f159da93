"""The git repository that a folder is in."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def repository_of(folder: Path) -> Path | None:
    """Return the root of a folder's repository: the nearest folder above with a `.git`."""
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), None)
