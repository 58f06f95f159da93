"""What iacrl hooks into the trainer: progress, metrics, and an orderly stop on Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from types import FrameType
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from iacrl.runs.directory import RunDirectory
from iacrl.runs.processes import any_process
from iacrl.runs.progress import ProgressBar, say

#: The trainer's figures that are shown next to the progress bar.
_SHOWN = {"loss": "loss", "reward": "reward", "grad_norm": "grad", "completions/mean_length": "length"}


class MetricsLog(TrainerCallback):
    """Writes each line of metrics to the run directory and shows the progress."""

    def __init__(self, run: RunDirectory, title: str) -> None:
        self._run = run
        self._title = title
        self._bar: ProgressBar | None = None

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Open the progress bar."""
        if state.is_world_process_zero:
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
        flat = {"flat_groups": logs["frac_reward_zero_std"]} if "frac_reward_zero_std" in logs else {}
        self._run.log_metrics({"step": state.global_step, **logs, **flat})
        self._bar.update(state.global_step, {word: logs[name] for name, word in _SHOWN.items() if name in logs})

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Close the bar."""
        self.close()

    def close(self) -> None:
        """Close the bar; also called when training ends with an exception."""
        if self._bar is not None:
            self._bar.__exit__()
            self._bar = None


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
