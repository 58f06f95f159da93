"""How a run writes completions: by iacrl's decoder, or by transformers where that cannot."""

import signal

import pytest
import torch
from stage_runs import FORKS, adapter, exit_status, fork, iacrl_command, rows, run, same

from iacrl.config.recipes import load_config
from iacrl.decoding.sampling import Decoding
from iacrl.errors import UserError
from iacrl.runs.directory import RunDirectory, stage_path
from iacrl.tasks import load_tasks
from iacrl.tasks.prompt import build_prompt
from iacrl.training import generation
from iacrl.training.generation import generate
from iacrl.training.model import add_adapter, load_base
from iacrl.training.tokenizer import load_tokenizer


def answers(path, prompts, decoder):
    config = load_config("tiny-cpu", [f"model.id={path}"])
    tokenizer = load_tokenizer(config.model)
    model = add_adapter(load_base(config.model), config.model, config.lora)
    return generate(model, tokenizer, prompts, Decoding(1.0), decoder=decoder, max_tokens=6, batch_size=4, seed=0)


def asked(count=5):
    return [build_prompt(task) for task in load_tasks("terraform", split="train")[:count]]


def test_a_model_of_another_shape_is_answered_by_transformers_and_it_is_said_once(tiny_model, monkeypatch, capsys):
    whole = answers(tiny_model, asked(), "transformers")
    monkeypatch.setattr(generation, "why_not", lambda model, length: "it has another shape")
    monkeypatch.setattr(generation, "_told", set())
    assert [answers(tiny_model, asked(), "iacrl") for _ in range(2)] == [whole, whole]
    assert capsys.readouterr().err.count("not by iacrl's decoder: it has another shape") == 1


def test_when_memory_runs_out_each_prompt_keeps_its_random_numbers(tiny_model, monkeypatch, capsys):
    whole = answers(tiny_model, asked(), "iacrl")
    decode, sizes = generation.decode, []

    def limited(model, prompts, *args, **options):
        sizes.append(len(prompts))
        if len(prompts) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return decode(model, prompts, *args, **options)

    monkeypatch.setattr(generation, "decode", limited)
    assert answers(tiny_model, asked(), "iacrl") == whole
    assert sizes == [4, 2, 1, 1, 1, 1, 1] and "going on with 1" in capsys.readouterr().err


def test_a_run_writes_by_the_decoder_and_halves_as_memory_requires(small, sft_run, checking_peak_memory, monkeypatch):
    from iacrl.training import trainers

    decode, sizes = trainers.decode, []

    def limited(model, prompts, *args, ends, **options):
        sizes.append((len(prompts), bool(ends)))
        if len(prompts) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return decode(model, prompts, *args, ends=ends, **options)

    monkeypatch.setattr(trainers, "decode", limited)
    found = run("grpo", [*small, "model.decoder=iacrl"])
    assert sizes == [(4, False), (2, False), (2, False), *[(2, True)] * 4], "the check of peak memory never ends early"
    assert [len(row["completion"]) > 0 for row in rows(found.samples)] == [True] * 8


MERGED = ["model.decoder=iacrl", "grpo.rollout=merged"]


def trained_policy(path, **overrides):
    """A policy whose adapter changes much, so that a lost one would show."""
    config = load_config("tiny-cpu", [f"model.id={path}", *(f"{key}={value}" for key, value in overrides.items())])
    policy = add_adapter(load_base(config.model), config.model, config.lora)
    torch.manual_seed(1)
    for name, parameter in policy.named_parameters():
        if "lora_B" in name:
            parameter.data.normal_(std=0.1)
    return config, policy


@pytest.mark.parametrize("quantization", ["nf4", "none"])
def test_the_copy_has_the_weights_of_the_export_and_follows_the_policy(quantization, tiny_model, tmp_path):
    from iacrl.training.rollout_copy import RolloutCopy
    from iacrl.training.trained_policy import _merged

    config, policy = trained_policy(tiny_model, **{"model.quantization": quantization})
    policy.save_pretrained(str(tmp_path))
    expected = _merged(config, tmp_path).state_dict()
    copied = RolloutCopy(policy)
    found = copied.renewed(0).state_dict()
    assert found.keys() == expected.keys() and all(found[name].equal(expected[name]) for name in found)
    held = {parameter.data_ptr() for parameter in policy.get_base_model().parameters()}
    assert copied.model.get_input_embeddings().weight.data_ptr() in held, "what is not adapted is not copied"
    for name, parameter in policy.named_parameters():
        assert parameter.requires_grad == ("lora_" in name)
    before = found["model.layers.0.self_attn.q_proj.weight"].clone()
    next(parameter for name, parameter in policy.named_parameters() if "q_proj.lora_B" in name).data.add_(1)
    renewed = copied.renewed(0).state_dict()["model.layers.0.self_attn.q_proj.weight"]
    assert renewed.equal(before), "the weights of one step are merged once"
    copied.release()
    assert not copied.held
    assert not copied.renewed(1).state_dict()["model.layers.0.self_attn.q_proj.weight"].equal(before)


@pytest.mark.parametrize("amx", [True, False])
def test_the_copy_answers_one_row_as_it_answers_it_among_others(amx, tiny_model, monkeypatch):
    """In 16 bits with AMX it multiplies a single token by a vector, and several tokens by a matrix."""
    from iacrl.training import rollout_copy
    from iacrl.training.rollout_copy import RolloutCopy

    monkeypatch.setattr(rollout_copy, "_has_amx", lambda: amx)
    settings = {"model.quantization": "none", "model.compute_dtype": "bfloat16"}
    plain = RolloutCopy(trained_policy(tiny_model, **settings)[1]).renewed(0)
    inner = plain.model.layers[0].self_attn.q_proj
    assert inner.bias is not None
    rows = torch.randn(3, 1, inner.in_features, dtype=torch.bfloat16)
    for linear in (inner, plain.lm_head):
        alone = torch.cat([linear(row[None]) for row in rows])
        torch.testing.assert_close(alone, linear(rows), rtol=0.02, atol=0.02)


def test_a_copy_that_is_not_the_policy_is_refused(tiny_model, monkeypatch):
    from iacrl.training import rollout_copy

    config, policy = trained_policy(tiny_model, **{"model.decoder": "iacrl", "grpo.rollout": "merged"})
    made, gap = rollout_copy.open_copy(config, policy, [[5, 6, 7], [8, 9]])
    assert gap < 1e-4 and not made.held
    merge = rollout_copy._merged_weight
    monkeypatch.setattr(rollout_copy, "_merged_weight", lambda module: merge(module) * 6)
    with pytest.raises(UserError, match=r"nats a token from the policy.*grpo\.rollout=policy"):
        rollout_copy.open_copy(config, policy, [[5, 6, 7], [8, 9]])


@FORKS
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_killed_run_with_a_copy_resumes_to_the_same_bits(dtype, small, sft_run, tmp_path):
    overrides = [*small, *MERGED, "grpo.steps=4", "grpo.save_every=2", "grpo.steps_per_generation=2"]
    if dtype == "bfloat16":  # the loss is corrected then
        overrides.append("model.compute_dtype=bfloat16")
        run("sft", [*small, "model.compute_dtype=bfloat16"], overwrite=True)
    parent = RunDirectory(stage_path(load_config("tiny-cpu", small), "sft"))
    told = tmp_path / "told"
    assert exit_status(fork(iacrl_command("grpo", overrides, die_at=4), told)) == -signal.SIGKILL, told.read_text()
    resumed = run("grpo", overrides, resume=True)
    whole = run("grpo", [*overrides, f"run.dir={tmp_path / 'whole'}"], parent=parent.path)
    assert same(adapter(resumed), adapter(whole))
    metrics = rows(whole.path / "metrics.jsonl")
    assert [row["rollout/logprob_gap"] for row in metrics if "rollout/logprob_gap" in row]
    corrected = ["sampling/importance_sampling_ratio/mean" in row for row in metrics]
    assert any(corrected) == (dtype == "bfloat16")
    gap = max(row.get("rollout/logprob_gap", 0.0) for row in metrics)
    assert 0 < gap < (1e-4 if dtype == "float32" else 0.05)
    assert whole.read_manifest()["rollout"]["by"] == "merged"


@pytest.mark.parametrize("rollout", ["merged", "policy"])
def test_the_gate_the_probe_and_validation_write_as_the_rollouts_do(rollout, small, sft_run, monkeypatch):
    from bitsandbytes.nn import Linear4bit

    from iacrl.training import trainers

    read = []

    def watched(decode, name):
        def decoded(model, prompts, *args, **options):
            merged = not any(isinstance(module, Linear4bit) for module in model.modules())
            read.append((name, len(prompts), merged))
            return decode(model, prompts, *args, **options)

        return decoded

    monkeypatch.setattr(generation, "decode", watched(generation.decode, "measured"))
    monkeypatch.setattr(trainers, "decode", watched(trainers.decode, "rollouts"))
    measured = [
        "gates.action=warn", "gates.rows=3", "gates.samples=2", "probe.every=1", "probe.rows=2",
        "grpo.eval_every=1", "grpo.eval_rows=1", "grpo.steps=1", "eval.batch_size=8",
    ]  # fmt: skip
    run("grpo", [*small, "model.decoder=iacrl", f"grpo.rollout={rollout}", *measured])
    merged = rollout == "merged"
    gate, rollouts, validation, probe = (("measured", 6), ("rollouts", 4), ("measured", 1), ("measured", 2))
    assert read == [(*one, merged) for one in (gate, rollouts, validation, probe)]


def test_memory_that_runs_out_in_training_takes_the_copy_first(small, sft_run, monkeypatch, capsys):
    from trl import GRPOTrainer

    compute, calls = GRPOTrainer.compute_loss, []

    def limited(self, *args, **kwargs):
        calls.append(self.rollouts.held)
        if self.rollouts.held:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return compute(self, *args, **kwargs)

    monkeypatch.setattr(GRPOTrainer, "compute_loss", limited)
    found = run("grpo", [*small, *MERGED])
    assert calls == [True, False, False, False, False], "and then it is freed after each generation"
    assert "the rollout copy is freed" in capsys.readouterr().err
    assert found.read_manifest()["status"] == "complete"


def test_settings_that_contradict_a_copy_are_told():
    for overrides, words in (
        ([*MERGED, "model.decoder=transformers"], "needs model.decoder = iacrl"),
        ([*MERGED, "lora.dora=true"], "plain LoRA"),
    ):
        with pytest.raises(UserError, match=words):
            load_config("tiny-cpu", overrides)
