"""Computing the log-probabilities of a GRPO step without reading a prompt once for each completion of its group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from accelerate import DistributedType
from transformers import PreTrainedModel

from iacrl.decoding.packed_rows import PackedRows
from iacrl.training.packed_scores import PackedScores


class SharedPrompts(PackedScores):
    """A mixin for the GRPO trainer: packed rows share their prompts, and micro-batches are filled for that."""

    # Attributes of the trainer class.
    model: Any
    loss_type: str
    temperature: float
    num_generations: int
    num_iterations: int
    _step: int
    _buffered_inputs: list[dict[str, Any]] | None
    _entropy_bonus_enabled: bool

    def _get_per_token_logps_and_entropies(
        self,
        model: Any,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        logits_to_keep: int,
        *,
        batch_size: int | None = None,
        **others: Any,
    ) -> Any:
        """Return the log-probability and the entropy of each completion token, 0 for padding, and None."""
        plain = self.walkable(model, input_ids.shape[1])
        if plain is None or not bool(attention_mask[:, -logits_to_keep:].any()):
            compute = super()._get_per_token_logps_and_entropies  # type: ignore[misc]
            return compute(model, input_ids, attention_mask, logits_to_keep, batch_size=batch_size, **others)
        size = batch_size or len(input_ids)
        parts = [
            self._completions(
                plain, input_ids[start : start + size], attention_mask[start : start + size], logits_to_keep
            )
            for start in range(0, len(input_ids), size)
        ]
        log_probs, entropies = (torch.cat(found) for found in zip(*parts, strict=True))
        return log_probs, entropies, None

    def _completions(
        self, model: PreTrainedModel, ids: torch.Tensor, mask: torch.Tensor, length: int
    ) -> tuple[torch.Tensor, ...]:
        scored = mask[:, -length:].bool()
        rows = PackedRows(ids[:, :-length], mask[:, :-length], ids[:, -length:], scored)
        found = self.scored(
            model, rows, ("entropy",), temperature=self.temperature, learns_entropy=self._entropy_bonus_enabled
        )
        return tuple(one.new_zeros(scored.shape).masked_scatter(scored, one) for one in found)

    @property
    def _regroups(self) -> bool:
        """Whether micro-batches may be filled again: not if the loss is a mean over the tokens of each."""
        alone = self.accelerator.distributed_type == DistributedType.NO
        return self.packs and alone and self.loss_type != "bnpo" and not self._entropy_bonus_enabled

    def unlike_prompts(self, size: int) -> torch.Tensor:
        """Return, for each row of a micro-batch, the number of its prompt, as in the one with the most prompts."""
        whole = self._regroups and self.args.steps_per_generation == self.args.gradient_accumulation_steps
        group = self.num_generations if whole else 1
        return (torch.arange(size, device=self.accelerator.device) + group - 1) // group

    def _prepare_inputs(self, generation_batch: Any) -> Any:
        """Return a micro-batch; those of one optimizer step have the completions of a prompt together."""
        rounds = self.args.steps_per_generation * self.num_iterations
        fresh = self.model.training and (self._buffered_inputs is None or self._step % rounds == 0)
        inputs = super()._prepare_inputs(generation_batch)  # type: ignore[misc]
        if not fresh or not self._regroups or self._buffered_inputs is None:
            return inputs
        window = self.args.gradient_accumulation_steps
        batches = self._buffered_inputs
        self._buffered_inputs = [
            batch for first in range(0, len(batches), window) for batch in regrouped(batches[first : first + window])
        ]
        return self._buffered_inputs[self._step % self.args.steps_per_generation]


def regrouped(batches: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return micro-batches of the same sizes and rows, with rows of one prompt together, else in their order."""
    prompts = torch.cat([batch["prompt_ids"] for batch in batches])
    order = torch.unique(prompts, dim=0, return_inverse=True)[1].argsort(stable=True)
    sizes = [len(batch["prompt_ids"]) for batch in batches]
    rows = {
        name: torch.split(torch.cat([batch[name] for batch in batches])[order], sizes)
        for name, value in batches[0].items()
        if isinstance(value, torch.Tensor) and value.dim()
    }
    return [
        {name: rows[name][number] if name in rows else value for name, value in batch.items()}
        for number, batch in enumerate(batches)
    ]
