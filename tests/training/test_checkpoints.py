"""A checkpoint is measured, exported and continued like a finished stage, also that of an unfinished run."""

import json
import shutil

import pytest
import torch
from stage_runs import run

from iacrl.errors import UserError
from iacrl.runs.directory import RunDirectory, run_at
from iacrl.training.trained_files import saved_digest


@pytest.fixture
def checkpoint(small):
    """The first of two checkpoints of an SFT run that was interrupted."""
    found = run("sft", [*small, "sft.save_every=1", "sft.warmup_steps=0"])
    path = found.checkpoints / "checkpoint-2"
    shutil.rmtree(found.adapter)
    found.update_manifest({"status": "interrupted"})
    return path


def test_it_is_evaluated_exported_and_continued(checkpoint, small, run_cli, tmp_path):
    digest = saved_digest(checkpoint)
    done = run_cli("eval", "--model", checkpoint, "--trust", "eval.decodings=[greedy]", "eval.rows=2")
    assert done.status == 0, done.err
    policies = json.loads((tmp_path / "runs" / "small-sft-2" / "eval" / "manifest.json").read_text())["policies"]
    assert [(one["label"], one["identity"].get("adapter")) for one in policies] == [("base", None), ("sft-2", digest)]

    for name, options in (("merged", ["--trust"]), ("adapter", ["--adapter-only"])):
        done = run_cli("export", checkpoint, "--out", tmp_path / name, *options)
        assert done.status == 0, done.err
        assert json.loads((tmp_path / name / "iacrl.json").read_text())["adapter_digest"] == digest
    assert not [path for path in (tmp_path / "adapter").iterdir() if path.suffix in (".pt", ".pth", ".bin")]

    grpo = run("grpo", small, parent=checkpoint)
    manifest = grpo.read_manifest()
    assert manifest["parent"] == {"path": str(checkpoint), "adapter_digest": digest}
    assert manifest["adapter_digest_before"] == digest != manifest["adapter_digest"]


def test_an_unfinished_run_names_its_checkpoint_and_half_a_checkpoint_is_refused(checkpoint, small, run_cli):
    stage = checkpoint.parent.parent
    with pytest.raises(UserError, match=f"not finished.*It has a checkpoint: {checkpoint}"):
        run("grpo", small)
    (checkpoint / "trainer_state.json").unlink()
    done = run_cli("eval", "--model", checkpoint, "--trust", "eval.rows=2")
    assert done.status == 2 and "is not a complete checkpoint" in done.err
    assert run_at(stage) == RunDirectory(stage) and run_at(checkpoint) == RunDirectory(stage, checkpoint)
    assert run_at(checkpoint / "nothing") is None


def test_a_foreign_run_is_not_resumed_blindly(checkpoint, small, tmp_path):
    stage, kept = checkpoint.parent.parent, tmp_path / "kept"
    shutil.copytree(stage, kept)
    options = [*small, "sft.save_every=1", "sft.warmup_steps=0"]

    def refused(file, told, **entries):
        shutil.rmtree(stage)
        shutil.copytree(kept, stage)
        at = stage / file
        if entries:
            at.write_text(json.dumps(json.loads(at.read_text()) | entries))
        else:
            shutil.copytree(checkpoint, at)
        with pytest.raises(UserError, match=told):
            run("sft", options, resume=True)

    state, adapter = (f"checkpoints/checkpoint-2/{name}" for name in ("trainer_state.json", "adapter_config.json"))
    refused(state, "global_step is '3', and the folder is of step 2", global_step=3)
    refused(state, "logging_steps is 'x'", logging_steps="x")
    refused(state, "train_batch_size is 'None'", train_batch_size=None)
    refused(state, "log_history is", log_history={})
    refused(state, "knows no 'an_entry'", an_entry=1)
    refused(adapter, "megatron_co", megatron_core="antigravity", megatron_config={"a": 1})
    refused("checkpoints/checkpoint-2/other", "an adapter that iacrl did not save")
    for key, value in (("hardware", []), ("data", True), ("resumed", {}), ("lineage", "x"), ("warnings", 1)):
        refused("manifest.json", f"is damaged: '{key}' is", **{key: value})
    refused("manifest.json", r"expected the number of a `step`", warnings=[{"step": "x"}])


def test_what_a_loss_of_power_leaves_of_a_checkpoint_is_refused_and_kept(small, run_cli):
    found = run("sft", [*small, "sft.save_every=1"])
    last = found.latest_checkpoint()

    def refused(file, size, told):
        whole = (last / file).read_bytes()
        if size is None:
            (last / file).unlink()
        else:
            (last / file).write_bytes(whole[:size])
        before = found.read_manifest(), sorted(last.iterdir())
        done = run_cli("sft", "--config", "tiny-cpu", "--resume", *small, "sft.save_every=1", "sft.steps=5")
        assert done.status == 2 and told in done.err
        assert (found.read_manifest(), sorted(last.iterdir())) == before
        (last / file).write_bytes(whole)

    refused("optimizer.pt", None, "the state of the optimizer is missing")
    refused("optimizer.pt", 0, "optimizer.pt is damaged")
    refused("scheduler.pt", 300, "scheduler.pt is damaged")
    refused("rng_state.pth", None, "the state of the random numbers is missing")
    refused("rng_state.pth", 900, "rng_state.pth is damaged")
    refused("trainer_state.json", 0, "its last checkpoint is gone or damaged")
    torch.save([1], last / "scheduler.pt")
    done = run_cli("sft", "--config", "tiny-cpu", "--resume", *small, "sft.save_every=1", "sft.steps=5")
    assert done.status == 2 and "the state of the optimizer or the schedule does not fit" in done.err


def test_a_checkpoint_that_is_a_link_is_refused(checkpoint, small, tmp_path):
    moved = checkpoint.rename(tmp_path / "moved")
    checkpoint.symlink_to(moved)
    with pytest.raises(UserError, match="checkpoint-2: is a link"):
        run("sft", [*small, "sft.save_every=1", "sft.warmup_steps=0"], resume=True)
