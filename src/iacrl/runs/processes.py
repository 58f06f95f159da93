"""What the processes of one distributed run do together. A single process never waits."""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from typing import Any

import torch
import torch.distributed as dist
from accelerate import PartialState
from accelerate.utils import gather_object, parse_flag_from_env

from iacrl.runs.launch import count


def join(device: str) -> None:
    """Connect to the other processes, and disconnect when this one ends."""
    if count() > 1:
        PartialState(cpu=device == "cpu")
        atexit.unregister(_part)
        atexit.register(_part)


def _part() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()


def share_one_model() -> bool:
    """Say whether each process holds only a part of the model (FSDP, DeepSpeed), so all must run it together."""
    return count() > 1 and any(parse_flag_from_env(f"ACCELERATE_USE_{name}") for name in ("FSDP", "DEEPSPEED"))


def wait_for_all() -> None:
    """Wait until every process is here."""
    if count() > 1:
        PartialState().wait_for_everyone()


def gathered(rows: Sequence[Any]) -> list[Any]:
    """Return the rows of all processes, in the order of the processes."""
    return list(gather_object(list(rows))) if count() > 1 else list(rows)


def any_process(flag: bool) -> bool:
    """Say whether the flag is set in any of the processes; all of them must call this."""
    if count() == 1:
        return flag
    told = torch.tensor(int(flag), device=PartialState().device)
    dist.all_reduce(told, op=dist.ReduceOp.MAX)
    return bool(told.item())
