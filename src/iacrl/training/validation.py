"""Validation during a stage: measuring the same few tasks regularly, keeping the best adapter, and stopping early."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from peft import PeftModel
from transformers import PreTrainedModel, Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.config.recipes import Config
from iacrl.config.sections import StageSection
from iacrl.files import read_rows
from iacrl.runs import launch, processes
from iacrl.runs.directory import RunDirectory
from iacrl.runs.progress import say
from iacrl.runs.splits import in_shares, read_split
from iacrl.scoring.runtime import Runtime
from iacrl.tasks import Task
from iacrl.training.measuring import gold_loss, sample_as_grpo
from iacrl.training.trained_files import restore, save_trained


@dataclass(frozen=True, slots=True)
class Measurement:
    """The results of one step's adapter on the validation tasks: a row of `validation.jsonl`.

    Attributes:
        step: Optimizer steps so far.
        loss: Mean cross entropy of the gold answers' tokens, in nats.
        score: The mean score of one sampled answer to each task.
        valid: The share of valid answers.
        passed: The share of answers that are valid and do everything asked for.
    """

    step: int
    loss: float
    score: float
    valid: float
    passed: float


class Validation(TrainerCallback):
    """Measures the adapter every `eval_every` steps. The random state is left unchanged.

    Args:
        config: The resolved configuration.
        stage: The section of the stage that trains.
        run: Keeps the measurements in `validation.jsonl`, and the best adapter in `best-STEP`.
        trainer: The trainer, with its model.
        tokenizer: The model's tokenizer.
        runtime: How training scores.
    """

    def __init__(
        self,
        config: Config,
        stage: StageSection,
        run: RunDirectory,
        trainer: Trainer,
        tokenizer: PreTrainedTokenizerBase,
        runtime: Runtime,
    ) -> None:
        self._config = config
        self._stage = stage
        self._run = run
        self._trainer = trainer
        self._tokenizer = tokenizer
        self._runtime = runtime
        self._tasks = [] if stage.eval_every is None else validation_tasks(config, stage.eval_rows)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Measure if it is due, keep the adapter if it is the best so far, and stop if it no longer improves."""
        every = self._stage.eval_every
        if every is None or state.global_step % every:
            return
        with self._trainer.times.part("validation"):
            found = self._measure(state.global_step)
        earlier = measurements(self._run)
        processes.wait_for_all()  # all processes have read the file before it grows
        self._run.log_validation([asdict(found)])
        say(
            f"Validation at step {found.step}: loss {found.loss:.3f}, score {found.score:.3f}, "
            f"{found.valid:.1%} valid, {found.passed:.1%} pass."
        )
        if found == best([*earlier, found]) and self._stage.keep_best:
            self._keep(found.step)
        since = [*earlier, found]
        stale = len(since) - 1 - since.index(best(since))
        if self._stage.patience is not None and stale >= self._stage.patience:
            say(f"Stopping early: {stale} measurements in a row brought no higher score.")
            control.should_training_stop = True

    def _measure(self, step: int) -> Measurement:
        model = self._trainer.accelerator.unwrap_model(self._trainer.model)
        answers = sample_as_grpo(self._config, self._trainer.answering, self._tokenizer, self._tasks)
        outcomes = self._runtime.score_batch([done.text for done in answers], self._tasks).outcomes
        return Measurement(
            step,
            gold_loss(model, self._tokenizer, self._tasks, batch_size=self._stage.batch_size),
            fmean(outcome.total or 0.0 for outcome in outcomes),
            fmean(outcome.valid for outcome in outcomes),
            fmean(outcome.passed for outcome in outcomes),
        )

    def _keep(self, step: int) -> None:
        before = list(self._run.path.glob("best-*"))
        save_trained(self._trainer.model, self._tokenizer, best_adapter(self._run, step))
        if launch.is_first():
            for path in before:
                shutil.rmtree(path)


def validation_tasks(config: Config, rows: int) -> list[Task]:
    """Return the first validation tasks with an intent and a gold answer, in equal shares over domains and families."""
    validation = read_split(config, "validation")
    return in_shares([task for task in validation.tasks if task.intent and task.output], rows)


def measurements(run: RunDirectory) -> list[Measurement]:
    """Return the measurements so far, in the order of the steps."""
    file = run.path / "validation.jsonl"
    return [Measurement(**row) for _, row in read_rows(file)] if file.exists() else []


def best(found: Sequence[Measurement]) -> Measurement:
    """Return the first measurement with the highest score."""
    return max(found, key=lambda one: one.score)


def best_adapter(run: RunDirectory, step: int) -> Path:
    """Return the folder of the best adapter."""
    return run.path / f"best-{step}"


def choose_best(run: RunDirectory, model: PreTrainedModel | PeftModel) -> dict[str, Any]:
    """Restore the adapter of the best measurement if a run kept it; return the entry for the manifest."""
    found = measurements(run)
    if not found:
        return {}
    kept = best_adapter(run, best(found).step)
    if kept.is_dir():
        restore(model, kept)
        say(f"Keeping the adapter of step {best(found).step}, the best on the validation tasks.")
        processes.wait_for_all()
        if launch.is_first():
            shutil.rmtree(kept)
    return {"validation": {"best": asdict(best(found)), "last": asdict(found[-1])}}
