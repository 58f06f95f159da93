"""Where the shipped configs and datasets are, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import iacrl.rewards


def shipped(folder: Literal["configs", "datasets"]) -> Path:
    """Return the path of a shipped data folder.

    The folders are next to `rewards/` in the repository, and next to `iacrl/rewards/` once installed. The rewards
    package is always importable, so its place gives theirs. (They are not packages themselves: a `datasets` package at
    the top level would shadow the library of that name.)
    """
    return Path(iacrl.rewards.__file__).parent.parent / folder
