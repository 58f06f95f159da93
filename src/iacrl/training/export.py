"""Exporting a trained policy: its adapter merged into 16-bit weights that any loader reads, or the adapter alone.

Merging into 4-bit weights would round the adapter away, and merging into the original base would add it to weights it
was not trained on. So the 4-bit base is dequantized, the adapter attached and merged; then what was written is loaded
again and held against the policy that was trained, on gold answers and on what both write.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, GenerationConfig, PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.config import Config, load_config
from iacrl.errors import UserError
from iacrl.files import write_json
from iacrl.prompt import build_prompt
from iacrl.scoring.rubric import Rubric, build_rubric
from iacrl.tasks import Task
from iacrl.training.generation import Decoding, generate
from iacrl.training.model import load_base, load_tokenizer
from iacrl.training.rows import read_split, sft_row, spread
from iacrl.training.run_directory import RunDirectory
from iacrl.training.stage import set_up

Precision = Literal["bfloat16", "float16"]

#: How far the mean log-probability of a gold answer's tokens may move. Rounding to 16 bit moves it by less than 0.01;
#: a lost or doubled adapter by tenths.
TOLERANCE = 0.05

#: Validation tasks on which the written weights are held against the trained policy.
CHECKED_TASKS = 16


@dataclass(frozen=True, slots=True)
class Check:
    """What was written, beside what was trained.

    Attributes:
        tasks: How many validation tasks were looked at.
        log_probability_before, log_probability_after: Mean over the tokens of the gold answers, in nats.
        score_before, score_after: Mean score of what each writes greedily.
    """

    tasks: int
    log_probability_before: float
    log_probability_after: float
    score_before: float
    score_after: float

    @property
    def holds(self) -> bool:
        """True when the gold answers are as likely as before."""
        return abs(self.log_probability_after - self.log_probability_before) <= TOLERANCE


def find_run(path: Path) -> RunDirectory:
    """Return the finished training stage at `path`, or the newest one of the run at `path`.

    Raises:
        UserError: There is none.
    """
    for run in (RunDirectory(path), RunDirectory(path / "grpo"), RunDirectory(path / "sft")):
        if run.adapter.is_dir() and run.read_manifest().get("status") == "complete":
            return run
    raise UserError(f"{path} holds no finished training stage. Name a run such as runs/NAME, or one of its stages.")


def export_adapter(run: RunDirectory, target: Path, *, overwrite: bool = False) -> None:
    """Copy the adapter with its tokenizer, for peft and for servers that load adapters.

    Raises:
        UserError: Something stands in the target already.
    """
    partial = _open(target, overwrite=overwrite)
    shutil.copytree(run.adapter, partial, dirs_exist_ok=True)
    _finish(partial, target, run, {"form": "adapter"})


def export_merged(
    run: RunDirectory, target: Path, *, precision: Precision = "bfloat16", overwrite: bool = False
) -> Check:
    """Write the policy as plain safetensors with tokenizer and generation settings, and check what was written.

    Args:
        run: A finished training stage.
        target: The folder to write.
        precision: Of the weights.
        overwrite: Replace what stands in the target.

    Raises:
        UserError: Something stands in the target already, or the written weights are not the trained policy; then
            nothing is left behind.
    """
    config = _on_this_machine(load_config(str(run.path / "config.yaml")))
    set_up(config)
    tokenizer = load_tokenizer(config.model)
    tasks = spread(read_split(config, "validation").tasks)[:CHECKED_TASKS]
    rewards = config.rewards
    rubric = build_rubric(rewards.weights, rewards.gates, rewards.kubernetes_version)
    partial = _open(target, overwrite=overwrite)
    try:
        policy = PeftModel.from_pretrained(load_base(config.model), str(run.adapter))
        before = _measure(policy, tokenizer, tasks, rubric, config)
        del policy
        merged = _merge(config, run.adapter)
        merged.generation_config = _generation_settings(merged, tokenizer)
        merged.to(getattr(torch, precision)).save_pretrained(str(partial))
        del merged
        tokenizer.save_pretrained(str(partial))
        written = AutoModelForCausalLM.from_pretrained(
            str(partial), dtype=getattr(torch, config.model.compute_dtype), device_map={"": _device(config)}
        )
        check = Check(len(tasks), *_paired(before, _measure(written, tokenizer, tasks, rubric, config)))
        if not check.holds:
            raise UserError(
                f"The merged weights are not the trained policy: the mean log-probability of gold answers went from "
                f"{check.log_probability_before:.3f} to {check.log_probability_after:.3f}. {target} was not written. "
                "Please report this, with the model's id; `--adapter-only` exports what was trained as it is."
            )
        _finish(partial, target, run, {"form": "merged", "precision": precision, "check": asdict(check)})
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return check


def _merge(config: Config, adapter: Path) -> PreTrainedModel:
    base = load_base(config.model)
    if config.model.quantization != "none":
        base = base.dequantize()
    merged: PreTrainedModel = PeftModel.from_pretrained(base, str(adapter)).merge_and_unload(safe_merge=True)
    return merged


def _measure(
    model: PreTrainedModel | PeftModel,
    tokenizer: PreTrainedTokenizerBase,
    tasks: Sequence[Task],
    rubric: Rubric,
    config: Config,
) -> tuple[float, float]:
    """Return the mean log-probability of the gold answers' tokens and the mean score of greedy completions."""
    completions = generate(
        model,
        tokenizer,
        [build_prompt(task) for task in tasks],
        Decoding(0.0),
        max_tokens=config.eval.max_completion_tokens,
        batch_size=config.eval.batch_size,
        seed=config.run.seed,
    )
    scores = [rubric.score(found.text, task).total for found, task in zip(completions, tasks, strict=True)]
    log_probabilities = [_gold_log_probability(model, tokenizer, task) for task in tasks]
    return sum(log_probabilities) / len(tasks), sum(scores) / len(tasks)


@torch.inference_mode()
def _gold_log_probability(model: PreTrainedModel | PeftModel, tokenizer: PreTrainedTokenizerBase, task: Task) -> float:
    row = sft_row(task)
    prompt = tokenizer.apply_chat_template(row["prompt"], tokenize=False, add_generation_prompt=True)
    whole = tokenizer.apply_chat_template([*row["prompt"], *row["completion"]], tokenize=False)
    start = len(tokenizer(prompt, add_special_tokens=False)["input_ids"])
    ids = tokenizer(whole, return_tensors="pt", add_special_tokens=False)["input_ids"].to(model.device)
    log_probabilities = model(input_ids=ids).logits[0, start - 1 : -1].float().log_softmax(-1)
    return float(log_probabilities.gather(1, ids[0, start:, None]).mean())


def _paired(before: tuple[float, float], after: tuple[float, float]) -> tuple[float, float, float, float]:
    return before[0], after[0], before[1], after[1]


def _generation_settings(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> GenerationConfig:
    """Return settings that stop where the policy was trained to stop."""
    declared = model.generation_config.eos_token_id if model.generation_config is not None else None
    ends = {*(declared if isinstance(declared, list) else [declared]), tokenizer.eos_token_id} - {None}
    return GenerationConfig(eos_token_id=sorted(ends), pad_token_id=tokenizer.pad_token_id)


def _on_this_machine(config: Config) -> Config:
    """Return the configuration on the CPU where there is no GPU: exporting is no training, and 4-bit works on both."""
    if config.model.device == "cuda" and not torch.cuda.is_available():
        return config.model_copy(update={"model": config.model.model_copy(update={"device": "cpu"})})
    return config


def _device(config: Config) -> int | str:
    return 0 if config.model.device == "cuda" else "cpu"


def _open(target: Path, *, overwrite: bool) -> Path:
    """Return a new folder beside the target, to be renamed when all is in it."""
    if target.exists() and not target.is_dir():
        raise UserError(f"{target} is a file; --to names a folder.")
    if target.exists() and any(target.iterdir()) and not overwrite:
        raise UserError(f"{target} is not empty. Choose another folder, or replace it with --overwrite.")
    target.parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))


def _finish(partial: Path, target: Path, run: RunDirectory, facts: dict[str, Any]) -> None:
    manifest = run.read_manifest()
    write_json(
        partial / "iacrl.json",
        {"run": str(run.path), **{key: manifest[key] for key in ("stage", "adapter_digest", "lineage")}, **facts},
    )
    partial.chmod(0o755)
    if target.exists():
        shutil.rmtree(target)
    partial.replace(target)
