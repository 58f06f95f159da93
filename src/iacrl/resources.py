"""Where the shipped configs and datasets lie, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import iacrl.rewards


def shipped(folder: Literal["configs", "datasets"]) -> Path:
    """Return the path of a shipped data folder.

    The folders stand beside `rewards/` in the repository, and beside `iacrl/rewards/` once installed: so the rewards
    package, which is always importable, tells where they are. (They are not packages themselves: a `datasets` package
    at the top level would shadow the library of that name.)
    """
    return Path(iacrl.rewards.__file__).parent.parent / folder
