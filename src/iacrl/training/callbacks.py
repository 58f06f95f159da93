"""What iacrl hooks into the trainer: progress, metrics, and an orderly stop on Ctrl-C."""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from types import FrameType
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from iacrl.runs.directory import RunDirectory
from iacrl.runs.manifest import now
from iacrl.runs.processes import any_process
from iacrl.runs.progress import ProgressBar, say

#: The trainer's figures that are shown next to the progress bar.
_SHOWN = {"loss": "loss", "reward": "reward", "grad_norm": "grad", "completions/mean_length": "length"}


#: The parts of a step in words.
_PARTS = {
    "generation": "generating",
    "scoring": "scoring",
    "log_probs": "log-probabilities",
    "update": "forward and backward",
    "measuring": "hack monitor and general loss",
    "validation": "validation",
}
#: Seconds between two writes of progress.json within one part of a step.
_WRITTEN_EVERY = 2.0


class MetricsLog(TrainerCallback):
    """Writes each line of metrics to the run directory and shows the progress, of the run and within a step."""

    def __init__(self, run: RunDirectory, title: str) -> None:
        self._run = run
        self._title = title
        self._bar: ProgressBar | None = None
        self._state: TrainerState | None = None
        self._shown, self._written = ("", 0), 0.0

    def within_step(self, part: str, done: int, total: int, unit: str) -> None:
        """Show how far a part of the step is; see `StepTimes.told`."""
        if self._bar is None or self._state is None:
            return
        clock = time.monotonic()
        if (part, total) == self._shown and clock - self._written < _WRITTEN_EVERY:
            return
        self._shown, self._written = (part, total), clock
        words = f"{_PARTS[part]}, {unit} {done} of {total}" if total else _PARTS[part]
        self._bar.within(words)
        entry = {"step": self._state.global_step + 1, "steps": self._state.max_steps, "part": part, "at": now()}
        self._run.tell_progress({**entry, "done": done, "of": total, "unit": unit} if total else entry)

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Open the progress bar."""
        if state.is_world_process_zero:
            self._state = state
            self._bar = ProgressBar(self._title, state.max_steps)
            self._bar.__enter__()

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Move the bar."""
        if self._bar is not None:
            self._bar.update(state.global_step)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Append the line, unless it is the trainer's closing summary (`train_runtime` and the like)."""
        if self._bar is None or not logs or "train_runtime" in logs:
            return
        self._run.log_metrics({"step": state.global_step, **logs})
        self._bar.update(state.global_step, {word: logs[name] for name, word in _SHOWN.items() if name in logs})

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Close the bar."""
        self.close()

    def close(self) -> None:
        """Close the bar; also called when training ends with an exception."""
        if self._bar is not None:
            self._bar.__exit__()
            self._bar = None
            self._run.tell_progress(None)


class PeakMemoryCheck(TrainerCallback):
    """Runs the greatest possible lengths through a trainer once, so memory runs out at once or never.

    Args:
        trainer: With a method `check_peak_memory`.
        prompt: The tokens of the longest prompt; for SFT, including its answer.
    """

    def __init__(self, trainer: Any, prompt: Sequence[int]) -> None:
        self._trainer = trainer
        self._prompt = prompt

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Check, once the model is prepared."""
        self._trainer.check_peak_memory(self._prompt)


class StopOnSignal(TrainerCallback):
    """Turns the first SIGINT or SIGTERM into a checkpoint and a stop after the step; a second one stops at once.

    Args:
        round_length: Optimizer steps that share one round of generation. A stop inside a round would lose its buffered
            completions, and the resumed run would differ from an uninterrupted one.
    """

    def __init__(self, round_length: int = 1) -> None:
        self.interrupted = False
        self._round_length = round_length
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> StopOnSignal:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.interrupted:
            raise KeyboardInterrupt
        self.interrupted = True
        say("Stopping after this step; press Ctrl-C again to stop at once.")

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Ask the trainer to save and stop."""
        if state.global_step % self._round_length == 0 and any_process(self.interrupted):
            self.interrupted = True  # the signal may have reached only one of the processes
            control.should_save = True
            control.should_training_stop = True
