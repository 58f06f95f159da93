"""Going on with a run that was interrupted, killed, or stopped by a guard: the same run, from its last checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerState
from transformers.trainer_pt_utils import safe_globals

from iacrl.config.recipes import Config
from iacrl.errors import UserError, first_line
from iacrl.files import parse_json, read_text, require_object, write_atomically, write_json
from iacrl.runs import launch
from iacrl.runs.directory import RunDirectory, is_complete, stage_path, step_in, step_of
from iacrl.runs.manifest import now
from iacrl.training.lineage import check_same_lineage
from iacrl.training.safetensors_header import check_weights_in
from iacrl.training.saved_adapter import read_adapter
from iacrl.training.trained_files import is_adapter
from iacrl.yaml_text import read_yaml

#: Settings that decide whether a run stops, but not what it learns.
_MAY_CHANGE = ("guards.", "probe.parted.", "probe.disagree.")
#: What the parts of a manifest are, where they are not null. A run may be from anybody.
_PARTS = {
    "hardware": dict,
    "lineage": dict,
    "data": dict,
    "memory": dict,
    "reward": dict,
    "resumed": list,
    "warnings": list,
}
#: What the trainer continues, beside weights: the files of a checkpoint. Each of several processes has random numbers.
_STATES = {"optimizer": "optimizer*", "schedule": "scheduler.pt", "random numbers": "rng_state*.pth"}
#: TRL's frozen reference policy. Its model has that adapter already, so peft reads only the weights.
_REFERENCE = "ref"


def reopen_run(config: Config, stage: str) -> RunDirectory:
    """Return the directory of an interrupted run, or of a complete one that gets more steps.

    Raises:
        UserError: There is none, it has all its steps, or it was started with another configuration.
    """
    run = RunDirectory(stage_path(config, stage))
    if not run.path.exists():
        raise UserError(f"Nothing to resume: {run.path} is not there. Start the run without --resume.")
    _check_manifest(run)
    started_with = (run.read_manifest().get("hardware") or {}).get("processes", 1)
    if started_with != launch.count():
        raise UserError(
            f"{run.path} was started with {started_with} processes, and these are {launch.count()}: a resumed run "
            "must be the same run. Start as many as before."
        )
    changed = _changes(run, config)
    if run.read_manifest().get("status") == "complete":
        _check_longer(run, stage, changed.pop(f"{stage}.steps", (None, None))[1])
    deciding = {key: values for key, values in changed.items() if not key.startswith(_MAY_CHANGE)}
    if deciding:
        told = "; ".join(f"{key}: {before!r} before, {after!r} now" for key, (before, after) in deciding.items())
        raise UserError(
            f"{run.path} was started with another configuration; a resumed run must be the same run. Only guards and "
            f"the rules of the probe may change. These settings differ: {told}."
        )
    for checkpoint in run.list_checkpoints():
        if checkpoint.is_symlink() or not checkpoint.is_dir():
            raise UserError(f"{checkpoint}: is a link or no folder. Put the folder of the checkpoint itself there.")
        if is_complete(checkpoint):
            _check_checkpoint(checkpoint)
    if (last := run.latest_checkpoint()) is not None:
        _check_states(last)
    return run


def _check_manifest(run: RunDirectory) -> None:
    manifest = run.read_manifest()
    for key, kind in _PARTS.items():
        if not isinstance(manifest.get(key), (kind, type(None))):
            words = "an object" if kind is dict else "an array"
            raise UserError(
                f"{run.path / 'manifest.json'} is damaged: {key!r} is {str(manifest[key])[:80]!r}, expected {words}. "
                "Start the run again with --overwrite."
            )


def _check_checkpoint(checkpoint: Path) -> None:
    """Refuse what the trainer would not read, or would read without a check of `load_adapter`.

    Raises:
        UserError: The trainer's state has other types, the adapter is no plain one, or there is another adapter.
    """
    file = checkpoint / "trainer_state.json"
    state = require_object(parse_json(read_text(file), file), str(file))
    unknown = sorted(state.keys() - {field.name for field in fields(TrainerState)})
    if unknown:
        raise UserError(f"{file}: transformers knows no {unknown[0][:80]!r}. Start the run again with --overwrite.")
    if state.get("global_step") != step_of(checkpoint):
        raise UserError(
            f"{file}: global_step is {str(state.get('global_step'))[:80]!r}, and the folder is of step "
            f"{step_of(checkpoint)}. Start the run again with --overwrite."
        )
    kinds: dict[str, type | tuple[type, ...]] = {
        "max_steps": int,
        "train_batch_size": int,
        "epoch": (int, float),
        "log_history": list,
        "stateful_callbacks": dict,
        **dict.fromkeys(("logging_steps", "save_steps", "eval_steps"), (int, float)),
    }
    for key, kind in kinds.items():
        if not isinstance(state.get(key), kind) or isinstance(state[key], bool):
            raise UserError(
                f"{file}: {key} is {str(state.get(key))[:80]!r}, which no trainer writes. Start the run again with "
                "--overwrite."
            )
    check_weights_in(checkpoint)
    if is_adapter(checkpoint):
        read_adapter(checkpoint)
    for folder in sorted(path for path in checkpoint.iterdir() if path.is_dir()):
        if is_adapter(folder) and folder.name != _REFERENCE:
            raise UserError(f"{folder}: this checkpoint holds an adapter that iacrl did not save. Delete that folder.")


def _check_states(checkpoint: Path) -> None:
    """Refuse a checkpoint in which what the trainer continues, beside weights, is missing or damaged.

    The trainer goes on without what is missing and says nothing. It writes these files without waiting for the disk, so
    after a loss of power they may be empty.

    Raises:
        UserError: One is missing or cannot be read.
    """
    again = f"Delete {checkpoint} to go on from the checkpoint before it, or start the run again with --overwrite."
    for name, pattern in _STATES.items():
        files = sorted(checkpoint.glob(pattern))
        if not files:
            raise UserError(f"{checkpoint}: the state of the {name} is missing ({pattern}). {again}")
        for file in files:
            if file.is_dir():
                continue  # sharded, by FSDP
            try:
                with safe_globals():
                    torch.load(file, map_location="cpu", weights_only=True, mmap=True)
            except Exception as error:  # a changed byte makes the unpickler raise almost any
                raise UserError(f"{file} is damaged ({first_line(error)}). {again}") from error


def _check_longer(run: RunDirectory, stage: str, steps: int | None) -> None:
    """Refuse to go on with a complete run that has no more steps to do, or has lost its last state.

    Args:
        steps: The new number of steps; None if it has not changed.
    """
    last = run.latest_checkpoint()
    if last is None:
        raise UserError(
            f"Nothing to resume: the run in {run.path} is complete, and its last checkpoint is gone or damaged."
        )
    if steps is None or steps <= step_of(last):
        raise UserError(
            f"Nothing to resume: the run in {run.path} is complete. To train it longer, give it more than its "
            f"{step_of(last)} steps: --resume {stage}.steps=N"
        )


def check_same_data(run: RunDirectory, facts: Mapping[str, Any]) -> None:
    """Refuse to go on with a run that was started on other data or another model.

    Args:
        facts: The manifest entries that a start now would give it.

    Raises:
        UserError: They differ.
    """
    manifest = run.read_manifest()
    before, today = manifest.get("data") or {}, facts["data"]
    if before.get("replay") != today["replay"]:
        raise UserError(
            f"{run.path} was started with other rows of data.replay. A resumed run must be the same run, so start it "
            "again with --overwrite."
        )
    check_same_lineage(facts["lineage"], run, manifest)
    if before != today:
        rows = "prompts" if "prompts" in today else "rows"
        hint = " GRPO leaves out the tasks whose gold its parent saw." if rows == "prompts" else ""
        raise UserError(
            f"{run.path} was started on {before.get(rows)} tasks, and by the same settings there are now "
            f"{today[rows]}, or others, or with other weights.{hint} A resumed run must be the same run, so start it "
            "again with --overwrite."
        )


def go_back(run: RunDirectory, config: Config, facts: Mapping[str, Any]) -> None:
    """Take a run back to its last complete checkpoint: drop everything newer, and record where it goes on.

    Args:
        facts: The manifest entries that a start now would give it.
    """
    checkpoint = run.latest_checkpoint()
    step = step_of(checkpoint) if checkpoint else 0
    run.forget_after(step)
    note_resumption(run, config, step, facts)


def note_resumption(run: RunDirectory, config: Config, step: int, facts: Mapping[str, Any]) -> None:
    """Record that a run goes on from a step: when, after what, and which rules or reward changed."""
    manifest = run.read_manifest()
    entry = {
        "at": now(),
        "step": step,
        "after": manifest.get("stopped_by", manifest.get("status")),
        "changed": {key: after for key, (_, after) in _changes(run, config).items()},
    }
    if facts.get("reward", {}) != manifest.get("reward", {}):
        entry["reward"] = facts["reward"]
    write_atomically(run.path / "config.yaml", config.to_yaml())
    kept = {key: value for key, value in manifest.items() if key not in ("stopped_by", "failure")}
    kept |= {"status": "running", "resumed": [*(manifest.get("resumed") or ()), entry]}
    if "warnings" in manifest:  # those of later steps come again
        place = f"{run.path / 'manifest.json'}: warnings"
        kept["warnings"] = [warning for warning in manifest["warnings"] or () if step_in(warning, place) <= step]
    write_json(run.path / "manifest.json", kept)


def _changes(run: RunDirectory, config: Config) -> dict[str, tuple[Any, Any]]:
    """Return the settings that differ from those of a run: full name to the values before and now."""
    path = run.path / "config.yaml"
    if not path.exists():
        raise UserError(f"{run.path} cannot be resumed: its config.yaml is missing.")
    before = dict(_settings(read_yaml(read_text(path), str(path))))
    after = dict(_settings(config.model_dump(mode="json")))
    names = sorted(before.keys() | after.keys())
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def _settings(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every setting of a configuration under its full name."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _settings(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, value
