"""Computing the log-probabilities of a step without reading a prompt once for each completion of its group.

TRL reads every completion with its prompt, and with padding up to the longest. On a CPU its head also scores each of
those tokens. The loss needs the completions alone. What is left out changes gradients by rounding only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from accelerate import DistributedType
from peft import PeftModel
from torch import nn
from transformers import PreTrainedModel
from trl.kernels.chunked_logprob import ChunkedLogProbFunction

from iacrl.config.recipes import Config
from iacrl.decoding.module_walk import packed_hidden, why_not
from iacrl.decoding.packed_rows import PackedRows

#: TRL's width of a tile of the head, in tokens of the vocabulary.
_TILE = 32768


def may_share(config: Config) -> bool:
    """Say whether a configuration lets completions share a prompt.

    With dropout each of them has noise of its own. Other attention and compiled models are used as they are.
    """
    dropout = config.lora is not None and config.lora.dropout > 0
    plain = config.model.attention == "sdpa" and not config.grpo.torch_compile
    return config.model.decoder == "iacrl" and plain and not dropout


class SharedPrompts:
    """A mixin for the GRPO trainer.

    Attributes:
        shares_prompts: Read a prompt that several completions share once, where the model allows it.
    """

    shares_prompts = False

    # Attributes of the trainer class.
    accelerator: Any
    args: Any
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
        plain = self._walkable(model, input_ids.shape[1])
        if plain is None or not bool(attention_mask[:, -logits_to_keep:].any()):
            compute = super()._get_per_token_logps_and_entropies  # type: ignore[misc]
            return compute(model, input_ids, attention_mask, logits_to_keep, batch_size=batch_size, **others)
        size = batch_size or len(input_ids)
        parts = [
            self._scored(plain, input_ids[start : start + size], attention_mask[start : start + size], logits_to_keep)
            for start in range(0, len(input_ids), size)
        ]
        log_probs, entropies = (torch.cat(found) for found in zip(*parts, strict=True))
        return log_probs, entropies, None

    def _scored(
        self, model: PreTrainedModel, ids: torch.Tensor, mask: torch.Tensor, length: int
    ) -> tuple[torch.Tensor, ...]:
        scored = mask[:, -length:].bool()
        rows = PackedRows(ids[:, :-length], mask[:, :-length], ids[:, -length:], scored)
        head: Any = model.get_output_embeddings()
        with self.accelerator.autocast():
            hidden = packed_hidden(
                model, rows, checkpointing=self.args.gradient_checkpointing and torch.is_grad_enabled()
            )
            names = ("log_probs", "entropy")
            options = (head.weight, head.bias, rows.targets, self.temperature, _TILE, None, 1.0, names)
            found = ChunkedLogProbFunction.apply(hidden, *options)[:2]
        return tuple(one.new_zeros(scored.shape).masked_scatter(scored, one) for one in found)

    def _walkable(self, model: Any, length: int) -> PreTrainedModel | None:
        """Return the model of transformers within one that the trainer uses; None if its own forward must be called."""
        if not self.shares_prompts or self.accelerator.distributed_type != DistributedType.NO:
            return None
        plain: PreTrainedModel = model.get_base_model() if isinstance(model, PeftModel) else model
        if why_not(plain, length) is not None or getattr(plain.config, "attention_dropout", None):
            return None
        return plain if type(plain.get_output_embeddings()) is nn.Linear else None

    @property
    def _regroups(self) -> bool:
        """Whether micro-batches may be filled again: not if the loss is a mean over the tokens of each."""
        alone = self.accelerator.distributed_type == DistributedType.NO
        return self.shares_prompts and alone and self.loss_type != "bnpo" and not self._entropy_bonus_enabled

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
