"""Keys and values of the rows that are still being written, in memory that is taken once."""

from __future__ import annotations

import torch


class CachedRows:
    """The keys and values of every layer, row by row.

    `generate` copies the whole cache for each token as it grows. Here the memory for the greatest length is taken at
    once, and a token is written into its place. A finished row gives its place to the last one.

    Args:
        owners: For each row, the number of its prompt: rows with one prompt share its keys and values.
        capacity: The greatest number of tokens in a row.
    """

    def __init__(self, owners: torch.Tensor, capacity: int) -> None:
        self._owners = owners
        self._capacity = capacity
        self._layers: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._rows = len(owners)
        self._filled = 0

    def add(self, layer: int, keys: torch.Tensor, values: torch.Tensor, at: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Keep the keys and values of new tokens, and return those that the new tokens attend to.

        Args:
            keys, values: (prompts or rows, heads, new tokens, size of a head). The first call brings the prompts.
            at: The place of the first new token in its row.
        """
        self._filled = at + keys.shape[2]
        if layer == len(self._layers):
            shape = (self._rows, keys.shape[1], self._capacity, keys.shape[3])
            self._layers.append((keys.new_empty(shape), values.new_empty(shape)))
            for kept, new in zip(self._layers[layer], (keys, values), strict=True):
                kept[:, :, : self._filled] = new[self._owners]
            return keys, values
        for kept, new in zip(self._layers[layer], (keys, values), strict=True):
            kept[: self._rows, :, at : self._filled] = new
        kept_keys, kept_values = self._layers[layer]
        return kept_keys[: self._rows, :, : self._filled], kept_values[: self._rows, :, : self._filled]

    def move(self, sources: torch.Tensor, targets: torch.Tensor, rows: int) -> None:
        """Move rows into the places of finished ones, and go on with the first `rows` rows."""
        if len(sources):
            for kept in (tensor for layer in self._layers for tensor in layer):
                kept[targets, :, : self._filled] = kept[sources, :, : self._filled]
        self._rows = rows
