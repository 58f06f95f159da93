"""The order of SFT's rows: the longest first, so that memory runs out at once or never."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch.utils.data import Sampler


class LongestFirst(Sampler[int]):
    """The longest rows first, so that memory runs out in the first step or never; the rest reshuffled each epoch.

    It asks for the epoch: with several processes, the layers between it and a trainer that resumes inside an epoch do
    not pass `set_epoch` on.

    Args:
        lengths: Tokens of each row.
        first: How many of the longest rows come first in the first epoch: those of one optimizer step.
        epoch: Returns the number of the beginning epoch, also when a run resumes inside it.
    """

    def __init__(self, lengths: Sequence[int], first: int, seed: int, epoch: Callable[[], int]) -> None:
        self._lengths = lengths
        self._first = first
        self._seed = seed
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        epoch = self._epoch()
        generator = torch.Generator().manual_seed(self._seed + epoch)
        order: list[int] = torch.randperm(len(self), generator=generator).tolist()
        if epoch == 0:
            longest = sorted(order, key=lambda row: -self._lengths[row])[: self._first]
            chosen = frozenset(longest)
            order = [*longest, *(row for row in order if row not in chosen)]
        return iter(order)
