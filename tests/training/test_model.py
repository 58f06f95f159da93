import json
import shutil

import bitsandbytes as bnb
import pytest
import torch
from peft import get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file, save_file
from tiny_models import save_llama

from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.training.model import add_adapter, kept_in_float32, load_base, load_whole, target_modules
from iacrl.training.tokenizer import load_tokenizer


@pytest.fixture
def config(tiny_model):
    return load_config("tiny-cpu", [f"model.id={tiny_model}"])


@pytest.fixture(scope="module")
def llama_model(tiny_model, tmp_path_factory):
    return save_llama(tmp_path_factory.mktemp("llama"), tiny_model)


def gradients(model, ids):
    model.train()
    model.zero_grad()
    model(input_ids=ids, labels=ids).loss.backward()
    return torch.cat([p.grad.flatten().float() for p in model.parameters() if p.requires_grad])


ON_CUDA = pytest.param(
    "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device: torch finds none")
)


@pytest.mark.parametrize("device", ["cpu", ON_CUDA])
@pytest.mark.parametrize(("dtype", "likeness"), [("float32", 0.9999), ("bfloat16", 0.98)])
@pytest.mark.parametrize("shape", ["qwen2, with biases", "llama, without"])
def test_gradients_of_the_4_bit_model_are_those_of_its_full_precision_twin(
    shape, dtype, likeness, device, tiny_model, llama_model
):
    """Also after an eval-mode forward, which repacks the weights on some CPUs and must not here.

    With biases a repacked layer fails in the backward pass; without, it gives wrong gradients and says nothing. The
    twin computes in fp32 with the same dequantized weights, so in bfloat16 rounding is all that may differ.
    """
    model_path = tiny_model if shape.startswith("qwen2") else llama_model
    own = [f"model.id={model_path}", f"model.device={device}", f"model.compute_dtype={dtype}"]
    config = load_config("tiny-cpu", own)
    torch.manual_seed(0)
    model = add_adapter(load_base(config.model), config.model, config.lora)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            parameter.data.normal_(std=0.02)
    layers = [module for module in model.modules() if isinstance(module, bnb.nn.Linear4bit)]
    assert len(layers) == 2 * 7
    assert any(layer.bias is not None for layer in layers) == shape.startswith("qwen2")
    twin = add_adapter(load_base(config.model).dequantize().float(), config.model, config.lora)
    set_peft_model_state_dict(twin, get_peft_model_state_dict(model))
    ids = torch.randint(3, 400, (2, 24)).to(model.device)
    model.eval()
    with torch.no_grad():
        model(input_ids=ids)
    quantized, full = gradients(model, ids), gradients(twin, ids)
    assert quantized.norm() > 0
    assert torch.nn.functional.cosine_similarity(quantized, full, dim=0) > likeness
    assert torch.allclose(quantized.norm(), full.norm(), rtol=1e-3 if dtype == "float32" else 0.05)


def test_the_base_is_really_quantized_with_double_quantization(config):
    layers = [module for module in load_base(config.model).modules() if isinstance(module, bnb.nn.Linear4bit)]
    assert len(layers) == 2 * 7
    for layer in layers:
        assert layer.weight.quant_type == "nf4"
        assert layer.weight.quant_state.nested
        assert layer.support_avx512bf16_for_cpu is False


def test_a_model_that_is_quantized_already_is_loaded_as_it_is(config, tmp_path):
    saved = load_base(config.model)
    saved.save_pretrained(tmp_path)
    ids = torch.arange(9)[None]
    again = load_base(config.model.model_copy(update={"id": str(tmp_path), "quantization": "none"}))
    assert torch.equal(again(ids).logits, saved(ids).logits)


def test_weights_that_the_files_lack_are_not_filled_with_random_numbers(config, tiny_model, tmp_path):
    shutil.copytree(tiny_model, tmp_path, dirs_exist_ok=True)
    weights = load_file(tmp_path / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UserError, match=r"lack 1 weights, such as model\.layers\.1\.mlp\.up_proj\.weight"):
        load_base(config.model.model_copy(update={"id": str(tmp_path), "quantization": "none"}))


def test_all_linear_names_every_linear_module_but_the_head(config):
    base = load_base(config.model)
    assert target_modules(base, config.lora.model_copy(update={"target_modules": "all-linear"})) == [
        "down_proj",
        "gate_proj",
        "k_proj",
        "o_proj",
        "q_proj",
        "up_proj",
        "v_proj",
    ]


def test_loftq_begins_nearer_to_the_unquantized_model_and_leaves_the_base_alone(config):
    ids = torch.randint(3, 400, (2, 24), generator=torch.Generator().manual_seed(0))
    whole = load_base(config.model.model_copy(update={"quantization": "none", "compute_dtype": "float32"}))
    own = config.model.model_copy(update={"compute_dtype": "float32"})
    base = load_base(own)
    before = base.model.layers[0].mlp.up_proj.weight.data.clone()
    with torch.no_grad():
        wanted, without = whole(input_ids=ids).logits, base(input_ids=ids).logits
        made_up = add_adapter(base, own, config.lora.model_copy(update={"init": "loftq"}))
        found = made_up(input_ids=ids).logits
    assert (found - wanted).norm() < 0.8 * (without - wanted).norm()
    assert made_up.get_base_model().model.layers[0].mlp.up_proj.base_layer.weight.data.equal(before)
    with pytest.raises(UserError, match=r"quantization=nf4"):
        add_adapter(
            whole,
            config.model.model_copy(update={"quantization": "none"}),
            config.lora.model_copy(update={"init": "loftq"}),
        )


def test_trainable_weights_survive_a_cast_by_the_trainer(config):
    model = add_adapter(load_base(config.model), config.model, config.lora)
    before = {name: value.clone() for name, value in get_peft_model_state_dict(model).items()}
    with kept_in_float32(model):
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.to(torch.bfloat16)
    after = get_peft_model_state_dict(model)
    assert all(after[name].dtype == torch.float32 and after[name].equal(before[name]) for name in before)


def test_the_tokenizer_pads_on_the_left_with_a_token_of_its_own(config):
    tokenizer = load_tokenizer(config.model)
    assert tokenizer.padding_side == "left"
    assert tokenizer.pad_token_id != tokenizer.eos_token_id


CODE = """from transformers import Qwen2ForCausalLM

class Own(Qwen2ForCausalLM):
    pass
"""


def test_a_trained_model_brings_no_code_but_its_bases(tiny_model, tmp_path):
    """A run may be from anybody, and the user trusts the code of the base alone."""
    base, trained = tmp_path / "base", tmp_path / "run" / "model"
    shutil.copytree(tiny_model, base)
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModelForCausalLM": "own_model.Own"}}))
    (base / "own_model.py").write_text(CODE)
    section = load_config("tiny-cpu", [f"model.id={base}", "model.device=cpu", "model.trust_remote_code=true"]).model
    load_whole(section).save_pretrained(str(trained))
    assert (trained / "own_model.py").is_file()
    assert type(load_whole(section, trained)).__name__ == "Own"

    (trained / "own_model.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n{CODE}")
    with pytest.raises(UserError, match=r"own_model\.py: is Python code that differs from the base's"):
        load_whole(section, trained)
    (trained / "own_model.py").unlink()
    (trained / "other.py").symlink_to(base / "own_model.py")
    with pytest.raises(UserError, match=r"other\.py: is Python code that differs"):
        load_whole(section, trained)
    (trained / "other.py").unlink()
    config["auto_map"] = {"AutoModelForCausalLM": "owner/evil--own_model.Own"}
    (trained / "config.json").write_text(json.dumps(config))
    with pytest.raises(UserError, match="names the Python code of owner/evil"):
        load_whole(section, trained)
    assert not (tmp_path / "ran").exists()
    plain = section.model_copy(update={"trust_remote_code": False})
    assert type(load_whole(plain, trained)).__name__ == "Qwen2ForCausalLM"
