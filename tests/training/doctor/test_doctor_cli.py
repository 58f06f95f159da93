"""`iacrl doctor`: what it says, how it exits, and that what it advises holds."""

import json

import pytest
import yaml

from iacrl.config.recipes import load_config
from iacrl.training import vllm_generation
from iacrl.training.doctor import activations, machine_checks
from iacrl.training.doctor.activations import Held
from iacrl.training.doctor.fitting import CARDS, USABLE, settings_that_fit
from iacrl.training.doctor.model_shape import read_shape
from iacrl.training.doctor.stage_memory import Lengths, estimate


def model_of(tmp_path, **shape):
    """The folder of a model that has a configuration and no weights."""
    folder = tmp_path / "shape"
    folder.mkdir()
    plain = {"model_type": "qwen2", "tie_word_embeddings": False, "max_position_embeddings": 32768, **shape}
    (folder / "config.json").write_text(json.dumps(plain))
    return folder


@pytest.fixture(scope="module")
def seven_billion(tmp_path_factory):
    """The shape of Qwen2.5-7B, in one place: what was counted for a model is kept."""
    return model_of(
        tmp_path_factory.mktemp("seven-billion"),
        vocab_size=152064,
        hidden_size=3584,
        intermediate_size=18944,
        num_hidden_layers=28,
        num_attention_heads=28,
        num_key_value_heads=4,
    )


@pytest.fixture
def uncounted(monkeypatch):
    """A rough formula in place of torch's counts, a second each, for tests that ask what is made of them.

    Whether the counts are right is asked in `test_memory_estimate.py`.
    """

    def roughly(model, lora, layers, batch, read, checkpointing, later):
        tokens = read.length + read.completions * read.written
        layer = 2 * batch * tokens * activations.own_config(model).hidden_size
        kept = layers * layer * {None: 0, True: 1, False: 17}[checkpointing]
        return Held(kept, kept + 40 * layer)

    monkeypatch.setattr(activations, "_count", roughly)


def test_a_configuration_that_runs_here(small, run_cli):
    told = run_cli("doctor", "--config", "tiny-cpu", *small)
    assert told.status == 0, told
    for words in ("optimizer state", "logits", "keys and values", "longest prompt", "80 GB  as it is"):
        assert words in told.out


def test_a_model_that_is_trained_whole_has_settings_that_fit_too(small, run_cli):
    whole = ("model.quantization=none", "lora=null", "--format", "json")
    fits = json.loads(run_cli("doctor", "--config", "tiny-cpu", *small, *whole).out)["fits"]
    assert fits["80"] == {"change": {}}


def test_the_json_form_holds_the_same(small, run_cli):
    told = run_cli("doctor", "--config", "tiny-cpu", *small, "grpo.beta=0.1", "--format", "json")
    found = json.loads(told.out)
    assert found["ok"] and told.status == 0
    for stage in ("sft", "grpo"):
        held = found["stages"][stage]
        assert held["peak"] == sum(held["always"].values()) + sum(held["phases"][held["worst"]].values())
    assert "reference adapter, fp32" in found["stages"]["grpo"]["always"]
    assert "reference adapter, fp32" not in found["stages"]["sft"]["always"]


def test_what_is_missing_is_told_with_status_1(small, run_cli, tmp_path, monkeypatch, uncounted):
    monkeypatch.setattr(machine_checks.torch.cuda, "is_available", lambda: False)
    told = run_cli(
        "doctor", "--config", "tiny-cpu", *small, "model.device=cuda", f"data.test={tmp_path / 'none.jsonl'}"
    )
    assert told.status == 1
    lines = [line for line in told.out.splitlines() if line.startswith("NOT OK")]
    assert [line.split()[2].rstrip(":") for line in lines] == ["device", "bitsandbytes", "data"]


def test_what_a_stage_would_refuse_is_told(small, run_cli, monkeypatch, uncounted):
    """Each in the words of the stage itself, all at once."""
    monkeypatch.setattr(vllm_generation, "find_spec", lambda name: None)
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    monkeypatch.setenv("WORLD_SIZE", "2")
    overrides = [
        *small,
        "model.quantization=none",
        "model.attention=flash_attention_2",
        "grpo.vllm=server",
        "grpo.batch_size=4",
        "grpo.optimizer=adamw_8bit",
        "rewards.weights={nonsense: 1.0}",
    ]
    told = run_cli("doctor", "--config", "tiny-cpu", *overrides)
    assert told.status == 1
    lines = {line.split()[2].rstrip(":"): line for line in told.out.splitlines() if line.startswith("NOT OK")}
    words = {
        "attention": "works on CUDA devices only",
        "generation": "vLLM is not installed",
        "batches": "do not divide into batches of grpo.batch_size = 4 on 2 processes",
        "launch": "",
        "rewards": "nonsense",
    }
    assert lines.keys() == words.keys()
    assert all(words[name] in line for name, line in lines.items())
    assert "grpo.optimizer=adamw_torch" in told.out and "model.quantization =" not in told.out


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ("data.sft_rows=null", "No training task is left for GRPO"),
        ("data.max_prompt_tokens=8", "data.max_prompt_tokens = 8 leaves none"),
        ("sft.max_tokens=8", "sft.max_tokens = 8 leaves none"),
    ],
)
def test_settings_that_leave_no_task_are_told(own, words, tiny_model):
    config = load_config("tiny-cpu", [f"model.id={tiny_model}", own])
    found, longest = machine_checks.data(config, machine_checks.tokenizer(config)[1])
    assert found.ok is False and longest is None and words in found.found


def test_general_chats_are_counted_in_both_stages(tiny_model, chats, uncounted):
    config = load_config("tiny-cpu", [f"model.id={tiny_model}", "gates.action=skip", f"data.replay={chats}"])
    tokenizer = machine_checks.tokenizer(config)[1]
    assert machine_checks.data(config, tokenizer)[1].chat > 8
    long = {"messages": [{"role": "user", "content": "bucket " * 300}, {"role": "assistant", "content": "Yes."}]}
    with chats.open("a") as more:
        more.write(json.dumps(long) + "\n")
    found, longest = machine_checks.data(config, tokenizer)
    assert f"the longest general chat {longest.chat}" in found.found and longest.chat > longest.row
    shape = read_shape(config)
    plain, replayed = (
        estimate(config.model_copy(update={"data": data}), shape, longest)
        for data in (config.data.model_copy(update={"replay": None}), config.data)
    )
    assert replayed["grpo"].phases.keys() - plain["grpo"].phases.keys() == {"a general chat", "loss on general chats"}
    assert replayed["sft"].peak > plain["sft"].peak
    measured = config.data.model_copy(update={"replay_share": 0.0})
    assert "a general chat" not in estimate(config.model_copy(update={"data": measured}), shape, longest)["grpo"].phases


def test_every_generation_is_counted(tiny_model, uncounted):
    own = [f"model.id={tiny_model}", "eval.batch_size=300", "gates.rows=10", "gates.samples=4", "probe.rows=20"]
    config = load_config("tiny-cpu", own)
    longest = Lengths(100, 100 + config.grpo.max_completion_tokens)
    phases = estimate(config, read_shape(config), longest)["grpo"].phases
    assert phases.keys() == {"generation", "forward and backward", "gate (generation)", "probe (generation)"}
    batches = {"gate (generation)": 40, "probe (generation)": 20}
    for name, batch in batches.items():
        assert any(item.startswith(f"keys and values ({batch} x") for item in phases[name])


def test_the_reference_adapter_counts_on_the_disk(tiny_model):
    own = [f"model.id={tiny_model}", "grpo.keep_checkpoints=500", "lora.rank=64"]
    plain, with_reference = (load_config("tiny-cpu", [*own, f"grpo.beta={beta}"]) for beta in (0.0, 0.1))
    shape = read_shape(plain)
    needed = [float(machine_checks.run_disk(one, shape).found.split()[0]) for one in (plain, with_reference)]
    assert needed[1] == pytest.approx(needed[0] * 4 / 3, rel=0.05)


def test_a_hub_model_that_is_not_here_is_one_message(run_cli):
    told = run_cli("doctor", "--config", "tiny-cpu", "model.id=nobody/nothing")
    assert told.status == 2
    assert told.err.count("Error:") == 1 and "nobody/nothing" in told.err and "HF_HUB_OFFLINE" in told.err


def test_libraries_of_another_version_are_told(monkeypatch):
    monkeypatch.setattr(
        machine_checks, "requirements_of_training", lambda: ["torch>=99", "no-such-library>=1", "click>=8"]
    )
    found = machine_checks.versions()
    assert found.ok is False
    assert "torch" in found.found and ">=99" in found.found and "no-such-library is missing" in found.found


def test_a_full_disk_is_told(tiny_model):
    config = load_config("tiny-cpu", [f"model.id={tiny_model}"])
    assert machine_checks._disk("runs", config.run.dir, 2**60).ok is False
    assert machine_checks.run_disk(config, read_shape(config)).ok is True


def test_bitsandbytes_that_fails_is_told(monkeypatch):
    def broken(*args, **options):
        raise RuntimeError("no kernel image\nmore")

    monkeypatch.setattr(machine_checks.bnb.functional, "quantize_4bit", broken)
    found = machine_checks.quantizing(load_config("tiny-cpu"))
    assert found.ok is False and found.found.endswith("no kernel image")


def test_settings_that_are_said_to_fit_do(seven_billion, uncounted):
    overrides = [f"model.id={seven_billion}", "model.quantization=none", "sft.gradient_checkpointing=false"]
    config = load_config("qwen2.5-0.5b", overrides)
    shape = read_shape(config)
    longest = Lengths(400, 400 + config.grpo.max_completion_tokens)
    assert 7.5e9 < shape.parameters < 7.7e9
    found = {card: settings_that_fit(config, shape, longest, card * 2**30) for card in CARDS}
    assert found[8]["model.quantization"] == "nf4" and found[8]["sft.batch_size"] == 1
    assert "model.quantization" not in found[80]
    for card, settings in found.items():
        changed = load_config("qwen2.5-0.5b", [*overrides, *(f"{key}={value}" for key, value in settings.items())])
        assert max(stage.peak for stage in estimate(changed, shape, longest).values()) <= card * 2**30 * USABLE
        sft = changed.sft
        assert sft.batch_size * sft.accumulation == config.sft.batch_size * config.sft.accumulation


def test_a_model_that_is_too_large_for_every_setting(seven_billion, uncounted):
    config = load_config("qwen2.5-0.5b", [f"model.id={seven_billion}"])
    assert settings_that_fit(config, read_shape(config), Lengths(400, 900), 2 * 2**30) is None


def test_the_recipe_for_8_gb_fits_8_gb(seven_billion):
    config = load_config("qwen2.5-coder-7b-8gb", [f"model.id={seven_billion}"])
    shape = read_shape(config)
    told = {name: stage.peak / 2**30 for name, stage in estimate(config, shape).items()}
    assert max(told.values()) < 8, yaml.safe_dump(told)
