"""Which process of a run this is, and of how many: what `torchrun` and `accelerate launch` tell by the environment.

Apart from `processes`, so that nothing loads torch that only wants to know who may speak and write.
"""

from __future__ import annotations

import os


def count() -> int:
    """Return how many processes train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_first() -> bool:
    """Say whether this process is the one that writes to the run directory; one alone is."""
    return int(os.environ.get("RANK", "0")) == 0


def local_device() -> int:
    """Return the number of this process's GPU on its machine."""
    return int(os.environ.get("LOCAL_RANK", "0"))
