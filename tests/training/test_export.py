"""What `iacrl export` writes is the policy that was trained, or it is not written."""

import json

import pytest
import torch
from click.testing import CliRunner
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

from iacrl.config import load_config
from iacrl.errors import UserError


@pytest.fixture
def trained(tiny_model, letters_reward, tmp_path):
    """A short SFT run whose adapter has moved far from nothing."""
    from iacrl.training.sft import run_sft

    config = load_config(
        "tiny-cpu",
        [
            f"model.id={tiny_model}",
            f"run.dir={tmp_path / 'runs'}",
            "run.name=small",
            "data.sft_rows=16",
            "sft.batch_size=8",
            "sft.learning_rate=2e-2",
            "sft.epochs=8",
            f'rewards.weights={{"{letters_reward}": 1.0}}',
            "gates.action=skip",
            "eval.max_completion_tokens=8",
        ],
    )
    return run_sft(config)


def call(*arguments):
    from iacrl.cli.export import command

    return CliRunner().invoke(command, [str(item) for item in arguments], catch_exceptions=False)


def test_merged_weights_are_the_trained_policy(trained, tmp_path, monkeypatch):
    from iacrl.training import export

    target = tmp_path / "out" / "policy"
    check = export.export_merged(export.find_run(trained.path.parent), target)
    assert check.holds
    assert abs(check.score_before - check.score_after) < 0.1
    weights = AutoModelForCausalLM.from_pretrained(target)
    assert weights.dtype == torch.bfloat16
    assert weights.generation_config.eos_token_id == [weights.config.eos_token_id]
    assert PreTrainedTokenizerFast.from_pretrained(target).chat_template
    facts = json.loads((target / "iacrl.json").read_text())
    assert facts["adapter_digest"] == trained.read_manifest()["adapter_digest"]
    assert facts["check"]["tasks"] == check.tasks > 0

    # The check can fail: weights without the adapter are refused, and nothing is left of them.
    def without_adapter(config, adapter):
        return export.load_base(config.model).dequantize()

    monkeypatch.setattr(export, "_merge", without_adapter)
    with pytest.raises(UserError, match="not the trained policy"):
        export.export_merged(trained, tmp_path / "lost")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["out", "runs"]


def test_the_adapter_alone(trained, tmp_path):
    target = tmp_path / "adapter"
    assert call(trained.path, "--to", target, "--adapter-only").exit_code == 0
    names = {path.name for path in target.iterdir()}
    assert {"adapter_model.safetensors", "adapter_config.json", "tokenizer.json", "iacrl.json"} <= names
    with pytest.raises(UserError, match="not empty"):
        call(trained.path, "--to", target, "--adapter-only")
    assert call(trained.path, "--to", target, "--adapter-only", "--overwrite").exit_code == 0


def test_a_folder_without_a_finished_stage_is_refused(tmp_path):
    with pytest.raises(UserError, match="no finished training stage"):
        call(tmp_path, "--to", tmp_path / "out")
