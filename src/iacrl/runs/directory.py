"""The directory that a run leaves behind. A kill at any moment loses no finished work.

config.yaml      the resolved configuration
manifest.json    versions, git commit, seed, hardware, lineage, adapter digests, parent run, status
metrics.jsonl    one line for each logged step
samples.jsonl    prompt, completion, verdict and score
gate.jsonl       SFT: what the finished adapter passes on validation tasks
validation.jsonl what the adapter reaches on validation tasks, every `eval_every` steps
probe.jsonl      GRPO: the answers of the hack monitor, judged twice
tensorboard/     what TensorBoard reads, with `run.report_to: [tensorboard]`
progress.json    while it runs: the step, and how far its generation, scoring or update is
adapter/         the trained adapter as safetensors, or with `lora: null`
model/           the trained model as safetensors
checkpoints/     what `--resume` continues from
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iacrl.config.recipes import Config
from iacrl.errors import UserError, first_line
from iacrl.files import (
    append_rows,
    drop_half_row,
    parse_json,
    read_rows,
    read_text,
    require_object,
    write_atomically,
    write_json,
)
from iacrl.runs.launch import count, is_first

_CHECKPOINT = re.compile(r"checkpoint-[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """One stage's directory: `<run.dir>/<run.name>/<stage>`.

    Attributes:
        checkpoint: Whose weights are meant; None: those that the stage ended with.
    """

    path: Path
    checkpoint: Path | None = None

    @property
    def adapter(self) -> Path:
        """The trained adapter."""
        return self.path / "adapter"

    @property
    def model(self) -> Path:
        """The trained model of a run without an adapter."""
        return self.path / "model"

    @property
    def trained(self) -> Path:
        """The weights that are meant: of the checkpoint, else the trained adapter or model."""
        return self.checkpoint or (self.model if self.model.is_dir() else self.adapter)

    @property
    def label(self) -> str:
        """The stage's name, with the step of the checkpoint if one is meant: `grpo`, `grpo-40`."""
        stage = self.path.resolve().name
        return stage if self.checkpoint is None else f"{stage}-{step_of(self.checkpoint)}"

    @property
    def checkpoints(self) -> Path:
        """The trainer's checkpoints."""
        return self.path / "checkpoints"

    @property
    def replaced(self) -> Path:
        """The finished run that this one replaces, until it is finished itself."""
        return self.path.with_name(f"{self.path.name}.replaced")

    def drop_replaced(self) -> None:
        """Delete what this run replaced."""
        shutil.rmtree(self.replaced, ignore_errors=True)

    @property
    def samples(self) -> Path:
        """Every completion that was scored."""
        return self.path / "samples.jsonl"

    def read_manifest(self) -> dict[str, Any]:
        """Return the manifest of the run.

        Raises:
            UserError: This is not a run directory.
        """
        file = self.path / "manifest.json"
        if not file.exists():
            raise UserError(f"{self.path} is not a run of iacrl: it has no manifest.json.")
        return require_object(parse_json(read_text(file), file), str(file))

    def update_manifest(self, changes: Mapping[str, Any]) -> None:
        """Write the manifest with these entries changed. Here and below, only the first of several processes writes."""
        if not is_first():
            return
        write_json(self.path / "manifest.json", {**self.read_manifest(), **changes})

    def log_metrics(self, row: Mapping[str, Any]) -> None:
        """Append one line of metrics."""
        self._append("metrics.jsonl", [row])

    def log_samples(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Append scored completions."""
        self._append("samples.jsonl", rows)

    def tell_progress(self, entry: Mapping[str, Any] | None) -> None:
        """Say what the running stage does now; None when it has ended."""
        file = self.path / "progress.json"
        if not is_first():
            return
        if entry is None:
            file.unlink(missing_ok=True)
        else:
            write_atomically(file, json.dumps(entry) + "\n")

    def log_validation(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Append what was measured on the validation tasks."""
        self._append("validation.jsonl", rows)

    def log_probe(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Append the answers of one probe."""
        self._append("probe.jsonl", rows)

    def _append(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        if is_first():
            append_rows(self.path / name, rows)

    def list_checkpoints(self) -> list[Path]:
        """Return the checkpoints, oldest first. Anything else in their folder is left alone."""
        found = (path for path in self.checkpoints.glob("checkpoint-*") if _CHECKPOINT.fullmatch(path.name))
        return sorted(found, key=step_of)

    def latest_checkpoint(self) -> Path | None:
        """Return the newest complete checkpoint: one with a state file, which the trainer writes last."""
        return next((one for one in reversed(self.list_checkpoints()) if is_complete(one)), None)

    def forget_after(self, step: int) -> None:
        """Drop checkpoints and logged lines past `step`, which a resumed run writes again, and an incomplete last line.

        Raises:
            UserError: Any other line is broken, or a log is a link or no file.
        """
        for checkpoint in self.list_checkpoints():
            if step_of(checkpoint) > step:
                shutil.rmtree(checkpoint)  # cut off while it was written
        for name in ("metrics.jsonl", "samples.jsonl", "probe.jsonl", "validation.jsonl"):
            file = self.path / name
            drop_half_row(file)
            if file.exists():
                rows = (row for number, row in read_rows(file) if step_in(row, f"{file}:{number}") <= step)
                kept = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
                write_atomically(file, "".join(kept).encode("utf-8", "replace"))


def run_at(path: Path) -> RunDirectory | None:
    """Return the stage at `path`, or the stage that has the checkpoint at `path`; None if it is neither."""
    if (path / "manifest.json").is_file():
        return RunDirectory(path)
    stage = path.resolve().parent.parent
    holds = path.resolve().parent == RunDirectory(stage).checkpoints and (stage / "manifest.json").is_file()
    if holds and _CHECKPOINT.fullmatch(path.resolve().name):
        return RunDirectory(stage, path)
    return None


def step_of(checkpoint: Path) -> int:
    """Return how many optimizer steps a checkpoint holds."""
    return int(checkpoint.name.rpartition("-")[2])


def step_in(row: Any, place: str) -> int:
    """Return the step that a logged row is of.

    Raises:
        UserError: It names none; the message begins with `place`.
    """
    step = row.get("step") if isinstance(row, dict) else None
    if type(step) is not int:
        raise UserError(f"{place}: expected the number of a `step`, found {str(step)[:80]!r}. Is the file damaged?")
    return step


def refuse_links(folder: Path, what: str) -> None:
    """Refuse links in a folder of a run, which may be from anybody: a link leads to any file of this machine.

    Args:
        what: What would be done to the file that it leads to, such as `copied`.

    Raises:
        UserError: There is a link.
    """
    found = next((path for path in (folder, *folder.rglob("*")) if path.is_symlink()), None)
    if found is not None:
        raise UserError(f"{found}: is a link, and what it leads to would be {what}. Put the file itself there.")


def stage_path(config: Config, stage: str) -> Path:
    """Return the directory of a stage of this configuration's run."""
    return config.run.dir / config.run.name / stage


def refuse_existing(config: Config, stage: str, *, overwrite: bool) -> None:
    """Refuse a directory that already contains a run. Called before minutes are spent on loading.

    Raises:
        UserError: There is a run and `overwrite` is off, or the directory is a link or something other than a run.
    """
    run = RunDirectory(stage_path(config, stage))
    if run.path.is_symlink():
        raise UserError(f"{run.path}: is a link. Remove it, or give this run another name with run.name=NAME.")
    if run.path.exists() and any(run.path.iterdir()):
        status = run.read_manifest().get("status")
        if not overwrite:
            raise UserError(
                f"{run.path} holds a run already ({status}). Continue it with --resume, replace it with --overwrite, "
                "or give this one another name with run.name=NAME."
            )


def start_run(
    config: Config, stage: str, manifest: Mapping[str, Any], *, overwrite: bool, keep: bool = False
) -> RunDirectory:
    """Create the directory of a new run.

    Args:
        keep: Whether a finished run that was there is kept until `drop_replaced`.

    Raises:
        UserError: See `refuse_existing`.
    """
    refuse_existing(config, stage, overwrite=overwrite)
    run = RunDirectory(stage_path(config, stage))
    if run.path.exists():
        if keep and any(run.path.iterdir()) and run.read_manifest().get("status") == "complete":
            run.drop_replaced()
            run.path.rename(run.replaced)
        else:
            shutil.rmtree(run.path)
    run.path.mkdir(parents=True)
    write_json(run.path / "manifest.json", {**manifest, "status": "running"})
    write_atomically(run.path / "config.yaml", config.to_yaml())
    return run


@contextmanager
def recorded_failure(run: RunDirectory) -> Iterator[None]:
    """Record in a run's manifest that it failed, and why, if an error ends it without setting the status itself."""
    try:
        yield
    except Exception as error:
        with suppress(OSError, UserError):  # a full disk may have ended it; the error itself is not lost
            if run.read_manifest().get("status") == "running":
                run.update_manifest({"status": "failed", "failure": first_line(error)})
        raise


def finished_stages(config: Config) -> dict[str, RunDirectory]:
    """Return the finished training stages of this configuration's run, in their order."""
    found = {stage: RunDirectory(stage_path(config, stage)) for stage in ("sft", "grpo")}
    return {
        stage: run
        for stage, run in found.items()
        if run.path.exists() and run.read_manifest().get("status") == "complete"
    }


def is_complete(checkpoint: Path) -> bool:
    """Say whether a checkpoint was written to its end.

    Raises:
        OSError: Its state cannot be read, which does not mean that it is incomplete.
    """
    try:
        state = checkpoint / "trainer_state.json"
        parse_json(read_text(state), state)
    except (FileNotFoundError, UserError):
        return False
    # Each of several processes writes its random state next to the others', at a different time.
    return count() == 1 or all((checkpoint / f"rng_state_{rank}.pth").is_file() for rank in range(count()))
