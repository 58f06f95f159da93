"""SFT without padding, and with the head on the answers alone: a prompt is read, but its tokens are not predicted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from transformers import PreTrainedModel
from trl.trainer.utils import FusedCausalLMOutput

from iacrl.decoding.packed_rows import PackedRows
from iacrl.training.packed_scores import PackedScores


class PackedAnswers(PackedScores):
    """A mixin for the SFT trainer."""

    def compute_loss(
        self, model: Any, inputs: Mapping[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Return TRL's loss, which sees log-probabilities of answer tokens instead of a padded batch."""
        plain = None if return_outputs else self.walkable(model, inputs["input_ids"].shape[1])
        rows = None if plain is None else split_rows(inputs["input_ids"], inputs["attention_mask"], inputs["labels"])
        if plain is not None and rows is not None:
            model = partial(self._answers, plain, rows)
        compute = super().compute_loss  # type: ignore[misc]
        return compute(model, inputs, return_outputs=return_outputs, num_items_in_batch=num_items_in_batch)

    def _answers(self, model: PreTrainedModel, rows: PackedRows, **_: Any) -> FusedCausalLMOutput:
        """Return what TRL's own forward pass returns, without the tokens that it leaves out of every sum."""
        log_probs, entropy, is_top1 = self.scored(model, rows, ("entropy", "is_top1"))
        label_mask = torch.ones_like(is_top1)
        return FusedCausalLMOutput(log_probs=log_probs, entropy=entropy, is_top1=is_top1, label_mask=label_mask)


def split_rows(ids: torch.Tensor, mask: torch.Tensor, labels: torch.Tensor) -> PackedRows | None:
    """Return rows of a prompt, its answer and padding as packed rows; None if a row is anything else.

    Args:
        ids, mask, labels: (rows, length), as TRL collates them: a label is -100 where nothing is learnt.
    """
    real, answers = mask.bool(), labels != -100
    before = (real & ~answers).sum(1, keepdim=True)
    places = torch.arange(ids.shape[1], device=ids.device)
    if not bool((before > 0).all()) or not torch.equal(answers, real & (places >= before)):
        return None
    shifted = places[: int(before.max())] - (before.max() - before)
    prompts = ids.gather(1, shifted.clamp(min=0))
    lengths = answers.sum(1, keepdim=True)
    written = places[: int(lengths.max())]
    completions = ids.gather(1, (before + written).clamp(max=ids.shape[1] - 1))
    return PackedRows(prompts, (shifted >= 0).long(), completions, written < lengths)
