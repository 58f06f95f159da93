"""Choosing the next token from the logits, as transformers' own processors define it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from transformers import MinPLogitsWarper, TopKLogitsWarper, TopPLogitsWarper


@dataclass(frozen=True, slots=True)
class Decoding:
    """How tokens are chosen: greedy at temperature 0, else sampled; by default from the whole distribution."""

    temperature: float
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0

    @property
    def name(self) -> str:
        """`greedy` or `sampled`."""
        return "sampled" if self.temperature > 0 else "greedy"


class Chosen(NamedTuple):
    """The next token of each row, and its log-probability at the temperature, before anything is cut off or penalized.

    That is the log-probability that TRL's trainer computes for the policy. It is 0 for greedy decoding.
    """

    tokens: torch.Tensor
    log_probs: torch.Tensor


def choose(logits: torch.Tensor, decoding: Decoding, draws: torch.Tensor | None, seen: torch.Tensor | None) -> Chosen:
    """Choose one token for each row.

    A token is the first whose cumulative probability exceeds the row's draw. The sum runs in float64, so that rare
    tokens of a large vocabulary keep their chance.

    Args:
        logits: One row for each sequence; any float type.
        draws: A number in [0, 1) for each row, float64; None chooses the likeliest token.
        seen: For each row, which tokens its prompt or completion has; only for a repetition penalty.
    """
    scores = logits.float()
    penalized = scores
    if seen is not None:
        penalty = decoding.repetition_penalty
        penalized = torch.where(seen, torch.where(scores < 0, scores * penalty, scores / penalty), scores)
    if draws is None:
        tokens = penalized.argmax(-1)
        return Chosen(tokens, torch.zeros_like(tokens, dtype=torch.float32))
    probabilities = (penalized / decoding.temperature).softmax(-1)
    whole = probabilities if seen is None else (scores / decoding.temperature).softmax(-1)
    for cut in _cuts(decoding):
        probabilities = cut(None, probabilities.log()).softmax(-1)
    sums = probabilities.cumsum(-1, dtype=torch.float64)
    at = torch.searchsorted(sums, draws[:, None] * sums[:, -1:], right=True)
    tokens = at.clamp_(max=logits.shape[-1] - 1)  # the product may round up to the whole sum
    return Chosen(tokens[:, 0], whole.gather(1, tokens)[:, 0].log())


def seen_tokens(prompts: Sequence[Sequence[int]], vocabulary: int, device: torch.device) -> torch.Tensor:
    """Return, for each prompt, which tokens of the vocabulary it has."""
    seen = torch.zeros(len(prompts), vocabulary, dtype=torch.bool, device=device)
    for row, ids in zip(seen, prompts, strict=True):
        row[torch.tensor(ids, device=device)] = True
    return seen


def _cuts(decoding: Decoding) -> list[Any]:
    """Return what leaves out unlikely tokens, in the order of `generate`."""
    cuts: list[Any] = []
    if decoding.top_k:
        cuts.append(TopKLogitsWarper(decoding.top_k))
    if decoding.top_p < 1:
        cuts.append(TopPLogitsWarper(decoding.top_p))
    if decoding.min_p:
        cuts.append(MinPLogitsWarper(decoding.min_p))
    return cuts
