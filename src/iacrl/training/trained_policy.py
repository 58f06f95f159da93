"""A trained policy that is about to be written elsewhere: measured as it is, then merged into its base."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import GenerationConfig, PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.config.of_run import load_config_of_run
from iacrl.config.recipes import Config
from iacrl.runs.directory import RunDirectory
from iacrl.runs.set_up import set_up
from iacrl.runs.splits import Tasks, read_split, spread
from iacrl.tasks import Task
from iacrl.training.export_check import Measurement, measure_policy
from iacrl.training.generation import end_tokens
from iacrl.training.lineage import check_still_there, check_trained, describe_lineage, finished_parent
from iacrl.training.model import load_base, trained_as_base
from iacrl.training.saved_adapter import load_adapter
from iacrl.training.tokenizer import load_tokenizer
from iacrl.training.trained_files import is_adapter

#: Validation tasks for comparing what was written with the trained policy.
CHECKED_TASKS = 16


@dataclass(frozen=True, slots=True)
class TrainedPolicy:
    """A run's policy, as it was trained.

    Attributes:
        config: Of the run, on a device that this machine has.
        asked: The validation tasks, in equal shares over families.
        before: What the policy does on the first `CHECKED_TASKS` of them.
    """

    run: RunDirectory
    config: Config
    tokenizer: PreTrainedTokenizerBase
    asked: Sequence[Task]
    before: Measurement

    @property
    def tasks(self) -> Sequence[Task]:
        """The validation tasks of the comparison."""
        return self.asked[:CHECKED_TASKS]

    def merged(self) -> PreTrainedModel:
        """Return the base with the adapter merged into it, in the precision in which it was trained."""
        merged = _merged(self.config, self.run.trained)
        # With the policy's own end tokens.
        merged.generation_config = GenerationConfig(
            eos_token_id=sorted(end_tokens(merged, self.tokenizer)), pad_token_id=self.tokenizer.pad_token_id
        )
        return merged


def measure_trained(run: RunDirectory, *, trust: bool) -> TrainedPolicy:
    """Return the policy of a finished training stage, measured.

    Args:
        trust: Whether code that the run's configuration names may be run; see `iacrl.config.of_run`.

    Raises:
        UserError: The base, its tokenizer or the prompt is not what the run was trained on, or the adapter is not the
            one that it trained.
    """
    config = _on_this_machine(load_config_of_run(run.path, trust=trust))
    set_up(config)
    manifest = finished_parent(run, "Finish its training first.")
    check_trained(run)
    tokenizer = load_tokenizer(config.model)
    asked = spread(read_split(config, "validation").tasks)
    base = load_base(config.model)
    check_still_there(describe_lineage(config, base, tokenizer, Tasks((), {})), run, manifest)
    whole = not is_adapter(run.trained)
    policy = _merged(config, run.trained) if whole else load_adapter(base, run.trained)
    before = measure_policy(policy, tokenizer, asked[:CHECKED_TASKS], config)
    return TrainedPolicy(run, config, tokenizer, asked, before)


def _merged(config: Config, trained: Path) -> PreTrainedModel:
    """Return the base with an adapter merged into it, or the whole model that was trained from it."""
    if not is_adapter(trained):
        return load_base(trained_as_base(config.model, trained))
    base = load_base(config.model)
    if config.model.quantization != "none":
        base = base.dequantize()
    merged: PreTrainedModel = load_adapter(base, trained).merge_and_unload(safe_merge=True)
    return merged


def _on_this_machine(config: Config) -> Config:
    """Return the configuration, on the CPU if there is no GPU: export does not train, and 4-bit works on both."""
    if config.model.device == "cuda" and not torch.cuda.is_available():
        return config.model_copy(update={"model": config.model.model_copy(update={"device": "cpu"})})
    return config
