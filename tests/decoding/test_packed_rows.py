"""Packed rows held against transformers' own forward pass: the same log-probabilities and the same gradients."""

import pytest
import torch
from test_decoder import SHAPES, model

from iacrl.decoding.module_walk import packed_hidden
from iacrl.decoding.packed_rows import PackedRows

#: For each row, the number of its prompt and the tokens of its completion that are scored. One row has none.
ROWS = [(0, 4), (1, 7), (0, 1), (2, 0), (1, 3), (0, 7)]


def padded(lengths, longest):
    """Prompts padded on the left and completions padded on the right, with their masks."""
    numbers = torch.Generator().manual_seed(0)
    prompts = [torch.randint(5, 90, (length,), generator=numbers) for length in lengths]
    width = max(lengths)
    asked, asked_mask = torch.zeros(len(ROWS), width, dtype=torch.long), torch.zeros(len(ROWS), width, dtype=torch.long)
    written = torch.zeros(len(ROWS), longest, dtype=torch.long)
    written_mask = written.clone()
    for row, (owner, length) in enumerate(ROWS):
        place = slice(width - lengths[owner], width)
        asked[row, place], asked_mask[row, place] = prompts[owner], 1
        length = min(length, longest)
        written[row, :length], written_mask[row, :length] = torch.randint(5, 90, (length,), generator=numbers), 1
    return asked, asked_mask, written, written_mask


@pytest.mark.parametrize(
    ("name", "lengths", "longest", "checkpointing"),
    [
        *((name, (5, 9, 9), 7, False) for name in SHAPES),
        ("llama", (5, 9, 9), 7, True),
        ("qwen2", (6, 6, 6), 7, False),  # no prompt has padding
        ("qwen2", (5, 9, 9), 1, False),  # no completion is read
    ],
)
def test_log_probabilities_and_gradients_are_those_of_the_model_itself(name, lengths, longest, checkpointing):
    policy = model(name, initializer_range=0.2).train()
    asked, asked_mask, written, written_mask = padded(lengths, longest)
    ids, mask = torch.cat([asked, written], 1), torch.cat([asked_mask, written_mask], 1)
    logits = policy(ids, attention_mask=mask).logits[:, max(lengths) - 1 : -1]
    expected = logits.log_softmax(-1).gather(2, written[..., None])[..., 0][written_mask.bool()]
    weights = torch.randn(len(expected), generator=torch.Generator().manual_seed(1))
    (expected * weights).sum().backward()
    gradients = {key: value.grad for key, value in policy.named_parameters()}
    policy.zero_grad()
    rows = PackedRows(asked, asked_mask, written, written_mask)
    assert rows.ids.numel() == sum(lengths) + sum(max(0, min(length, longest) - 1) for _, length in ROWS)
    hidden = packed_hidden(policy, rows, checkpointing=checkpointing)
    found = policy.lm_head(hidden).log_softmax(-1).gather(1, rows.targets[:, None])[:, 0]
    (found * weights).sum().backward()
    assert found.allclose(expected, atol=1e-5)
    for key, value in policy.named_parameters():
        assert (value.grad - gradients[key]).norm() < 1e-5 * gradients[key].norm(), key


def test_a_cpu_attends_in_float32_whatever_the_type_of_the_weights():
    rows = PackedRows(*padded((5, 9, 9), 7))
    tokens = (rows.ids.numel(), 2, 8)
    parts = [torch.randn(tokens, generator=torch.Generator().manual_seed(seed)).bfloat16() for seed in range(3)]
    with torch.autocast("cpu", torch.bfloat16):
        found = rows.attend(*parts, scale=0.3)
    assert found.equal(rows.attend(*(part.float() for part in parts), scale=0.3).bfloat16())
