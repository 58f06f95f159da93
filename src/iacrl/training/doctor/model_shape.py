"""The shape of a model from its configuration alone: the model is built without memory, and no weights are read."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import torch
from transformers import AutoConfig, AutoModelForCausalLM, PretrainedConfig, PreTrainedModel

from iacrl.config.recipes import Config
from iacrl.config.sections import ModelSection
from iacrl.decoding.module_walk import why_not
from iacrl.training.model import add_adapter
from iacrl.training.pretrained import from_pretrained

#: Weights per scale in NF4, and scales per second-level scale with double quantization (bitsandbytes).
_BLOCK, _SCALES_BLOCK = 64, 256


@dataclass(frozen=True, slots=True)
class ModelShape:
    """The sizes that decide the memory of a model and its adapter.

    Attributes:
        quantizable: Elements of each weight that `quantization: nf4` holds in 4 bits: all linear modules but the head.
        kept: Elements of everything else: embeddings, head, norms, biases.
        adapter: Elements of each trainable tensor; with `lora: null`, of all.
        layers: Decoder layers.
        hidden: Width of the hidden state.
        vocabulary: Tokens of the head.
        cache_per_token: Elements of keys and values, over all layers.
        decodable: Whether iacrl's decoder reads it, with prompts and completions of the greatest lengths.
    """

    quantizable: tuple[int, ...]
    kept: int
    adapter: tuple[int, ...]
    layers: int
    hidden: int
    vocabulary: int
    cache_per_token: int
    decodable: bool

    @property
    def parameters(self) -> int:
        """All parameters of the base."""
        return sum(self.quantizable) + self.kept


def read_shape(config: Config) -> ModelShape:
    """Return the shape of the configured model with its adapter.

    Raises:
        UserError: The model's configuration cannot be read, or a target module does not exist.
    """
    own = own_config(config.model)
    text = own.get_text_config()
    base = build_empty(own, config.model)
    head = base.get_output_embeddings()
    quantizable = [
        module.weight.numel() for module in base.modules() if isinstance(module, torch.nn.Linear) and module is not head
    ]
    total = sum(parameter.numel() for parameter in base.parameters())
    heads = text.num_attention_heads
    head_width = getattr(text, "head_dim", None) or text.hidden_size // heads
    key_heads = getattr(text, "num_key_value_heads", None) or heads
    trained = base if config.lora is None else add_adapter(base, config.model, config.lora, empty=True)
    return ModelShape(
        quantizable=tuple(quantizable),
        kept=total - sum(quantizable),
        adapter=tuple(parameter.numel() for parameter in trained.parameters() if parameter.requires_grad),
        layers=text.num_hidden_layers,
        hidden=text.hidden_size,
        vocabulary=text.vocab_size,
        cache_per_token=2 * text.num_hidden_layers * key_heads * head_width,
        decodable=why_not(base, config.data.max_prompt_tokens + config.grpo.max_completion_tokens) is None,
    )


def build_empty(own: PretrainedConfig, model: ModelSection) -> PreTrainedModel:
    """Return the model on torch's meta device, in the compute type of its weights."""
    with torch.device("meta"):
        base: PreTrainedModel = AutoModelForCausalLM.from_config(
            own,
            dtype=getattr(torch, model.compute_dtype),
            attn_implementation="eager" if model.attention == "eager" else "sdpa",
            trust_remote_code=model.trust_remote_code,
        )
    return base


def nf4_bytes(sizes: Iterable[int], *, double: bool) -> int:
    """Return the bytes of weights in NF4: half a byte each, the scales of their blocks, and the tables of both."""
    total = 0
    for size in sizes:
        scales = math.ceil(size / _BLOCK)
        tables = 16 * 4
        if double:
            scale_bytes = scales + 4 * math.ceil(scales / _SCALES_BLOCK)
            tables += 256 * 4 + 4
        else:
            scale_bytes = 4 * scales
        total += math.ceil(size / 2) + scale_bytes + tables
    return total


@lru_cache(maxsize=4)
def own_config(model: ModelSection) -> PretrainedConfig:
    """Return the model's own configuration.

    Raises:
        UserError: It cannot be read.
    """
    own: PretrainedConfig = from_pretrained(AutoConfig, model)
    return own
