"""Computing a GRPO step without reading a prompt once for each completion of its group, or what teaches nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from accelerate import DistributedType
from transformers import PreTrainedModel

from iacrl.decoding.packed_rows import PackedRows
from iacrl.training.packed_scores import PackedScores

#: Scores that are closer than this are equal.
_EQUAL = 1e-6
#: An advantage below it comes from rounding: TRL divides the rounding of equal scores by their deviation plus 1e-4.
_ROUNDING = 1e-3


class SharedPrompts(PackedScores):
    """A mixin for the GRPO trainer: packed rows share their prompts, and micro-batches are filled for that."""

    # Attributes of the trainer class.
    model: Any
    beta: float
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

    @property
    def _skips_flat_groups(self) -> bool:
        """Whether groups without an advantage may be left out: their part of the loss is 0, and no divisor counts them.

        The KL penalty has a gradient for every completion. The losses other than these two divide by rows.
        """
        return self._regroups and self.beta == 0.0 and self.loss_type in ("dapo", "cispo")

    def unlike_prompts(self, size: int) -> torch.Tensor:
        """Return, for each row of a micro-batch, the number of its prompt, as in the one with the most prompts."""
        whole = self._regroups and self.args.steps_per_generation == self.args.gradient_accumulation_steps
        group = self.num_generations if whole else 1
        return (torch.arange(size, device=self.accelerator.device) + group - 1) // group

    def _prepare_inputs(self, generation_batch: Any) -> Any:
        """Return a micro-batch; those of one optimizer step have the completions of a prompt together.

        Flat groups are left out where that changes nothing but the reported entropy, which is of what is read.
        """
        rounds = self.args.steps_per_generation * self.num_iterations
        fresh = self.model.training and (self._buffered_inputs is None or self._step % rounds == 0)
        inputs = super()._prepare_inputs(generation_batch)  # type: ignore[misc]
        if not fresh or not self._regroups or self._buffered_inputs is None:
            return inputs
        window = self.args.gradient_accumulation_steps
        batches = self._buffered_inputs
        group_size = self.num_generations if self._skips_flat_groups else None
        self._buffered_inputs = [
            batch
            for first in range(0, len(batches), window)
            for batch in regrouped(batches[first : first + window], skip_flat=group_size)
        ]
        return self._buffered_inputs[self._step % self.args.steps_per_generation]


def regrouped(batches: Sequence[dict[str, Any]], *, skip_flat: int | None = None) -> list[dict[str, Any]]:
    """Return as many micro-batches of the same rows, with rows of one prompt together, else in their order.

    Args:
        skip_flat: The size of a group. With it, groups without an advantage are left out and the others are spread
            evenly. None is empty: if too few rows are left, some of the flat groups fill up.
    """
    _, groups = torch.unique(torch.cat([batch["prompt_ids"] for batch in batches]), dim=0, return_inverse=True)
    order = groups.argsort(stable=True)
    sizes = [len(batch["prompt_ids"]) for batch in batches]
    if skip_flat is not None:
        sized = torch.cat([batch["advantages"] for batch in batches]).abs().view(len(order), -1).amax(dim=1)
        greatest = torch.zeros_like(sized).scatter_reduce(0, groups, sized, "amax")
        teaches = greatest[groups[order]] > _ROUNDING
        order = torch.cat([order[teaches], order[~teaches][: max(0, len(batches) - int(teaches.sum()))]])
        # Whole groups, so that each prompt is read once, unless there are too few of them.
        together = skip_flat if sizes[0] % skip_flat == 0 and len(order) >= skip_flat * len(batches) else 1
        sizes = [part.numel() for part in torch.tensor_split(order.view(-1, together), len(batches))]
    rows = {
        name: torch.split(torch.cat([batch[name] for batch in batches])[order], sizes)
        for name, value in batches[0].items()
        if isinstance(value, torch.Tensor) and value.dim()
    }
    return [
        {name: rows[name][number] if name in rows else value for name, value in batch.items()}
        for number, batch in enumerate(batches)
    ]


def flat_share(rewards: torch.Tensor, group_size: int) -> float:
    """Return the share of groups whose completions have equal rewards.

    TRL's figure is of the deviation by which it divides. With `scale_rewards: batch` that is the whole batch's.

    Args:
        rewards: Of shape (completions, reward functions), those of a group in a row. NaN: not scored.
    """
    scores = rewards.nansum(dim=1).masked_fill(rewards.isnan().all(dim=1), torch.nan).view(-1, group_size)
    apart = scores.nan_to_num(-torch.inf).amax(dim=1) - scores.nan_to_num(torch.inf).amin(dim=1)
    return float((apart < _EQUAL).float().mean())
