"""The model in models/tiny-base: everything iacrl needs of it holds."""

import json
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, PreTrainedTokenizerFast

from iacrl.config.sections import ModelSection
from iacrl.training.tokenizer import load_tokenizer

ROOT = Path(__file__).parent.parent
MODEL = ROOT / "models" / "tiny-base"
MESSAGES = [
    {"role": "system", "content": "Reply with one terraform code block."},
    {"role": "user", "content": "Create an SQS queue with queue name `orders-dlq-7`."},
    {
        "role": "assistant",
        "content": '```terraform\nresource "aws_sqs_queue" "main" {\n  name = "orders-dlq-7"\n}\n```',
    },
]
DOCUMENT = "# an SQS queue\n# queue name: orders-relay-prod\n# delivery delay: 45\n"


@pytest.fixture(scope="module")
def tokenizer():
    return load_tokenizer(ModelSection(id=str(MODEL), device="cpu"))


@pytest.fixture(scope="module")
def model():
    return AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32)


def test_it_is_small():
    assert sum(file.stat().st_size for file in MODEL.iterdir()) < 6e6
    with safe_open(MODEL / "model.safetensors", "pt") as weights:
        assert {weights.get_tensor(name).dtype for name in weights.keys()} == {torch.bfloat16}  # noqa: SIM118


def test_iacrl_splits_text_as_the_saved_tokenizer(tokenizer):
    trained = PreTrainedTokenizerFast(tokenizer_file=str(MODEL / "tokenizer.json"))
    texts = [MESSAGES[1]["content"], MESSAGES[2]["content"], "a: 10.0.3.0/24\n  - größe 日本\t x\r\n", DOCUMENT]
    for text in texts:
        ids = tokenizer.encode(text)
        assert ids == trained.encode(text)
        assert tokenizer.decode(ids) == text


def test_a_name_is_the_same_tokens_wherever_it_stands(tokenizer):
    name = tokenizer.encode("orders-relay-77")
    for before, after in (("name: ", "\n"), ('"', '"'), ("called ", ", "), ("= `", "`")):
        ids = tokenizer.encode(f"{before}orders-relay-77{after}")
        assert any(ids[start : start + len(name)] == name for start in range(len(ids)))


def test_the_generation_mask_covers_the_answer_and_its_end_token(tokenizer):
    encoded = tokenizer.apply_chat_template(MESSAGES, return_dict=True, return_assistant_tokens_mask=True)
    ids, mask = encoded["input_ids"], encoded["assistant_masks"]
    answer = [token for token, inside in zip(ids, mask, strict=True) if inside]
    assert tokenizer.decode(answer) == MESSAGES[2]["content"] + tokenizer.eos_token
    prompt = tokenizer.apply_chat_template(MESSAGES[:2], add_generation_prompt=True)["input_ids"]
    assert ids == prompt + answer


def test_padding_is_not_the_end_token(tokenizer, model):
    assert tokenizer.pad_token_id != tokenizer.eos_token_id
    assert model.generation_config.eos_token_id == tokenizer.eos_token_id
    assert model.generation_config.pad_token_id == tokenizer.pad_token_id
    assert len(tokenizer) == model.config.vocab_size


@pytest.mark.parametrize("hidden", [192, 384])
def test_the_planted_circuit_copies_before_any_training(hidden, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    from tiny_base.model import Shape, new_model
    from tiny_base.training import copied_share

    with torch.random.fork_rng():
        torch.manual_seed(0)
        planted = new_model(vocabulary=512, end=2, pad=0, shape=Shape(hidden))
        assert copied_share(planted) > 0.9
        for layer in planted.model.layers[:1]:  # without the look at the token before, nothing is found again
            torch.nn.init.zeros_(layer.self_attn.q_proj.bias)
        assert copied_share(planted) < 0.1
    for name in [name for name in sys.modules if name.split(".")[0] == "tiny_base"]:
        monkeypatch.delitem(sys.modules, name)


def test_it_copies_names_that_stand_nowhere_in_its_training_text(tokenizer, model):
    text = "zubik-vorant = 4711\nkelmora_31 = plo-grint\nget kelmora_31\n"
    written = _continue(model, tokenizer, text, tokens=24)
    assert "plo-grint" in written


def test_in_four_bits_it_writes_the_same(tokenizer, model):
    quantization = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.float32,
    )
    small = AutoModelForCausalLM.from_pretrained(MODEL, quantization_config=quantization, dtype=torch.float32)
    expected = _continue(model, tokenizer, DOCUMENT, tokens=40)
    assert '"orders-relay-prod"' in expected
    assert _continue(small, tokenizer, DOCUMENT, tokens=40) == expected


def test_the_card_belongs_to_the_weights():
    card = (MODEL / "README.md").read_text(encoding="utf-8")
    config = json.loads((MODEL / "config.json").read_text(encoding="utf-8"))
    assert config["model_type"] == "qwen2"
    assert config["tie_word_embeddings"] is True
    assert "scripts/make_tiny_base.py" in card


@torch.no_grad()
def _continue(model, tokenizer, text, tokens):
    ids = torch.tensor([tokenizer.encode(text)])
    ends = [tokenizer.eos_token_id, tokenizer.pad_token_id]
    out = model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=tokens,
        do_sample=False,
        eos_token_id=ends,
    )
    return tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True)
