"""The guards of a run: they warn when something goes wrong, and stop it before the last good checkpoint is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from iacrl.config import Config
from iacrl.errors import UserError
from iacrl.training.progress import console
from iacrl.training.rules import Alarm, judge
from iacrl.training.run_directory import RunDirectory

#: What helps, by the guard that stopped the run. `docs/training.md` says more of each.
_REMEDIES = {
    "guards.non_finite": "Lower {stage}.learning_rate, or compute in bfloat16 or float32 (model.compute_dtype).",
    "guards.loss": "Lower {stage}.learning_rate, or lengthen {stage}.warmup_steps.",
    "guards.grad_norm": "Lower {stage}.learning_rate, or lower {stage}.max_grad_norm.",
    "guards.adapter": "Raise {stage}.learning_rate; in GRPO, look whether every group's rewards are the same "
    "(`flat_groups` in metrics.jsonl).",
    "guards.reward": "Lower grpo.learning_rate, or hold the policy near its start with grpo.beta=0.02.",
    "guards.entropy": "Lower grpo.learning_rate, raise grpo.temperature or grpo.epsilon_high.",
    "guards.length": "Read the newest rows of samples.jsonl: what grew, what went? Lower grpo.learning_rate.",
    "guards.truncation": "Raise grpo.max_completion_tokens, or train SFT longer so that it learns to stop.",
    "probe.parted": "Read the newest rows of probe.jsonl: what earns the score? Mend the rubric (rewards.weights).",
    "probe.disagree": "Read the newest rows of probe.jsonl: training calls texts valid that the real program refuses.",
}


@dataclass(frozen=True, slots=True)
class Tripped:
    """A guard that stopped a run, as the manifest records it."""

    guard: str
    step: int
    since: int
    reason: str


class Guards(TrainerCallback):
    """Judges every line of metrics by the configured rules, and every gradient by being finite.

    While a rule that can stop the run holds, no checkpoint is written: the newest one stays from before. A gradient
    that is not finite is thrown away, so that it never reaches the adapter.
    """

    def __init__(self, config: Config) -> None:
        self.tripped: Tripped | None = None
        self._config = config
        self._open: dict[str, Alarm] = {}
        self._thrown_away = 0

    def on_pre_optimizer_step(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Throw a gradient away that is not finite."""
        model: torch.nn.Module = kwargs["model"]
        gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
        finite = not gradients or bool(torch.stack(torch._foreach_norm(gradients)).isfinite().all())
        guard = self._config.guards.non_finite
        if finite or guard.action == "ignore":
            self._thrown_away = 0
            return
        model.zero_grad()
        self._thrown_away += 1
        step = state.global_step + 1
        if self._thrown_away == 1:
            self._tell("guards.non_finite", step, "the loss or its gradient is not finite; this step is skipped")
        if guard.action == "stop" and self._thrown_away >= guard.patience:
            since = step - self._thrown_away + 1
            reason = f"the loss or its gradient was not finite in {self._thrown_away} steps in a row"
            self.tripped = Tripped("guards.non_finite", step, since, reason)

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Judge the newest line."""
        if not state.log_history or "loss" not in state.log_history[-1]:
            return  # the trainer's closing summary
        lines = [line for line in state.log_history if "loss" in line]
        for name, alarm in judge(lines, self._config.guards, self._config.probe).items():
            if alarm is None:
                self._open.pop(name, None)
                continue
            if name not in self._open:
                self._tell(name, state.global_step, alarm.reason)
            self._open[name] = alarm
            if alarm.stops and self.tripped is None:
                self.tripped = Tripped(name, state.global_step, alarm.since, alarm.reason)
        self._steer(control)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Stop, or keep a doubtful state out of the checkpoints."""
        self._steer(control)

    def _steer(self, control: TrainerControl) -> None:
        if self.tripped is not None:
            control.should_training_stop = True
        if self.tripped or self._thrown_away or any(alarm.action == "stop" for alarm in self._open.values()):
            control.should_save = False

    def _tell(self, guard: str, step: int, reason: str) -> None:
        console.print(f"Warning ({guard}) at step {step}: {reason}.", highlight=False, soft_wrap=True)


def stopped(run: RunDirectory, stage: str, tripped: Tripped) -> UserError:
    """Record in the manifest that a guard stopped the run, and return the error that says so."""
    checkpoint = run.latest_checkpoint()
    run.update_manifest(
        {
            "status": "stopped",
            "stopped_by": {
                "guard": tripped.guard,
                "step": tripped.step,
                "since": tripped.since,
                "reason": tripped.reason,
                "checkpoint": checkpoint.name if checkpoint else None,
            },
        }
    )
    since = f", and has since step {tripped.since}" if tripped.since < tripped.step else ""
    kept = f"Kept, from before the first warning: {checkpoint}." if checkpoint else "No checkpoint was written before."
    return UserError(
        f"{run.path}: stopped at step {tripped.step} by {tripped.guard}: {tripped.reason}{since}.\n{kept}\n"
        f"{_REMEDIES[tripped.guard].format(stage=stage)} Then train under another run.name, or replace this run with "
        f"--overwrite. If this is as it should be, continue with --resume and the rule relaxed, such as "
        f"{tripped.guard}.action=warn; the same rule would stop it again."
    )
