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
from transformers import PreTrainedModel
from trl.kernels.chunked_logprob import ChunkedLogProbFunction

from iacrl.config.recipes import Config
from iacrl.config.sections import GrpoSection, SftSection
from iacrl.decoding.module_walk import packed_hidden, why_not
from iacrl.decoding.packed_rows import PackedRows

#: TRL's width of a tile of the head, in tokens of the vocabulary.
_TILE = 32768


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
        self, model: PreTrainedModel, rows: PackedRows, told: tuple[str, ...], *, temperature: float = 1.0
    ) -> list[torch.Tensor]:
        """Return the log-probability of each scored token, row by row, and what else the head is to tell of it.

        Args:
            model: What `walkable` returned.
            told: "entropy" or "is_top1", or both in this order.
        """
        head: Any = model.get_output_embeddings()
        with self.accelerator.autocast():
            hidden = packed_hidden(
                model, rows, checkpointing=self.args.gradient_checkpointing and torch.is_grad_enabled()
            )
            options = (head.weight, head.bias, rows.targets, temperature, _TILE, None, 1.0, told)
            found = ChunkedLogProbFunction.apply(hidden, *options)
        return [one for one in found if one is not None]


def may_pack(config: Config, section: SftSection | GrpoSection) -> bool:
    """Say whether a configuration lets a stage read packed rows.

    With dropout, completions that share a prompt have noise of their own. Noise on embeddings depends on the length of
    a padded row. Other attention and compiled models are used as they are.
    """
    dropout = config.lora is not None and config.lora.dropout > 0
    own = isinstance(section, SftSection) and (section.packing or section.neftune_alpha is not None)
    plain = config.model.attention == "sdpa" and not section.torch_compile
    return config.model.decoder == "iacrl" and plain and not dropout and not own
