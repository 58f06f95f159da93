"""Exporting a trained policy: the adapter merged into 16-bit weights for any loader, or the adapter alone.

Merging into 4-bit weights would round the adapter away, and merging into the original base would add it to weights it
was not trained on. So the 4-bit base is dequantized, and the adapter is attached and merged. The export is then loaded
again and compared with the trained policy, on gold answers and on what both write.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import torch
from transformers import AutoModelForCausalLM

from iacrl.errors import UserError
from iacrl.runs.directory import RunDirectory, refuse_links, run_at
from iacrl.training.export_check import ExportCheck, compare, load_saved_tokenizer, measure_policy, save_tokenizer
from iacrl.training.export_folder import finish_folder, opened_folder
from iacrl.training.lineage import check_trained
from iacrl.training.trained_files import is_adapter
from iacrl.training.trained_policy import measure_trained

Precision = Literal["bfloat16", "float16"]

#: The files of an adapter as peft writes them, and those of a tokenizer as transformers does.
_OF_AN_ADAPTER = frozenset(
    {
        "adapter_config.json", "adapter_model.safetensors", "README.md",
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "vocab.json", "vocab.txt", "merges.txt", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model",
        "chat_template.jinja",
    }
)  # fmt: skip


def find_run(path: Path) -> RunDirectory:
    """Return the finished training stage or the checkpoint at `path`, or the newest finished stage of the run there.

    Raises:
        UserError: There is none.
    """
    found = run_at(path)
    if found is not None and found.checkpoint is not None:
        return _with_lineage(found)
    for run in (RunDirectory(path), RunDirectory(path / "grpo"), RunDirectory(path / "sft")):
        if run.trained.is_dir() and run.read_manifest().get("status") == "complete":
            return _with_lineage(run)
    raise UserError(
        f"{path} holds no finished training stage. Name a run such as runs/NAME, one of its stages, or a checkpoint "
        "in a stage's checkpoints/."
    )


def _with_lineage(run: RunDirectory) -> RunDirectory:
    manifest = run.read_manifest()
    lineage = manifest.get("lineage")
    if not isinstance(manifest.get("stage"), str) or not isinstance(lineage, dict) or "base_model" not in lineage:
        raise UserError(
            f"{run.path / 'manifest.json'} is damaged: it does not say what was trained. Train this run again."
        )
    return run


def export_adapter(run: RunDirectory, target: Path, *, overwrite: bool = False) -> None:
    """Copy the adapter with its tokenizer, for peft and for servers that load adapters.

    Raises:
        UserError: The run has no adapter, it is not the one that the run trained, or the target exists already.
    """
    check_trained(run)
    if not is_adapter(run.trained):
        raise UserError(f"{run.path} trained the whole model, not an adapter. Leave --adapter-only out.")
    refuse_links(run.trained, "copied")
    with opened_folder(target, overwrite=overwrite) as partial:
        shutil.copytree(run.trained, partial, dirs_exist_ok=True, ignore=_of_nobody)
        finish_folder(partial, run, {"form": "adapter"})


def _of_nobody(folder: str, names: list[str]) -> list[str]:
    """Return what belongs neither to an adapter nor to its tokenizer.

    A checkpoint also holds the trainer's state, and a run that comes from somebody may hold anything.
    """
    return [name for name in names if name not in _OF_AN_ADAPTER]


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
    with opened_folder(target, overwrite=overwrite) as partial:
        trained = measure_trained(run, trust=trust)
        config = trained.config
        merged = trained.merged()
        merged.to(getattr(torch, precision)).save_pretrained(str(partial))
        del merged
        # From here on everything is read back as users will read it.
        place = save_tokenizer(trained.tokenizer, partial, trained.asked, config)
        written = AutoModelForCausalLM.from_pretrained(
            str(partial),
            dtype=getattr(torch, config.model.compute_dtype),
            device_map={"": 0 if config.model.device == "cuda" else "cpu"},
            trust_remote_code=config.model.trust_remote_code,
        )
        found = load_saved_tokenizer(partial / place, config)
        check = compare(trained.before, measure_policy(written, found, trained.tasks, config), place)
        if check.wrong():
            raise UserError(
                f"The merged weights are not the trained policy: {check.wrong()}. {target} was not written. "
                "Please report this, with the model's id; `--adapter-only` exports what was trained as it is."
            )
        finish_folder(partial, run, {"form": "merged", "precision": precision, "check": asdict(check)})
    return check
