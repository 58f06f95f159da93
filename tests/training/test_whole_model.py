"""`lora: null` trains all weights: the same path from SFT to the export, without an adapter."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file
from stage_runs import rows, run

from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.runs.directory import RunDirectory


@pytest.fixture
def whole(small):
    return [
        *small,
        "lora=null",
        "model.quantization=none",
        "grpo.beta=0.05",
        "grpo.save_every=1",
        "grpo.lr_schedule=constant",
    ]


def weights(found):
    return load_file(found.trained / "model.safetensors")


def equal(one, other):
    return one.keys() == other.keys() and all(one[name].equal(other[name]) for name in one)


def test_both_stages_train_the_model_itself_from_sft_to_the_export(whole, run_cli, tmp_path):
    sft = run("sft", whole)
    manifest = sft.read_manifest()
    assert sft.trained == sft.path / "model" and not sft.adapter.exists()
    assert manifest["trained_parameters"] == sum(tensor.numel() for tensor in weights(sft).values())
    grpo = run("grpo", whole)
    start, end = sft.read_manifest(), grpo.read_manifest()
    assert end["adapter_digest_before"] == start["adapter_digest"] != end["adapter_digest"]
    assert end["parent"]["adapter_digest"] == start["adapter_digest"]
    # The reference is the SFT model and not the base, from which the policy would differ at once.
    assert rows(grpo.path / "metrics.jsonl")[0]["kl"] == pytest.approx(0, abs=1e-6)

    again = [*whole, "run.name=again"]
    run("grpo", [*again, "grpo.steps=1"], parent=sft.path)
    longer = run("grpo", again, parent=sft.path, resume=True)
    killed = RunDirectory(longer.path.parent.parent / "killed" / "grpo")
    assert not equal(weights(longer), weights(sft))
    shutil.copytree(longer.path, killed.path)  # a run that was killed between its last checkpoint and its end
    shutil.rmtree(killed.model)
    killed.update_manifest({"status": "interrupted"})
    (killed.path / "config.yaml").write_text(load_config("tiny-cpu", [*again, "run.name=killed"]).to_yaml())
    run("grpo", [*again, "run.name=killed"], parent=sft.path, resume=True)
    assert equal(weights(killed), weights(longer)) and equal(weights(longer), weights(grpo))

    done = run_cli("eval", "--config", "tiny-cpu", *whole, "eval.decodings=[greedy]", "eval.rows=2")
    assert done.status == 0, done.err
    identities = [one["identity"].get("adapter") for one in _policies(tmp_path / "runs" / "small" / "eval")]
    assert identities == [None, start["adapter_digest"], end["adapter_digest"]]

    done = run_cli("export", grpo.path, "--out", tmp_path / "export", "--trust")
    assert done.status == 0, done.err
    exported = load_file(tmp_path / "export" / "model.safetensors")
    assert equal(exported, {name: tensor.to(torch.bfloat16) for name, tensor in weights(grpo).items()})
    done = run_cli("export", grpo.path, "--out", tmp_path / "adapter", "--adapter-only")
    assert done.status == 2 and "trained the whole model" in done.err


def _policies(folder):
    return json.loads((folder / "manifest.json").read_text())["policies"]


def test_4_bit_weights_are_refused(small):
    with pytest.raises(UserError, match=r"lora = null with model.quantization = nf4: .*model.quantization=none"):
        load_config("tiny-cpu", [*small, "lora=null"])
    assert load_config("tiny-cpu", [*small, "model.quantization=none", "lora=null", "lora.rank=4"]).lora.rank == 4


def test_an_adapter_is_not_continued_without_one_nor_a_model_with_one(small, sft_run):
    plain = [*small, "model.quantization=none", "run.name=other"]
    sft_run.update_manifest({"lineage": {**sft_run.read_manifest()["lineage"], "quantization": "none"}})
    with pytest.raises(UserError, match="trained an adapter, and with lora = null"):
        run("grpo", [*plain, "lora=null"], parent=sft_run.path)
    shutil.rmtree(sft_run.adapter)
    sft_run.model.mkdir()
    with pytest.raises(UserError, match="trained the whole model, and this run would train an adapter"):
        run("grpo", plain, parent=sft_run.path)
