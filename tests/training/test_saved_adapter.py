"""peft sees an adapter of a run only after iacrl has checked what it says; plain LoRA adapters all pass."""

import json
import shutil
import sys

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from tiny_models import save_llama
from transformers import AutoModelForCausalLM

from iacrl.errors import UserError
from iacrl.training.saved_adapter import load_adapter
from iacrl.training.trained_files import saved_digest, trained_digest

LINEAR = ["q_proj", "v_proj", "down_proj"]


@pytest.fixture(scope="module")
def llama(tiny_model, tmp_path_factory):
    return save_llama(tmp_path_factory.mktemp("llama") / "base", tiny_model)


def base_of(path):
    return AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)


def written(llama, place, **options):
    """The folder of an adapter as peft writes it, and what the model with it answers."""
    options = {"r": 4, "lora_alpha": 8, "target_modules": LINEAR, "task_type": "CAUSAL_LM", **options}
    model = get_peft_model(base_of(llama), LoraConfig(**options))
    torch.manual_seed(1)
    for parameter in model.parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter, std=0.2)
    model.save_pretrained(place)
    return place, logits(model), trained_digest(model)


@torch.no_grad()
def logits(model):
    return model.eval()(torch.arange(12)[None]).logits


@pytest.mark.filterwarnings("ignore:::peft")  # peft advises against some of these options
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"task_type": None},
        {"target_modules": "all-linear", "use_rslora": True, "use_dora": True, "init_lora_weights": "gaussian"},
        {"rank_pattern": {"layers.1.self_attn.q_proj": 2, "v_proj": 8}, "alpha_pattern": {"down_proj": 3.5}},
        {"layers_to_transform": [1], "lora_bias": True, "lora_dropout": 0.1},
        {"layers_to_transform": 0, "exclude_modules": ["v_proj"], "bias": "lora_only"},
        {"target_modules": ["embed_tokens", "q_proj"]},
        {"modules_to_save": ["embed_tokens"], "ensure_weight_tying": True},
        {"modules_to_save": ["norm"]},
    ],
)
def test_plain_adapters_of_peft_answer_as_they_were_saved(llama, tmp_path, options):
    folder, before, digest = written(llama, tmp_path / "adapter", **options)
    assert torch.equal(logits(load_adapter(base_of(llama), folder)), before)
    assert saved_digest(folder) == digest


def test_one_model_takes_several_adapters(llama, tmp_path):
    first, one, _ = written(llama, tmp_path / "first", use_dora=True, target_modules="all-linear")
    second, other, _ = written(llama, tmp_path / "second", r=2, modules_to_save=["norm"])
    model = load_adapter(load_adapter(base_of(llama), first), second, name="second")
    assert torch.equal(logits(model), one)
    model.set_adapter("second")
    assert torch.equal(logits(model), other)


def change(folder, **entries):
    file = folder / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | entries))


@pytest.fixture(scope="module")
def honest(llama, tmp_path_factory):
    return written(llama, tmp_path_factory.mktemp("honest") / "adapter")[0]


def attacked(honest, tmp_path, **entries):
    folder = tmp_path / "adapter"
    shutil.copytree(honest, folder)
    change(folder, **entries)
    return folder


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        # What takes memory, time or code.
        ({"r": 20_000_000}, "has the rank 20,000,000 here"),
        ({"rank_pattern": {"q_proj": 20_000_000}}, "q_proj has the rank 20,000,000 here"),
        ({"layer_replication": [[0, 2]] * 10**5}, "layer_replication is"),
        ({"megatron_config": {"a": 1}, "megatron_core": "antigravity"}, "megatron_co.* is"),
        ({"megatron_core": "antigravity"}, "megatron_core is 'antigravity'"),
        ({"trainable_token_indices": [10**12]}, "trainable_token_indices is"),
        ({"target_parameters": ["weight"]}, "target_parameters is"),
        ({"init_lora_weights": "pissa_niter_1000000000"}, "init_lora_weights is"),
        ({"init_lora_weights": "corda", "corda_config": {"cache_file": "/dev/zero"}}, "corda_config is"),
        ({"loftq_config": {"loftq_iter": 10**9}}, "loftq_config is"),
        ({"auto_mapping": "os"}, "auto_mapping is"),
        ({"layers_pattern": "(a+)+"}, "layers_pattern is"),
        ({"target_modules": "([a-z._]+)+x"}, "target_modules is"),
        ({"target_modules": ["q_proj"] * 10**5}, "target_modules is"),
        ({"exclude_modules": "(.*)*x"}, "exclude_modules is"),
        ({"modules_to_save": ["(.*)*x"]}, "modules_to_save is"),
        ({"modules_to_save": ["lm_head"]}, "has no weights of it"),
        ({"rank_pattern": {"(.?)+x": 4}}, "rank_pattern is"),
        ({"alpha_pattern": {"(.?)+x": 4}}, "alpha_pattern is"),
        ({"layers_to_transform": list(range(10**6))}, "layers_to_transform is"),
        ({"runtime_config": {"ephemeral_gpu_offload": True}}, "runtime_config is"),
        ({"an_entry_of_tomorrow": "x"}, "an_entry_of_tomorrow is 'x', which iacrl does not load"),
        # Other kinds, other types, other weights.
        ({"peft_type": "XLORA"}, "peft_type is 'XLORA': expected LORA"),
        ({"peft_type": None}, "peft_type is missing"),
        ({"task_type": "SEQ_CLS"}, "task_type is"),
        ({"r": 4.0}, "r is '4.0'"),
        ({"r": True}, "r is 'True'"),
        ({"r": 3}, "has the rank 3 here"),
        ({"lora_alpha": "x"}, "lora_alpha is 'x': expected a number"),
        ({"lora_alpha": 10**299}, "lora_alpha is"),
        ({"lora_dropout": -1}, "lora_dropout is"),
        ({"use_dora": "yes"}, "use_dora is"),
        ({"base_model_name_or_path": ["/dev/zero"]}, "base_model_name_or_path is"),
        ({"target_modules": ["q_proj"]}, "are not those of the modules"),
        ({"target_modules": [*LINEAR, "k_proj"]}, "are not those of the modules"),
        ({"layers_to_transform": [0]}, "are not those of the modules"),
    ],
)
def test_what_no_plain_adapter_needs(llama, honest, tmp_path, entry, told):
    folder = attacked(honest, tmp_path, **entry)
    with pytest.raises(UserError, match=told):
        load_adapter(base_of(llama), folder)
    assert "antigravity" not in sys.modules


def test_a_base_that_an_adapter_names_is_not_looked_up(llama, honest, tmp_path):
    folder = attacked(honest, tmp_path, base_model_name_or_path="/dev/zero", revision="x", auto_mapping={"a": "os"})
    config = load_adapter(base_of(llama), folder).peft_config["default"]
    assert (config.base_model_name_or_path, config.revision, config.auto_mapping) == (str(llama), None, None)


@pytest.mark.parametrize("shape", [(4, 1), (4, 4000), (4,), (0, 64), (4, 64, 1)])
def test_weights_of_another_shape_than_the_base(llama, honest, tmp_path, shape):
    folder = attacked(honest, tmp_path)
    tensors = load_file(folder / "adapter_model.safetensors")
    tensors["base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"] = torch.zeros(shape)
    save_file(tensors, folder / "adapter_model.safetensors")
    with pytest.raises(UserError, match="q_proj"):
        load_adapter(base_of(llama), folder)


def test_weights_as_a_pickle_are_not_read(llama, honest, tmp_path):
    folder = attacked(honest, tmp_path)
    (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin")
    with pytest.raises(UserError, match=r"adapter_model.safetensors: these weights cannot be read"):
        load_adapter(base_of(llama), folder)
