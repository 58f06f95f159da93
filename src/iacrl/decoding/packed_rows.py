"""Completions with their prompts as one row of tokens: a common prompt is read once, and padding never.

A training step reads the completions that generation wrote, to compute their log-probabilities. A group shares its
prompt, which is often longer than its completions. Read row by row, a prompt is read as often as its group is large.
"""

from __future__ import annotations

import torch
from torch.nn.functional import scaled_dot_product_attention


class PackedRows:
    """The tokens that a model must read: each unlike prompt, then each completion without its last token.

    Only attention sees rows. All other modules read the tokens one by one, so they need no padding.

    Args:
        prompts, prompt_mask: Tokens (rows, width), padded on the left, and 1 for each real one.
        completions, completion_mask: Tokens (rows, length), padded on the right, and 1 for each that is scored. A row
            may have none.

    Attributes:
        ids, positions: (1, tokens); positions count without padding.
        before: For each scored token, the place in `ids` of the token before it.
        targets: The scored tokens, row by row.
    """

    def __init__(
        self,
        prompts: torch.Tensor,
        prompt_mask: torch.Tensor,
        completions: torch.Tensor,
        completion_mask: torch.Tensor,
    ) -> None:
        unlike, owners = torch.unique(prompts.masked_fill(prompt_mask == 0, -1), dim=0, return_inverse=True)
        unlike = unlike[:, (unlike >= 0).any(0)]  # a longer prompt in another micro-batch has padded them all
        real, scored = unlike >= 0, completion_mask.bool()
        read = scored[:, 1:]  # a token is read if another one follows
        lengths = real.sum(1)
        self._owners, self._count = owners, int(lengths.sum())
        self._prompts = _Padding(real)
        self._completions = _Padding(read)
        steps = torch.arange(read.shape[1], device=owners.device)
        self.ids = torch.cat([unlike[real], completions[:, :-1][read]])[None]
        self.positions = torch.cat([(real.long().cumsum(1) - 1)[real], (lengths[owners][:, None] + steps)[read]])[None]
        places = self._count - 1 + read.flatten().long().cumsum(0).view(read.shape)
        self.before = torch.cat([(lengths.cumsum(0) - 1)[owners][:, None], places], dim=1)[scored]
        self.targets = completions[scored]
        own = steps[:, None] >= steps
        self._mask = torch.cat([real[owners][:, None].expand(-1, len(steps), -1), own.expand(len(owners), -1, -1)], 2)
        self._mask = self._mask[:, None]
        self._prompt_mask = None
        if not bool(real.all()):
            before = torch.ones(real.shape[1], real.shape[1], dtype=torch.bool, device=real.device).tril()
            # A padding token attends to itself: softmax over nothing is not a number.
            self._prompt_mask = ((before & real[:, None]) | torch.eye(len(before), device=real.device).bool())[:, None]

    def attend(self, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, scale: float) -> torch.Tensor:
        """Return what each token attends to: its prompt, and its completion up to itself.

        A CPU computes it in float32: torch's gradient of attention in bfloat16 takes two to four times as long there.

        Args:
            queries, keys, values: (tokens, heads, size of a head); keys and values may have fewer heads.

        Returns:
            (tokens, heads, size of a head).
        """
        if queries.device.type != "cpu":
            return self._attend(queries, keys, values, scale)
        with torch.autocast("cpu", enabled=False):
            return self._attend(queries.float(), keys.float(), values.float(), scale).to(queries.dtype)

    def _attend(self, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, scale: float) -> torch.Tensor:
        group = queries.shape[1] // keys.shape[1]
        if group > 1:
            keys, values = (part.repeat_interleave(group, dim=1) for part in (keys, values))
        asked, known, told = (self._prompts.put(part[: self._count]) for part in (queries, keys, values))
        read = scaled_dot_product_attention(
            asked, known, told, attn_mask=self._prompt_mask, is_causal=self._prompt_mask is None, scale=scale
        )
        attended = [self._prompts.take(read)]
        if len(queries) > self._count:
            asked = self._completions.put(queries[self._count :])
            known, told = (
                torch.cat([prompt[self._owners], self._completions.put(part[self._count :])], dim=2)
                for prompt, part in ((known, keys), (told, values))
            )
            written = scaled_dot_product_attention(asked, known, told, attn_mask=self._mask, scale=scale)
            attended.append(self._completions.take(written))
        return torch.cat(attended)


class _Padding:
    """Puts packed tokens into padded rows, and takes them out again.

    Args:
        real: (rows, length), True where a token belongs.
    """

    def __init__(self, real: torch.Tensor) -> None:
        self._rows, self._length = real.shape
        self._places = real.flatten().nonzero()[:, 0]

    def put(self, packed: torch.Tensor) -> torch.Tensor:
        """Return (rows, heads, length, size of a head) for (tokens, heads, size of a head); padding is 0."""
        padded = packed.new_zeros(self._rows * self._length, *packed.shape[1:]).index_copy(0, self._places, packed)
        return padded.view(self._rows, self._length, *packed.shape[1:]).transpose(1, 2)

    def take(self, padded: torch.Tensor) -> torch.Tensor:
        """Return the tokens of padded rows."""
        return padded.transpose(1, 2).flatten(0, 1).index_select(0, self._places)
