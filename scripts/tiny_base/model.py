"""A Qwen2-shaped model whose random weights already hold an induction circuit: it copies before it is trained.

From plain random weights, a model of this size needs far more tokens to learn copying than a CPU can process. Trained
transformers converge to the same circuit (Olsson et al., 2022, "In-context Learning and Induction Heads"). Layer 0
writes next to each token the tokens one and two places before it. Layer 1 looks for the place whose predecessors are
the current tokens. It writes the token found there into the residual stream, and the tied output embedding reads it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

HEAD = 64
ROPE_THETA = 1e6

#: The first dimensions of the residual stream contain the token. The next ones, as many as a head has, contain what
#: layer 0 writes about its predecessors. A wider stream has more dimensions, which the circuit does not use.
CONTENT = 128
#: Scale of the embeddings: large enough that a tied output layer can be certain (logits near 128 * SCALE).
SCALE = 0.07
#: Rotary pairs faster than this one distinguish positions. Slower ones hardly turn within a prompt and match contents.
FIRST_SLOW = 13


@dataclass(frozen=True, slots=True)
class Shape:
    """How large the model is. `hidden` is a multiple of 64, at least 192; there are at least two layers."""

    hidden: int = 192
    layers: int = 4

    @property
    def heads(self) -> int:
        """Attention heads, each of 64."""
        return self.hidden // HEAD

    @property
    def mlp(self) -> int:
        """Width of the feed-forward layer."""
        return 3 * self.hidden


def new_model(vocabulary: int, end: int, pad: int, shape: Shape, max_length: int = 2048) -> Qwen2ForCausalLM:
    """Return the untrained model, in float32. Uses torch's global random state."""
    config = Qwen2Config(
        vocab_size=vocabulary,
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        intermediate_size=shape.mlp,
        max_position_embeddings=max_length,
        rope_parameters={"rope_type": "default", "rope_theta": ROPE_THETA},
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=end,
        pad_token_id=pad,
    )
    model = Qwen2ForCausalLM(config)
    with torch.no_grad():
        _plant_induction(model)
    return model


def _plant_induction(model: Qwen2ForCausalLM) -> None:
    embedding = model.model.embed_tokens.weight
    hidden = embedding.shape[1]
    embedding.normal_(0.0, SCALE)
    embedding[:, CONTENT:].mul_(0.1)
    quiet = 0.02 / math.sqrt(2 * len(model.model.layers))
    for layer in model.model.layers:  # everything outside the circuit
        layer.self_attn.o_proj.weight.normal_(0.0, quiet)
        layer.mlp.down_proj.weight.normal_(0.0, quiet)

    match = _orthonormal(HEAD - 2 * FIRST_SLOW)  # the description of a token for matching contents
    first, second = len(match), HEAD - len(match)
    one_back = slice(CONTENT, CONTENT + first)
    two_back = slice(CONTENT + first, CONTENT + HEAD)
    attention = model.model.layers[0].self_attn
    _look_back(attention, head=0, distance=1)
    _look_back(attention, head=1, distance=2)
    _move(attention, head=0, read=match, write=one_back, gain=SCALE)
    _move(attention, head=1, read=match[:second], write=two_back, gain=SCALE)

    attention = model.model.layers[1].self_attn
    slow = [*range(FIRST_SLOW, HEAD // 2), *range(HEAD // 2 + FIRST_SLOW, HEAD)]
    half = len(slow) // 2
    token = torch.zeros(first, hidden)
    token[:, :CONTENT] = match
    before = torch.eye(hidden)[one_back]
    before_that = torch.eye(hidden)[two_back]
    _match(attention, 0, slow, queries=token, keys=before)
    _match(attention, 1, slow, torch.cat([token[:half], before[:half]]), torch.cat([before[:half], before_that[:half]]))
    read = _orthonormal(CONTENT)
    for head in (0, 1):
        part = read[head * HEAD : (head + 1) * HEAD]
        rows = slice(head * HEAD, (head + 1) * HEAD)
        attention.v_proj.weight[rows] = 0.0
        attention.v_proj.weight[rows, :CONTENT] = part
        attention.o_proj.weight[:, rows] = 0.0
        attention.o_proj.weight[:CONTENT, rows] = 3 * SCALE * part.T


def _look_back(attention: torch.nn.Module, head: int, distance: int, strength: float = 9.0) -> None:
    """Biases alone, turned by the rotary embedding, make `head` attend to the token `distance` places before."""
    for pair in range(FIRST_SLOW):
        angle = distance * ROPE_THETA ** (-2 * pair / HEAD)
        for part, query in ((pair, math.cos(angle)), (pair + HEAD // 2, -math.sin(angle))):
            attention.q_proj.bias[head * HEAD + part] = strength * query
        attention.k_proj.bias[head * HEAD + pair] = strength


def _move(attention: torch.nn.Module, head: int, read: torch.Tensor, write: slice, gain: float) -> None:
    """`head` writes the description `read` of the token it attends to into the dimensions `write`."""
    rows = slice(head * HEAD, head * HEAD + len(read))
    attention.v_proj.weight[head * HEAD : (head + 1) * HEAD] = 0.0
    attention.v_proj.weight[rows, :CONTENT] = read
    attention.o_proj.weight[:, head * HEAD : (head + 1) * HEAD] = 0.0
    attention.o_proj.weight[write, rows] = gain * torch.eye(len(read))


def _match(
    attention: torch.nn.Module,
    head: int,
    dimensions: list[int],
    queries: torch.Tensor,
    keys: torch.Tensor,
    strength: float = 2.0,
) -> None:
    """`head` attends to where `keys` of the stream there equal `queries` of the stream here."""
    for projection, rows in ((attention.q_proj, queries), (attention.k_proj, keys)):
        projection.weight[[head * HEAD + d for d in dimensions]] = strength * rows


def _orthonormal(rows: int) -> torch.Tensor:
    return torch.linalg.qr(torch.randn(CONTENT, CONTENT))[0][:rows]
