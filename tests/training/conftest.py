"""What the tests of training share."""

import shutil

import pytest
import torch
from stage_runs import run

from iacrl.config.recipes import load_config
from iacrl.runs.directory import RunDirectory, stage_path


@pytest.fixture(scope="session")
def finished_sft(small_stages, tmp_path_factory):
    """A short SFT run on the tiny model, trained once."""
    return run("sft", [*small_stages, f"run.dir={tmp_path_factory.mktemp('sft')}"])


@pytest.fixture
def sft_run(small, finished_sft):
    """That run in the place where GRPO with the overrides `small` looks for its parent."""
    path = stage_path(load_config("tiny-cpu", small), "sft")
    shutil.copytree(finished_sft.path, path)
    return RunDirectory(path)


@pytest.fixture
def checking_peak_memory(monkeypatch):
    """Makes training begin with a check of peak memory, as it does on a GPU."""
    from iacrl.training import stage
    from iacrl.training.callbacks import PeakMemoryCheck

    train = stage._train

    def checked(trainer, *args):
        trainer.add_callback(PeakMemoryCheck(trainer, [5] * 700))
        train(trainer, *args)

    monkeypatch.setattr(stage, "_train", checked)


@pytest.fixture
def read(monkeypatch):
    """How many tokens each forward pass with gradients reads in its first layer."""
    from transformers import Qwen2ForCausalLM

    counts, build = [], Qwen2ForCausalLM.__init__

    def watched(self, *args, **kwargs):
        build(self, *args, **kwargs)
        self.model.embed_tokens.register_forward_hook(
            lambda module, inputs, found: counts.append(inputs[0].numel()) if torch.is_grad_enabled() else None
        )

    monkeypatch.setattr(Qwen2ForCausalLM, "__init__", watched)
    return counts
