"""Exporting a trained policy: the adapter merged into 16-bit weights for any loader, or the adapter alone.

Merging into 4-bit weights would round the adapter away, and merging into the original base would add it to weights it
was not trained on. So the 4-bit base is dequantized, and the adapter is attached and merged. The export is then loaded
again and compared with the trained policy, on gold answers and on what both write.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, GenerationConfig, PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.config.of_run import load_config_of_run
from iacrl.config.recipes import Config
from iacrl.errors import UserError
from iacrl.files import share, write_json
from iacrl.runs.directory import RunDirectory
from iacrl.runs.set_up import set_up
from iacrl.runs.splits import Tasks, read_split, spread
from iacrl.training.export_check import ExportCheck, compare, load_saved_tokenizer, measure_policy, save_tokenizer
from iacrl.training.full_disk import full_disk_is_told
from iacrl.training.generation import end_tokens
from iacrl.training.lineage import check_saved_adapter, check_still_there, describe_lineage, finished_parent
from iacrl.training.model import load_base
from iacrl.training.tokenizer import load_tokenizer

Precision = Literal["bfloat16", "float16"]

#: Validation tasks for comparing the written weights with the trained policy.
CHECKED_TASKS = 16


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
        UserError: The adapter is not the one that the run trained, or the target exists already.
    """
    check_saved_adapter(run, run.read_manifest())
    with _opened(target, overwrite=overwrite) as partial:
        shutil.copytree(run.adapter, partial, dirs_exist_ok=True)
        _finish(partial, target, run, {"form": "adapter"})


def export_merged(
    run: RunDirectory,
    target: Path,
    *,
    precision: Precision = "bfloat16",
    overwrite: bool = False,
    trust: bool = False,
) -> ExportCheck:
    """Write the policy as plain safetensors with tokenizer and generation settings, and check the result.

    Args:
        trust: Whether code that the run's configuration names may be run; see `iacrl.config.of_run`.

    Raises:
        UserError: The base, its tokenizer or the prompt is not what the run was trained on; the adapter is not the one
            that it trained; the target exists already; or the result is not the trained policy. Then nothing is left
            behind.
    """
    config = _on_this_machine(load_config_of_run(run.path, trust=trust))
    set_up(config)
    manifest = finished_parent(run, "Finish its training first.")
    check_saved_adapter(run, manifest)
    tokenizer = load_tokenizer(config.model)
    asked = spread(read_split(config, "validation").tasks)
    tasks = asked[:CHECKED_TASKS]
    rubric = config.rubric()
    with _opened(target, overwrite=overwrite) as partial:
        base = load_base(config.model)
        check_still_there(describe_lineage(config, base, tokenizer, Tasks((), {})), run, manifest)
        policy = PeftModel.from_pretrained(base, str(run.adapter))
        before = measure_policy(policy, tokenizer, tasks, rubric, config)
        del policy, base
        merged = _merge(config, run.adapter)
        merged.generation_config = _generation_settings(merged, tokenizer)
        merged.to(getattr(torch, precision)).save_pretrained(str(partial))
        del merged
        # From here on everything is read back as users will read it.
        place = save_tokenizer(tokenizer, partial, asked, config)
        written = AutoModelForCausalLM.from_pretrained(
            str(partial),
            dtype=getattr(torch, config.model.compute_dtype),
            device_map={"": _device(config)},
            trust_remote_code=config.model.trust_remote_code,
        )
        found = load_saved_tokenizer(partial / place, config)
        check = compare(before, measure_policy(written, found, tasks, rubric, config), place)
        if check.wrong():
            raise UserError(
                f"The merged weights are not the trained policy: {check.wrong()}. {target} was not written. "
                "Please report this, with the model's id; `--adapter-only` exports what was trained as it is."
            )
        _finish(partial, target, run, {"form": "merged", "precision": precision, "check": asdict(check)})
    return check


def _merge(config: Config, adapter: Path) -> PreTrainedModel:
    base = load_base(config.model)
    if config.model.quantization != "none":
        base = base.dequantize()
    merged: PreTrainedModel = PeftModel.from_pretrained(base, str(adapter)).merge_and_unload(safe_merge=True)
    return merged


def _generation_settings(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> GenerationConfig:
    """Return generation settings with the policy's own end tokens."""
    return GenerationConfig(eos_token_id=sorted(end_tokens(model, tokenizer)), pad_token_id=tokenizer.pad_token_id)


def _on_this_machine(config: Config) -> Config:
    """Return the configuration, on the CPU if there is no GPU: export does not train, and 4-bit works on both."""
    if config.model.device == "cuda" and not torch.cuda.is_available():
        return config.model_copy(update={"model": config.model.model_copy(update={"device": "cpu"})})
    return config


def _device(config: Config) -> int | str:
    return 0 if config.model.device == "cuda" else "cpu"


@contextmanager
def _opened(target: Path, *, overwrite: bool) -> Iterator[Path]:
    """Yield a new folder next to the target. Rename it to the target at the end; delete it on an error."""
    if target.exists() and not target.is_dir():
        raise UserError(f"{target} is a file; --to names a folder.")
    if target.exists() and any(target.iterdir()) and not overwrite:
        raise UserError(f"{target} is not empty. Choose another folder, or replace it with --overwrite.")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    try:
        with full_disk_is_told(partial, f"{target} was not written: make room, or choose another place with --to."):
            yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _finish(partial: Path, target: Path, run: RunDirectory, facts: dict[str, Any]) -> None:
    manifest = run.read_manifest()
    write_json(
        partial / "iacrl.json",
        {"run": str(run.path), **{key: manifest[key] for key in ("stage", "adapter_digest", "lineage")}, **facts},
    )
    share(partial)
    if target.exists():
        shutil.rmtree(target)
    partial.replace(target)
