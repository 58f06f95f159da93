import json
import shutil
from types import SimpleNamespace

import pytest
from tokenizers import Tokenizer, models
from transformers import AddedToken, PreTrainedTokenizerFast

from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.training.generation import end_tokens
from iacrl.training.tokenizer import load_tokenizer


def save_tokenizer(folder, special, *, template="{{ messages[0].content }}", **roles):
    """Save a tokenizer with these special tokens and roles; return the model section that names it."""
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE({"a": 0}, [])), **roles)
    tokenizer.add_tokens([AddedToken(token, special=True) for token in special])
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    return load_config("tiny-cpu", [f"model.id={folder}"]).model


LLAMA_3 = {
    "special": ["<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>", "<|eot_id|>"],
    "template": "<|start_header_id|>{{ messages[0].content }}<|eot_id|>",
    "bos_token": "<|begin_of_text|>",
    "eos_token": "<|eot_id|>",
}
LLAMA_3_1 = LLAMA_3 | {"special": [*LLAMA_3["special"], "<|finetune_right_pad_id|>"]}
MISTRAL = {"special": ["<s>", "</s>", "[INST]"], "template": "[INST]", "bos_token": "<s>", "eos_token": "</s>"}
SMOLLM2 = {
    "special": ["<|im_start|>", "<|im_end|>"],
    "template": "<|im_start|><|im_end|>",
    "bos_token": "<|im_start|>",
    "eos_token": "<|im_end|>",
    "pad_token": "<|im_end|>",
}


@pytest.mark.parametrize(
    ("made", "padding"),
    [
        pytest.param(LLAMA_3, "<|reserved_special_token_0|>", id="llama-3 has none"),
        pytest.param(LLAMA_3_1, "<|finetune_right_pad_id|>", id="llama-3.1 has one that it does not name"),
        pytest.param(MISTRAL | {"unk_token": "<unk>"}, "<unk>", id="mistral has none and reserves none"),
        pytest.param(SMOLLM2 | {"unk_token": "<|endoftext|>"}, "<|endoftext|>", id="smollm2's is its end token"),
        pytest.param(MISTRAL, "</s>", id="nothing but the end token"),
        pytest.param(MISTRAL | {"pad_token": "[PAD]"}, "[PAD]", id="one of its own"),
    ],
)
def test_a_token_to_pad_with_is_found(tmp_path, made, padding):
    model = save_tokenizer(tmp_path, **made)
    assert load_tokenizer(model).pad_token == padding


def test_the_recipe_may_name_it(tmp_path):
    model = save_tokenizer(tmp_path, **LLAMA_3)
    chosen = model.model_copy(update={"pad_token": "<|end_of_text|>"})
    assert load_tokenizer(chosen).pad_token == "<|end_of_text|>"
    with pytest.raises(UserError, match="has no such token"):
        load_tokenizer(model.model_copy(update={"pad_token": "<pad>"}))


@pytest.mark.parametrize(
    ("made", "told"),
    [(MISTRAL | {"template": None}, "no chat template"), (MISTRAL | {"eos_token": None}, "no end token")],
)
def test_a_tokenizer_that_cannot_converse_is_refused(tmp_path, made, told):
    with pytest.raises(UserError, match=told):
        load_tokenizer(save_tokenizer(tmp_path, **made))


@pytest.mark.parametrize(
    "template",
    [
        "{% for",
        "{{ ().__class__.__bases__ }}",
        "{{ messages[99].x }}",
        "{{ 1 / 0 }}",
        "{{ raise_exception('no system message') }}",
        "{{ 'a' + 1 }}",
        "{% for number in range(10 ** 9) %}{% endfor %}",
    ],
)
def test_a_template_that_fails_is_refused_before_it_is_needed(tmp_path, template):
    with pytest.raises(UserError, match="chat template does not take the messages system, user"):
        load_tokenizer(save_tokenizer(tmp_path, **LLAMA_3 | {"template": template}))


def test_a_tokenizer_on_which_its_library_panics_is_refused(tmp_path, tiny_model):
    """The panic is no `Exception`, and so gave a traceback."""
    shutil.copytree(tiny_model, tmp_path / "model")
    file = tmp_path / "model" / "tokenizer.json"
    content = json.loads(file.read_text())
    content["model"]["continuing_subword_prefix"] = "((((("  # longer than its merges
    file.write_text(json.dumps(content))
    with pytest.raises(UserError, match=r"cannot be loaded: .*out of range"):
        load_tokenizer(load_config("tiny-cpu", [f"model.id={tmp_path / 'model'}"]).model)


@pytest.mark.parametrize("declared", [{"a": 1}, "x", 1.5, -1, True, [1, "x"], [[1]]])
def test_end_tokens_that_are_no_tokens(tmp_path, declared):
    model = SimpleNamespace(name_or_path="base", generation_config=SimpleNamespace(eos_token_id=declared))
    with pytest.raises(UserError, match=r"base: eos_token_id in its generation_config.json is"):
        end_tokens(model, load_tokenizer(save_tokenizer(tmp_path, **MISTRAL)))
