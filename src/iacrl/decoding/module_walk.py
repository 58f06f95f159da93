"""One pass through a causal model of transformers, module by module, with a cache or rows of iacrl's own.

The model's own `forward` builds masks, cache objects and outputs for every token. For a small model that takes longer
than the arithmetic. The shapes of Qwen2, Llama and Mistral are the same: norm, attention with rotary positions, norm,
gated MLP. Adapters, quantized weights and fused kernels work, because every module is called as it is.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from torch.utils.checkpoint import checkpoint
from transformers import LlamaForCausalLM, MistralForCausalLM, PreTrainedModel, Qwen2ForCausalLM

from iacrl.decoding.cached_rows import CachedRows
from iacrl.decoding.packed_rows import PackedRows

_KNOWN = (Qwen2ForCausalLM, LlamaForCausalLM, MistralForCausalLM)


def why_not(model: PreTrainedModel, length: int) -> str | None:
    """Return why `last_logits` and `packed_hidden` cannot read a model, or None if they can.

    Args:
        length: The greatest number of tokens in a row.
    """
    if type(model) not in _KNOWN:
        return f"{type(model).__name__} has another shape than Qwen2, Llama and Mistral"
    if model._forward_pre_hooks:  # such as compressed-tensors', which unpacks the weights at the first call
        return "something runs before its own forward pass"
    window = getattr(model.config, "sliding_window", None)
    if window is not None and length > window:
        return f"its attention slides over {window} tokens"
    return None


def last_logits(
    model: Any, ids: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor | None, cache: CachedRows, at: int
) -> torch.Tensor:
    """Return the logits after the last of the new tokens, one row for each row of `ids`.

    Args:
        model: One that `why_not` does not refuse.
        ids: The new tokens, (rows, new).
        positions: Their positions, counted without padding, in the same shape.
        mask: What each new token attends to, (rows, 1, new or 1, all tokens so far); None: everything before it.
        cache: Gets their keys and values.
        at: Where in the cache the first of them belongs.
    """
    inner = model.model
    hidden = inner.embed_tokens(ids)
    turns = [part.unsqueeze(1) for part in inner.rotary_emb(hidden, positions)]
    for number, layer in enumerate(inner.layers):
        normed = layer.input_layernorm(hidden)
        hidden = hidden + _attention(layer.self_attn, normed, turns, mask, cache, number, at)
        hidden = hidden + layer.mlp(layer.post_attention_layernorm(hidden))
    logits: torch.Tensor = model.lm_head(inner.norm(hidden[:, -1]))
    return logits


def packed_hidden(model: Any, rows: PackedRows, *, checkpointing: bool) -> torch.Tensor:
    """Return what the head reads to predict each scored token of packed rows, (scored, hidden size).

    Args:
        model: One that `why_not` does not refuse, without dropout.
        checkpointing: Compute each layer again for the backward pass instead of keeping what it made.
    """
    inner = model.model
    hidden = inner.embed_tokens(rows.ids)
    turns = [part.unsqueeze(2) for part in inner.rotary_emb(hidden, rows.positions)]
    for layer in inner.layers:
        read = partial(_packed_layer, layer, turns=turns, rows=rows)
        hidden = checkpoint(read, hidden, use_reentrant=False) if checkpointing else read(hidden)
    found: torch.Tensor = inner.norm(hidden[0].index_select(0, rows.before))
    return found


def _packed_layer(layer: Any, hidden: torch.Tensor, *, turns: list[torch.Tensor], rows: PackedRows) -> torch.Tensor:
    attention, normed = layer.self_attn, layer.input_layernorm(hidden)
    shape = (1, hidden.shape[1], -1, attention.head_dim)
    values = attention.v_proj(normed).view(shape)[0]
    # Under autocast the turned ones are in float32.
    queries, keys = (
        _turned(project(normed).view(shape), *turns)[0].to(values.dtype)
        for project in (attention.q_proj, attention.k_proj)
    )
    hidden = hidden + attention.o_proj(rows.attend(queries, keys, values, attention.scaling).flatten(1)[None])
    found: torch.Tensor = hidden + layer.mlp(layer.post_attention_layernorm(hidden))
    return found


def _attention(
    attention: Any,
    hidden: torch.Tensor,
    turns: list[torch.Tensor],
    mask: torch.Tensor | None,
    cache: CachedRows,
    number: int,
    at: int,
) -> torch.Tensor:
    rows, new, _ = hidden.shape
    shape = (rows, new, -1, attention.head_dim)
    queries = _turned(attention.q_proj(hidden).view(shape).transpose(1, 2), *turns)
    keys = _turned(attention.k_proj(hidden).view(shape).transpose(1, 2), *turns)
    keys, values = cache.add(number, keys, attention.v_proj(hidden).view(shape).transpose(1, 2), at)
    group = queries.shape[1] // keys.shape[1]
    if new == 1:  # the queries that share a key become several of one head, so no key is copied
        queries = queries.reshape(rows, -1, group, attention.head_dim)
    elif group > 1:
        keys, values = (part.repeat_interleave(group, dim=1) for part in (keys, values))
    attended = scaled_dot_product_attention(
        queries, keys, values, attn_mask=mask, is_causal=mask is None and new > 1, scale=attention.scaling
    )
    heads = attended.reshape(rows, -1, new, attention.head_dim).transpose(1, 2)
    found: torch.Tensor = attention.o_proj(heads.reshape(rows, new, -1))
    return found


def _turned(vectors: torch.Tensor, cosines: torch.Tensor, sines: torch.Tensor) -> torch.Tensor:
    """Return queries or keys with their rotary positions (RoFormer, arXiv 2104.09864; halves instead of pairs)."""
    half = vectors.shape[-1] // 2
    swapped = torch.cat((-vectors[..., half:], vectors[..., :half]), dim=-1)
    return vectors * cosines + swapped * sines
