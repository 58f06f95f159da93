"""Scoring the tokens of packed rows, for both trainers: which models can be read so, and the head for what is learnt.

TRL reads every row with padding up to the longest. On a CPU its head also scores each of those tokens, and there it is
half of the work of a small model. The loss needs the completions alone. What is left out changes gradients by rounding
only.
"""

from __future__ import annotations

from typing import Any

import torch
from accelerate import DistributedType
from peft import PeftModel
from torch import nn
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel
from trl.kernels.chunked_logprob import ChunkedLogProbFunction

from iacrl.config.recipes import Config
from iacrl.config.sections import GrpoSection, SftSection
from iacrl.decoding.module_walk import packed_hidden, why_not
from iacrl.decoding.packed_rows import PackedRows

#: TRL's width of a tile of the head, in tokens of the vocabulary.
_TILE = 32768
#: How many logits a CPU has at a time, 16 MiB. More leave its fast memory, and each pass over them waits.
CPU_LOGITS = 2**22


class PackedScores:
    """A mixin for a trainer.

    Attributes:
        packs: Read rows without their padding, where the model allows it.
    """

    packs = False

    # Attributes of the trainer class.
    accelerator: Any
    args: Any

    def walkable(self, model: Any, length: int) -> PreTrainedModel | None:
        """Return the model of transformers within one that the trainer uses; None if its own forward must be called.

        Args:
            length: The greatest number of tokens in a row.
        """
        if not self.packs or self.accelerator.distributed_type != DistributedType.NO:
            return None
        plain: PreTrainedModel = model.get_base_model() if isinstance(model, PeftModel) else model
        if why_not(plain, length) is not None or getattr(plain.config, "attention_dropout", None):
            return None
        return plain if type(plain.get_output_embeddings()) is nn.Linear else None

    def scored(
        self,
        model: PreTrainedModel,
        rows: PackedRows,
        told: tuple[str, ...],
        *,
        temperature: float = 1.0,
        learns_entropy: bool = False,
    ) -> list[torch.Tensor]:
        """Return the log-probability of each scored token, row by row, and what else the head is to tell of it.

        Args:
            model: What `walkable` returned.
            told: "entropy" or "is_top1", or both in this order.
            learns_entropy: Whether the loss contains the entropy, so that it needs a gradient.
        """
        head: Any = model.get_output_embeddings()
        with self.accelerator.autocast():
            hidden = packed_hidden(
                model, rows, checkpointing=self.args.gradient_checkpointing and torch.is_grad_enabled()
            )
            if hidden.device.type == "cpu":
                return _scored_by_tokens(head, hidden, rows.targets, temperature, told, learns_entropy)
            options = (head.weight, head.bias, rows.targets, temperature, _TILE, None, 1.0, told)
            found = ChunkedLogProbFunction.apply(hidden, *options)
        return [one for one in found if one is not None]


def _scored_by_tokens(
    head: nn.Linear,
    hidden: torch.Tensor,
    targets: torch.Tensor,
    temperature: float,
    told: tuple[str, ...],
    learns_entropy: bool,
) -> list[torch.Tensor]:
    """Return what TRL's function returns, with whole distributions of few tokens instead of tiles of the vocabulary.

    TRL's kernels are for GPUs. On a CPU it makes a dozen passes over each tile, and torch's softmax one.
    """

    def few(states: torch.Tensor, wanted: torch.Tensor) -> tuple[torch.Tensor, ...]:
        every = (head(states).float() / temperature).log_softmax(-1)
        found = [every.gather(-1, wanted[:, None])[:, 0]]
        if "entropy" in told:
            part = every if learns_entropy else every.detach()
            found.append(-(part.exp() * part).sum(-1))
        if "is_top1" in told:
            found.append(every.argmax(-1) == wanted)
        return tuple(found)

    size = max(1, CPU_LOGITS // head.out_features)
    parts = zip(torch.split(hidden, size), torch.split(targets, size), strict=True)
    # Checkpoints, because the kept logits of a batch take more memory than everything else.
    several = [checkpoint(few, *part, use_reentrant=False) for part in parts]
    return [torch.cat(found) for found in zip(*several, strict=True)]


def may_pack(config: Config, section: SftSection | GrpoSection) -> bool:
    """Say whether a configuration lets a stage read packed rows.

    With dropout, completions that share a prompt have noise of their own. Noise on embeddings depends on the length of
    a padded row. Other attention and compiled models are used as they are.
    """
    dropout = config.lora is not None and config.lora.dropout > 0
    own = isinstance(section, SftSection) and (section.packing or section.neftune_alpha is not None)
    plain = config.model.attention == "sdpa" and not section.torch_compile
    return config.model.decoder == "iacrl" and plain and not dropout and not own
