"""Reading a run that may be unfinished or damaged: existing data are kept, missing data are noted."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from iacrl.errors import UserError
from iacrl.evaluation.figures import TRIVIAL_SAMPLES, Evaluation, read_evaluation
from iacrl.evaluation.report.gold import gold_answers
from iacrl.files import LARGEST, load_json, read_text
from iacrl.runs.directory import RunDirectory
from iacrl.scoring.samples import ScoredSample
from iacrl.tasks import Split
from iacrl.yaml_text import read_yaml

Row = TypeVar("Row")

#: The stages of a run, in their order.
STAGES = ("sft", "grpo", "eval")

#: The most broken lines of a file that are listed; the others are counted.
_NAMED_LINES = 3


@dataclass(frozen=True, slots=True)
class Stage:
    """What one stage left behind.

    Attributes:
        manifest: Its circumstances.
        config: Its resolved configuration; empty if missing.
        metrics: The logged steps, each with a number for `step`; empty for an evaluation.
    """

    manifest: Mapping[str, Any]
    config: Mapping[str, Any]
    metrics: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that a report shows about one run.

    Attributes:
        name: The run's name, unique in the report.
        stages: The existing stages, by name, in order.
        evaluation: The figures of the evaluation; None if there are none.
        samples: The judged samples of the evaluation.
        trivial: The judged answers of the trivial policies.
        training_samples: GRPO's samples, in the order of the steps.
        notes: What is missing or broken, in words.
        gold: Task id to gold answer, as far as the run's task files are here.
    """

    name: str
    stages: Mapping[str, Stage]
    evaluation: Evaluation | None
    samples: tuple[ScoredSample, ...]
    training_samples: tuple[ScoredSample, ...]
    notes: tuple[str, ...] = field(default=())
    trivial: tuple[ScoredSample, ...] = field(default=())
    gold: Mapping[str, str] = field(default_factory=dict)


def read_run(path: Path, name: str) -> Run:
    """Read a run's directory, or that of one of its stages.

    Raises:
        UserError: The directory does not exist, or contains no stage of a run.
    """
    folders = _stage_folders(path)
    notes: list[str] = []
    stages: dict[str, Stage] = {}
    growing: set[str] = set()
    for stage in STAGES:
        if stage not in folders:
            notes += _missing(stage, folders)
            continue
        manifest = RunDirectory(folders[stage]).read_manifest()
        status = manifest.get("status")
        if status != "complete":
            why = f": {manifest['failure']}" if "failure" in manifest else ""
            notes.append(f"{stage}: the stage is not finished (its status is {status}{why}).")
        notes += warned(stage, manifest)
        if status == "running":
            growing.add(stage)
        file = folders[stage] / "metrics.jsonl"
        metrics = () if stage == "eval" else tuple(_metrics(file, stage, notes, growing=stage in growing))
        stages[stage] = Stage(manifest, _config(folders[stage], stage, notes), metrics)
    found = {stage: folder / "samples.jsonl" for stage, folder in folders.items()}
    samples = _samples("eval", found.get("eval"), notes, growing=growing)
    evaluation = _evaluation(folders.get("eval"), notes)
    training = _samples("grpo", found.get("grpo"), notes, growing=growing)
    trivial = folders["eval"] / TRIVIAL_SAMPLES if "eval" in folders else None
    answers = _samples("eval", trivial if trivial and trivial.is_file() else None, notes, growing=growing)
    gold = _gold(stages, evaluation, samples, training, notes)
    return Run(name, stages, evaluation, samples, training, tuple(notes), answers, gold)


def _gold(
    stages: Mapping[str, Stage],
    evaluation: Evaluation | None,
    samples: Sequence[ScoredSample],
    training: Sequence[ScoredSample],
    notes: list[str],
) -> Mapping[str, str]:
    """Return the gold answers of the samples' tasks, and note where the run's task files are not here."""
    measured = {} if evaluation is None else evaluation.protocol.task_files
    lineage = stages["grpo"].manifest.get("lineage") if "grpo" in stages else None
    trained = lineage.get("tasks") if isinstance(lineage, Mapping) else None
    wanted: tuple[tuple[str, Split, Any, Sequence[ScoredSample]], ...] = (
        ("grpo", "train", trained, training),
        ("eval", "test", measured, samples),
    )
    gold: dict[str, str] = {}
    for stage, split, digests, asked in wanted:
        if stage not in stages or not digests:
            continue
        found, missing = gold_answers(stages[stage].config, split, digests, asked)
        gold |= found
        if missing:
            notes.append(
                f"{stage}: the gold answers of {' and '.join(missing)} are not shown. data.{split} of this run names "
                "no file here with the tasks that it recorded."
            )
    return gold


def _stage_folders(path: Path) -> dict[str, Path]:
    """Return the directory of each stage, given the directory of a run or of a single stage."""
    if not path.is_dir():
        raise UserError(f"{path}: there is no such directory. Name a run's directory, such as runs/tiny-cpu.")
    if (path / "manifest.json").is_file():
        stage = RunDirectory(path).read_manifest().get("stage")
        if stage not in STAGES:
            raise UserError(f"{path / 'manifest.json'}: names the stage {stage!r}: expected {', '.join(STAGES)}.")
        return {str(stage): path}
    found = {stage: path / stage for stage in STAGES if (path / stage / "manifest.json").is_file()}
    if not found:
        raise UserError(f"{path} is not a run of iacrl: none of {', '.join(STAGES)} in it holds a manifest.json.")
    return found


def _missing(stage: str, folders: Mapping[str, Path]) -> list[str]:
    """Return a note on a missing stage. A lone evaluation, of a model from elsewhere, does not miss any."""
    if stage == "eval":
        return ["eval: nothing was measured, so there are no rates. Run `iacrl eval`."]
    return [] if set(folders) == {"eval"} else [f"{stage}: there is no such stage in this run, so it has no curves."]


def warned(stage: str, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield a note for each guard that warned during training; the manifest lists every warning."""
    by_guard: dict[str, list[tuple[int, str]]] = {}
    found = manifest.get("warnings")
    for one in found if isinstance(found, list) else ():
        match one:
            case {"guard": str(guard), "step": int(step), "reason": str(reason)}:
                by_guard.setdefault(guard, []).append((step, reason))
    for guard, ((first, reason), *more) in by_guard.items():
        times = f", and {len(more)} times more until step {more[-1][0]}" if more else ""
        yield f"{stage}: {guard} warned at step {first}: {reason}{times}."


def _config(folder: Path, stage: str, notes: list[str]) -> Mapping[str, Any]:
    try:
        config = read_yaml(read_text(folder / "config.yaml"), f"{stage}/config.yaml")
    except (OSError, UserError) as error:
        notes.append(f"{stage}/config.yaml cannot be read ({str(error).rstrip('.')}).")
        return {}
    return config if isinstance(config, dict) else {}


def _metrics(path: Path, stage: str, notes: list[str], *, growing: bool) -> Iterator[Mapping[str, Any]]:
    rows = 0
    for row in _whole_rows(path, stage, notes, _as_metrics, growing=growing):
        rows += 1
        yield row
    if path.is_file() and not rows and not growing:
        notes.append(f"{stage}/{path.name} holds no logged step, so there are no curves.")


def _as_metrics(row: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(row.get("step"), int):
        raise ValueError("`step` is not a whole number")
    return row


def _evaluation(folder: Path | None, notes: list[str]) -> Evaluation | None:
    try:
        return None if folder is None else read_evaluation(folder)
    except UserError as error:
        notes.append(str(error).replace(str(folder), "eval"))
        return None


def _samples(stage: str, file: Path | None, notes: list[str], *, growing: Collection[str]) -> tuple[ScoredSample, ...]:
    """Return the samples of one file; those of training have a step."""
    read = ScoredSample.from_json if stage == "eval" else _as_training_sample
    return () if file is None else tuple(_whole_rows(file, stage, notes, read, growing=stage in growing))


def _as_training_sample(row: Mapping[str, Any]) -> ScoredSample:
    return ScoredSample.from_json(_as_metrics(row))


def _whole_rows(
    path: Path, stage: str, notes: list[str], read: Callable[[Any], Row], *, growing: bool
) -> Iterator[Row]:
    """Yield the readable rows of a JSON-lines file, and note the others.

    Args:
        growing: The stage is at work. The file may be missing, and its last line may be half written.
    """
    name = f"{stage}/{path.name}"
    if not path.is_file():
        notes += [] if growing else [f"{name} is not there."]
        return
    broken = 0
    with path.open("rb") as file:
        for number in itertools.count(1):
            line = file.readline(LARGEST + 1)
            if not line:
                break
            if len(line) > LARGEST:
                notes.append(
                    f"{name}, line {number}, is longer than {LARGEST // 1_000_000} MB; what follows is left out."
                )
                break
            if not line.strip() or (growing and not line.endswith(b"\n")):
                continue
            try:
                row = load_json(line)
                if not isinstance(row, dict):
                    raise ValueError("no JSON object")
                yield read(row)
            except (ValueError, RecursionError) as error:  # cut off, not UTF-8, nested too deeply, of another form
                broken += 1
                if broken <= _NAMED_LINES:
                    notes.append(f"{name}, line {number}, cannot be read and is left out ({error}).")
    if broken > _NAMED_LINES:
        notes.append(f"{name}: {broken} lines in all cannot be read.")
