"""The processes of one distributed run, by `torchrun` or `accelerate launch`: which one this is, and the others.

Only the first process writes to the run directory. A process alone is the first, and waits for nobody.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Sequence
from typing import Any

# torch and accelerate are imported where they are needed: commands that train nothing show their progress too.


def count() -> int:
    """Return how many processes train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_first() -> bool:
    """Say whether this process is the one that writes."""
    return int(os.environ.get("RANK", "0")) == 0


def local_device() -> int:
    """Return the number of this process's GPU on its machine."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def join(device: str) -> None:
    """Find the other processes, and part from them when this one ends.

    Args:
        device: `cpu` or `cuda`, as `model.device` says.
    """
    if count() > 1:
        from accelerate import PartialState

        PartialState(cpu=device == "cpu")
        atexit.unregister(_part)
        atexit.register(_part)


def _part() -> None:
    import torch.distributed as dist

    if dist.is_initialized():
        dist.destroy_process_group()


def wait_for_all() -> None:
    """Wait until every process is here."""
    if count() > 1:
        from accelerate import PartialState

        PartialState().wait_for_everyone()


def gathered(rows: Sequence[Any]) -> list[Any]:
    """Return the rows of all processes, in the order of the processes."""
    if count() == 1:
        return list(rows)
    from accelerate.utils import gather_object

    return list(gather_object(list(rows)))


def any_process(flag: bool) -> bool:
    """Say whether the flag is set in any of the processes; all of them must ask."""
    if count() == 1:
        return flag
    import torch
    import torch.distributed as dist
    from accelerate import PartialState

    told = torch.tensor(int(flag), device=PartialState().device)
    dist.all_reduce(told, op=dist.ReduceOp.MAX)
    return bool(told.item())
