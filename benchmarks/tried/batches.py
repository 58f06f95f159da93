"""The trainer's batches of completions: taking rows of them, and joining them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

Batch = dict[str, Any]

#: Prompts are padded on the left, everything else on the right.
_LEFT = ("prompt_ids", "prompt_mask")
#: A count for the whole batch, not a row for each completion.
_COUNT = "num_items_in_batch"


def rows(batch: Batch, chosen: Sequence[int]) -> Batch:
    """Return these completions of a batch, in this order."""
    index = torch.tensor(list(chosen), dtype=torch.long)
    return counted({name: value[index] for name, value in batch.items() if name != _COUNT})


def joined(batches: Sequence[Batch], padding: int) -> Batch:
    """Return the completions of several batches as one.

    Args:
        batches: With the same entries.
        padding: The token that pads.
    """
    whole: Batch = {}
    for name in batches[0]:
        if name == _COUNT:
            continue
        parts = [batch[name] for batch in batches]
        if parts[0].dim() > 1:
            width = max(part.shape[1] for part in parts)
            fill = padding if name in ("prompt_ids", "completion_ids") else 0
            parts = [_widened(part, width, fill, left=name in _LEFT) for part in parts]
        whole[name] = torch.cat(parts)
    return counted(whole)


def counted(batch: Batch, weighed: torch.Tensor | None = None) -> Batch:
    """Return a batch with the number of its tokens, by which the loss is divided.

    Args:
        weighed: Which completions count; by default all.
    """
    mask = batch["completion_mask"]
    return {**batch, _COUNT: (mask if weighed is None else mask[weighed]).sum()}


def _widened(part: torch.Tensor, width: int, fill: int, *, left: bool) -> torch.Tensor:
    missing = width - part.shape[1]
    return torch.nn.functional.pad(part, (missing, 0) if left else (0, missing), value=fill)
