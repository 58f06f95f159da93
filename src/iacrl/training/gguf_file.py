"""Writing a model with its tokenizer as one GGUF file, in 16 bits or in llama.cpp's Q8_0.

The layout is that of llama.cpp's converter: its names of tensors (`gguf.get_tensor_name_map`), norms in 32 bits, and
for Llama's shape the rows of queries and keys in the order of its rotary embedding.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType, LlamaFileType
from gguf.quants import quant_shape_to_byte_shape, quantize
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from iacrl.errors import UserError
from iacrl.training.gguf_tokenizer import describe_tokenizer

#: Model types of transformers to GGUF's architectures. In all of them the layers have the same parts.
_ARCHITECTURES = {"llama": "llama", "mistral": "llama", "qwen2": "qwen2", "qwen3": "qwen3"}
#: Of these, the ones whose rotary embedding turns neighbouring numbers; the others turn the two halves of a head.
_NEIGHBOURS = frozenset({"llama"})

#: The forms that this module writes. llama.cpp makes the others from one of them.
FORMS = {
    "f16": (GGMLQuantizationType.F16, LlamaFileType.MOSTLY_F16),
    "bf16": (GGMLQuantizationType.BF16, LlamaFileType.MOSTLY_BF16),
    "q8_0": (GGMLQuantizationType.Q8_0, LlamaFileType.MOSTLY_Q8_0),
}


def check_architecture(config: Any) -> None:
    """Refuse a model that this module cannot write.

    Args:
        config: The model's configuration of transformers.

    Raises:
        UserError: Its type, or its scaling of positions, is not among those that are known here.
    """
    if config.model_type not in _ARCHITECTURES:
        raise UserError(
            f"--format gguf: models of type {config.model_type} are not written here, only "
            f"{', '.join(sorted(_ARCHITECTURES))}. Export without --format, and use convert_hf_to_gguf.py of llama.cpp "
            "on the result."
        )
    rope = config.rope_parameters["rope_type"]
    if rope != "default" and (rope, _ARCHITECTURES[config.model_type]) != ("llama3", "llama"):
        raise UserError(
            f"--format gguf: a {config.model_type} model that scales positions by {rope} is not written here. Export "
            "without --format, and use convert_hf_to_gguf.py of llama.cpp on the result."
        )


def write_gguf(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, target: Path, form: str, *, name: str
) -> None:
    """Write the file.

    Args:
        form: One of `FORMS`.
        name: The model's name in the file.

    Raises:
        UserError: GGUF cannot express the tokenizer, or the model is of another type.
    """
    config = model.config
    check_architecture(config)
    architecture = _ARCHITECTURES[config.model_type]
    kind, file_type = FORMS[form]
    weights = model.state_dict()
    if config.tie_word_embeddings:
        weights.pop("lm_head.weight", None)
    writer = gguf.GGUFWriter(target, architecture)
    with closing(writer):
        writer.add_name(name)
        writer.add_file_type(file_type)
        writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
        _add_shape(writer, config)
        _add_tokenizer(writer, tokenizer, len(weights["model.embed_tokens.weight"]))
        tensors = list(_tensors(weights, config, architecture, kind))
        rope = _rope_factors(model)
        if rope is not None:
            tensors.append(("rope_freqs.weight", rope, GGMLQuantizationType.F32, 0))
        for label, values, own, _ in tensors:
            shape = quant_shape_to_byte_shape(values.shape, own)
            writer.add_tensor_info(label, shape, np.dtype(np.uint8), int(np.prod(shape)), own)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for _, values, own, heads in tensors:  # converted one at a time: a large model is not held twice
            rows = _neighbours_together(values, heads) if heads else values
            writer.write_tensor_data(quantize(rows.float().cpu().numpy(), own))


def _tensors(
    weights: dict[str, torch.Tensor], config: Any, architecture: str, kind: GGMLQuantizationType
) -> Iterator[tuple[str, torch.Tensor, GGMLQuantizationType, int]]:
    """Yield each weight with its name in the file, its type there, and the heads whose rows are reordered (0: none)."""
    number = next(key for key, value in gguf.MODEL_ARCH_NAMES.items() if value == architecture)
    names = gguf.get_tensor_name_map(number, config.num_hidden_layers)
    block, _ = gguf.GGML_QUANT_SIZES[kind]
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    for label, values in weights.items():
        own = names.get_name(label, try_suffixes=(".weight", ".bias"))
        if own is None:
            raise UserError(f"--format gguf: GGUF has no name for the weight {label}.")
        if values.dim() == 1:
            form = GGMLQuantizationType.F32
        else:  # a row that is not a whole number of blocks stays in 16 bits
            form = kind if values.shape[-1] % block == 0 else GGMLQuantizationType.F16
        part = label.split(".")[-2]
        yield own, values, form, heads.get(part, 0) if architecture in _NEIGHBOURS else 0


def _neighbours_together(values: torch.Tensor, heads: int) -> torch.Tensor:
    """Reorder the rows of each head: the i-th number of its first half, then the i-th of its second half."""
    halves = values.reshape(heads, 2, values.shape[0] // heads // 2, *values.shape[1:])
    return halves.transpose(1, 2).reshape(values.shape)


def _rope_factors(model: PreTrainedModel) -> torch.Tensor | None:
    """Return by how much the model's scaling of positions slows each frequency; None without scaling."""
    rope = model.config.rope_parameters
    if rope["rope_type"] == "default":
        return None
    slowed: torch.Tensor = model.model.rotary_emb.inv_freq.double().cpu()
    plain: torch.Tensor = rope["rope_theta"] ** -(torch.arange(len(slowed), dtype=torch.float64) / len(slowed))
    return (plain / slowed).float()


def _add_shape(writer: gguf.GGUFWriter, config: Any) -> None:
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    window = getattr(config, "sliding_window", None) or config.max_position_embeddings
    # llama.cpp has no window for these models; up to its length it makes no difference.
    writer.add_context_length(min(config.max_position_embeddings, window))
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(head)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_vocab_size(config.vocab_size)


def _add_tokenizer(writer: gguf.GGUFWriter, tokenizer: PreTrainedTokenizerBase, rows: int) -> None:
    own = describe_tokenizer(tokenizer, rows)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(own.splitting)
    writer.add_token_list(own.tokens)
    writer.add_token_types(own.types)
    writer.add_token_merges(own.merges)
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_pad_token_id(tokenizer.pad_token_id)
    if tokenizer.bos_token_id is not None:
        writer.add_bos_token_id(tokenizer.bos_token_id)
    # The chat template writes whatever begins a prompt, as in training.
    writer.add_add_bos_token(False)
    writer.add_chat_template(own.chat_template)
