"""The shape of a model from its configuration alone: the model is built without memory, and no weight is read."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM, PretrainedConfig, PreTrainedModel

from iacrl.config.loading import Config
from iacrl.config.sections import LoraSection, ModelSection
from iacrl.errors import UserError

#: Weights that share one scale in NF4, and scales that share one of their own with double quantization (bitsandbytes).
_BLOCK, _SCALES_BLOCK = 64, 256


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides how much memory a model and its adapter take.

    Attributes:
        config: The model's own configuration.
        quantizable: Elements of each weight that `quantization: nf4` holds in 4 bits: all linear modules but the head.
        kept: Elements of everything else: embeddings, head, norms, biases.
        adapter: Elements of each trainable tensor.
        layers: Decoder layers.
        hidden: Width of the hidden state.
        vocabulary: Tokens that the head tells apart.
        cache_per_token: Elements of keys and values, over all layers.
    """

    config: PretrainedConfig
    quantizable: tuple[int, ...]
    kept: int
    adapter: tuple[int, ...]
    layers: int
    hidden: int
    vocabulary: int
    cache_per_token: int

    @property
    def parameters(self) -> int:
        """All parameters of the base."""
        return sum(self.quantizable) + self.kept


def read_shape(config: Config) -> Shape:
    """Return the shape of the configured model with its adapter.

    Raises:
        UserError: The model's configuration cannot be read, or a target module is not there.
    """
    own = _own_config(config.model)
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
    adapted = with_adapter(base, config.lora, config.model.id)
    return Shape(
        config=own,
        quantizable=tuple(quantizable),
        kept=total - sum(quantizable),
        adapter=tuple(parameter.numel() for parameter in adapted.parameters() if parameter.requires_grad),
        layers=text.num_hidden_layers,
        hidden=text.hidden_size,
        vocabulary=text.vocab_size,
        cache_per_token=2 * text.num_hidden_layers * key_heads * head_width,
    )


def build_empty(own: PretrainedConfig, model: ModelSection) -> PreTrainedModel:
    """Return the model on torch's meta device, in the type that its weights are computed in."""
    with torch.device("meta"):
        base: PreTrainedModel = AutoModelForCausalLM.from_config(
            own,
            dtype=getattr(torch, model.compute_dtype),
            attn_implementation="eager" if model.attention == "eager" else "sdpa",
            trust_remote_code=model.trust_remote_code,
        )
    return base


def with_adapter(base: PreTrainedModel, lora: LoraSection, name: str) -> torch.nn.Module:
    """Return the model with a LoRA adapter, in fp32 as iacrl trains it.

    Raises:
        UserError: The model has no module with one of the names in `lora.target_modules`.
    """
    names = {module.rpartition(".")[2] for module, _ in base.named_modules()}
    missing = [target for target in lora.target_modules if target not in names]
    if missing:
        raise UserError(f"lora.target_modules: {name} has no module named {', '.join(missing)}.")
    options = LoraConfig(r=lora.rank, lora_alpha=lora.alpha, target_modules=list(lora.target_modules))
    adapted: torch.nn.Module = get_peft_model(base, options, low_cpu_mem_usage=True)
    for parameter in adapted.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
    return adapted


def nf4_bytes(sizes: Iterable[int], *, double: bool) -> int:
    """Return what weights take in NF4: half a byte each, the scales of their blocks, and the tables of both."""
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


def _own_config(model: ModelSection) -> PretrainedConfig:
    is_path = model.id.startswith((".", "/", "~")) or model.id.count("/") > 1
    if is_path and not Path(model.id).expanduser().is_dir():
        raise UserError(f"model.id {model.id}: there is no such directory. Give a hub id or the path of a saved model.")
    place: Any = str(Path(model.id).expanduser()) if is_path else model.id
    try:
        own: PretrainedConfig = AutoConfig.from_pretrained(
            place, revision=model.revision, trust_remote_code=model.trust_remote_code
        )
    except (OSError, ValueError, ImportError) as error:
        raise UserError(
            f"model.id {model.id}: its configuration cannot be read, so nothing can be said of its memory: "
            f"{str(error).strip().splitlines()[0]} (Is the id right, and the hub reachable or the model already in its "
            "cache? With HF_HUB_OFFLINE=1 only the cache is used.)"
        ) from error
    return own
