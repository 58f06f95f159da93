"""Writing completions for many prompts at once: a common prompt is read once, and finished rows leave the batch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedModel

from iacrl.decoding.cached_rows import CachedRows
from iacrl.decoding.module_walk import last_logits
from iacrl.decoding.sampling import Decoding, choose, seen_tokens


@dataclass(frozen=True, slots=True)
class Written:
    """One completion: its tokens, with the end token if there is one, and the log-probability of each.

    The log-probabilities are those at the temperature, before anything is cut off or penalized; 0 for greedy decoding.
    """

    ids: list[int]
    log_probs: list[float]


@torch.inference_mode()
def decode(
    model: PreTrainedModel,
    prompts: Sequence[Sequence[int]],
    decoding: Decoding,
    *,
    max_tokens: int,
    ends: Collection[int],
    draws: torch.Tensor | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> list[Written]:
    """Return one completion for each prompt.

    A row's tokens depend on its prompt and its own draws alone, up to rounding: the other rows of the batch change the
    order of floating-point sums. The same call on the same CPU gives the same bits.

    Args:
        model: In evaluation mode; one that `module_walk.why_not` does not refuse.
        prompts: Their tokens. Equal prompts are read once.
        ends: The tokens that end a completion.
        draws: For each prompt, `max_tokens` numbers in [0, 1), in float64; by default of torch's global generator.
        progress: Called after each token with the number of completions that have ended.
    """
    device = model.device
    if decoding.temperature <= 0:
        draws = None
    elif draws is None:
        draws = torch.rand(len(prompts), max_tokens, dtype=torch.float64)
    if draws is not None:
        draws = draws.to(device)
    batch = _Batch(model, prompts, decoding, max_tokens, draws)
    stops = torch.tensor(sorted(ends), dtype=torch.long, device=device)
    logits = batch.read_prompts()
    for step in range(max_tokens):
        tokens = batch.choose(logits, step)
        batch.leave(torch.isin(tokens, stops))
        progress(len(prompts) - len(batch.rows))
        if not len(batch.rows) or step + 1 == max_tokens:
            break
        logits = batch.read_tokens(step)
    return batch.written()


class _Batch:
    """The rows that are being written; row `n` of the tensors belongs to prompt `rows[n]`."""

    def __init__(
        self,
        model: PreTrainedModel,
        prompts: Sequence[Sequence[int]],
        decoding: Decoding,
        max_tokens: int,
        draws: torch.Tensor | None,
    ) -> None:
        device = model.device
        self._model, self._decoding, self._draws = model, decoding, draws
        numbers: dict[tuple[int, ...], int] = {}
        owners = [numbers.setdefault(tuple(ids), len(numbers)) for ids in prompts]
        self._unlike = list(numbers)
        self._width = max(map(len, self._unlike))
        self._owners = torch.tensor(owners, device=device)
        self._cache = CachedRows(self._owners, self._width + max_tokens)
        self.rows = torch.arange(len(prompts), device=device)
        self._lengths = torch.tensor([len(ids) for ids in prompts], device=device)
        self._mask: torch.Tensor | None = None
        self._tokens = torch.zeros(len(prompts), max_tokens, dtype=torch.long, device=device)
        self._log_probs = torch.zeros(len(prompts), max_tokens, device=device)
        self._counts = torch.zeros(len(prompts), dtype=torch.long, device=device)
        self._newest = self.rows
        self._seen: torch.Tensor | None = None
        if decoding.repetition_penalty != 1.0:
            self._seen = seen_tokens(prompts, model.config.vocab_size, device)

    def read_prompts(self) -> torch.Tensor:
        """Read each unlike prompt once, padded on the left, and return the logits after the prompt of each row."""
        device, width = self._owners.device, self._width
        ids = torch.zeros(len(self._unlike), width, dtype=torch.long, device=device)
        real = torch.zeros_like(ids, dtype=torch.bool)
        for number, prompt in enumerate(self._unlike):
            ids[number, width - len(prompt) :] = torch.tensor(prompt, device=device)
            real[number, width - len(prompt) :] = True
        positions = (real.long().cumsum(-1) - 1).clamp_(min=0)
        mask = None
        if not bool(real.all()):
            before = torch.ones(width, width, dtype=torch.bool, device=device).tril()
            # A padding token attends to itself: softmax over nothing is not a number.
            mask = (before & real[:, None]) | torch.eye(width, dtype=torch.bool, device=device)
            mask = mask[:, None]
            room = real.new_ones(len(self.rows), self._tokens.shape[1])
            self._mask = torch.cat([real[self._owners], room], dim=1)[:, None, None]
        return last_logits(self._model, ids, positions, mask, self._cache, 0)[self._owners]

    def choose(self, logits: torch.Tensor, step: int) -> torch.Tensor:
        """Choose the next token of each row, and keep it."""
        draws = None if self._draws is None else self._draws[self.rows, step]
        tokens, log_probs = choose(logits, self._decoding, draws, self._seen)
        self._tokens[self.rows, step] = tokens
        self._log_probs[self.rows, step] = log_probs
        self._counts[self.rows] += 1
        if self._seen is not None:
            self._seen.scatter_(1, tokens[:, None], True)
        self._newest = tokens
        return tokens

    def leave(self, ended: torch.Tensor) -> None:
        """Take finished rows out; the last rows move into their places."""
        places = ended.nonzero()[:, 0]
        if not len(places):
            return
        kept = len(self.rows) - len(places)
        targets = places[places < kept]
        sources = kept + (~ended[kept:]).nonzero()[:, 0]
        self._cache.move(sources, targets, kept)
        self.rows, self._lengths, self._newest = (
            _moved(tensor, sources, targets, kept) for tensor in (self.rows, self._lengths, self._newest)
        )
        if self._mask is not None:
            self._mask = _moved(self._mask, sources, targets, kept)
        if self._seen is not None:
            self._seen = _moved(self._seen, sources, targets, kept)

    def read_tokens(self, step: int) -> torch.Tensor:
        """Read the newest token of each row, and return the logits after it."""
        at = self._width + step
        mask = None if self._mask is None else self._mask[..., : at + 1]
        return last_logits(self._model, self._newest[:, None], (self._lengths + step)[:, None], mask, self._cache, at)

    def written(self) -> list[Written]:
        """Return the completions, in the order of the prompts."""
        counts = self._counts.tolist()
        return [
            Written(ids[:count], log_probs[:count])
            for ids, log_probs, count in zip(self._tokens.tolist(), self._log_probs.tolist(), counts, strict=True)
        ]


def _moved(tensor: torch.Tensor, sources: torch.Tensor, targets: torch.Tensor, rows: int) -> torch.Tensor:
    tensor = tensor.clone() if len(sources) else tensor
    tensor[targets] = tensor[sources]
    return tensor[:rows]
