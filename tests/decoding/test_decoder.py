"""The decoder held against transformers: the same greedy tokens, the same distribution, the same log-probabilities."""

from itertools import product

import pytest
import torch
from scipy.stats import chisquare
from transformers import (
    GenerationConfig,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from iacrl.decoding.decoder import decode
from iacrl.decoding.module_walk import why_not
from iacrl.decoding.sampling import Decoding

SHAPES = {
    "qwen2": (Qwen2ForCausalLM, Qwen2Config),
    "llama": (LlamaForCausalLM, LlamaConfig),
    "mistral": (MistralForCausalLM, MistralConfig),
}
PAD = 0


def model(name="qwen2", vocabulary=97, **settings):
    """A model with random weights so large that its logits lie far apart: rounding decides no greedy token."""
    kind, config = SHAPES[name]
    torch.manual_seed(3)
    return kind(
        config(
            vocab_size=vocabulary,
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=3,
            num_attention_heads=4,
            num_key_value_heads=2,
            **{"initializer_range": 0.4, "sliding_window": None, "eos_token_id": None, **settings},
        )
    ).eval()


def generated(policy, prompts, **settings):
    width = max(map(len, prompts))
    ids = torch.tensor([[PAD] * (width - len(prompt)) + prompt for prompt in prompts])
    mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    options = {"do_sample": False, "pad_token_id": PAD, "return_dict_in_generate": True, "output_scores": True}
    found = policy.generate(
        input_ids=ids, attention_mask=mask, generation_config=GenerationConfig(**{**options, **settings})
    )
    return found.sequences[:, width:].tolist(), found.scores


#: Two groups and a row of its own, of different lengths.
PROMPTS = [[5, 9, 11, 2, 30]] * 3 + [[7, 8]] * 2 + [[41, 3, 3, 8, 21, 60, 13]]


@pytest.mark.parametrize("penalty", [1.0, 1.7])
@pytest.mark.parametrize("name", SHAPES)
def test_greedy_tokens_are_those_of_generate(name, penalty):
    policy = model(name)
    free, _ = generated(policy, PROMPTS, max_new_tokens=24, repetition_penalty=penalty)
    ends = {free[0][4], free[3][9]}  # so the groups end at different steps
    whole, _ = generated(policy, PROMPTS, max_new_tokens=24, repetition_penalty=penalty, eos_token_id=sorted(ends))
    found = decode(policy, PROMPTS, Decoding(0.0, repetition_penalty=penalty), max_tokens=24, ends=ends)
    for row, ids in zip(found, whole, strict=True):
        assert row.ids == ids[: len(row.ids)] and all(token == PAD for token in ids[len(row.ids) :])
        assert len(row.ids) == 24 or row.ids[-1] in ends
    assert len({len(row.ids) for row in found}) > 1


@pytest.mark.parametrize(
    ("decoding", "settings"),
    [
        (Decoding(1.3), {"temperature": 1.3, "top_k": 0}),
        (
            Decoding(1.6, top_p=0.9, top_k=6, min_p=0.03, repetition_penalty=1.3),
            {"temperature": 1.6, "top_p": 0.9, "top_k": 6, "min_p": 0.03, "repetition_penalty": 1.3},
        ),
    ],
    ids=["whole", "cut"],
)
def test_sampled_tokens_have_the_distribution_of_generate(decoding, settings):
    """Pairs of tokens over a vocabulary of 8, against the probabilities that `generate` reports."""
    policy, prompt, count = model(vocabulary=8, initializer_range=0.25), [3, 1, 4], 6000
    first = scores_after(policy, [prompt], settings)[0]
    second = scores_after(policy, [[*prompt, token] for token in range(8)], settings)
    expected = (first[:, None] * second).flatten().double()
    torch.manual_seed(0)
    found = [tuple(row.ids) for row in decode(policy, [prompt] * count, decoding, max_tokens=2, ends=())]
    counts = torch.tensor([found.count(pair) for pair in product(range(8), repeat=2)])
    assert not counts[expected == 0].any(), "a token that is cut off is never drawn"
    likely = expected > 5 / count
    assert likely.sum() > 12
    rest = torch.tensor([1 - expected[likely].sum()]), torch.tensor([count - counts[likely].sum()])
    wanted = torch.cat([expected[likely], rest[0].clamp(min=1e-9)])
    seen = torch.cat([counts[likely], rest[1]])
    if rest[0] < 5 / count:
        wanted, seen = wanted[:-1] / wanted[:-1].sum(), seen[:-1]
    assert chisquare(seen, wanted / wanted.sum() * seen.sum()).pvalue > 0.01


def scores_after(policy, prompts, settings):
    _, scores = generated(policy, prompts, max_new_tokens=1, **{**settings, "do_sample": True})
    return scores[0].softmax(-1)


def test_log_probabilities_are_those_of_the_whole_distribution_at_the_temperature():
    policy = model(initializer_range=0.2)
    torch.manual_seed(1)
    found = decode(policy, PROMPTS, Decoding(0.8, top_p=0.9), max_tokens=9, ends={4})
    for prompt, row in zip(PROMPTS, found, strict=True):
        with torch.no_grad():
            logits = policy(torch.tensor([prompt + row.ids])).logits[0, len(prompt) - 1 : -1]
        expected = (logits / 0.8).log_softmax(-1).gather(1, torch.tensor(row.ids)[:, None])[:, 0]
        assert torch.tensor(row.log_probs).allclose(expected, atol=1e-4)


def test_the_same_seed_gives_the_same_bits_and_a_row_does_not_depend_on_the_others():
    policy, limit = model(initializer_range=0.2), 12
    draws = torch.rand(len(PROMPTS), limit, dtype=torch.float64, generator=torch.Generator().manual_seed(5))

    def written(rows):
        asked = [PROMPTS[row] for row in rows]
        return decode(policy, asked, Decoding(1.0), max_tokens=limit, ends={4, 9}, draws=draws[rows])

    whole = written([0, 1, 2, 3, 4, 5])
    assert written([0, 1, 2, 3, 4, 5]) == whole
    assert [row.ids for row in written([5, 2, 3])] == [whole[row].ids for row in (5, 2, 3)]


def test_other_shapes_are_refused_with_the_reason():
    assert why_not(model(), 10_000) is None
    slid = model("mistral", sliding_window=16)
    assert why_not(slid, 16) is None and "16 tokens" in why_not(slid, 17)
    small = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    other = Qwen3ForCausalLM(Qwen3Config(vocab_size=9, num_key_value_heads=1, head_dim=8, **small))
    assert "Qwen3ForCausalLM" in why_not(other, 10)
    packed = model()
    packed.register_forward_pre_hook(lambda model, arguments: None)  # as compressed-tensors does to unpack the weights
    assert "runs before" in why_not(packed, 10)
