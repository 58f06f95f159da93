"""The guards of a run: they warn of trouble, and stop the run before it loses its last good checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from iacrl.config.recipes import Config
from iacrl.errors import UserError
from iacrl.runs.directory import RunDirectory
from iacrl.runs.progress import say
from iacrl.training.checkpoint_retention import drop_doubtful, prune
from iacrl.training.guard_rules import Alarm, earliest_onset, judge

_NON_FINITE = "guards.non_finite"

#: What helps, by the guard that stopped the run. `docs/training.md` says more about each.
_REMEDIES = {
    _NON_FINITE: "Lower {stage}.learning_rate, or compute in bfloat16 or float32 (model.compute_dtype).",
    "guards.loss": "Lower {stage}.learning_rate, or lengthen {stage}.warmup_steps.",
    "guards.grad_norm": "Lower {stage}.learning_rate, or lower {stage}.max_grad_norm.",
    "guards.adapter": "Raise {stage}.learning_rate; in GRPO, look whether every group's rewards are the same "
    "(`flat_groups` in metrics.jsonl).",
    "guards.reward": "Lower grpo.learning_rate, or hold the policy near its start with grpo.beta=0.02.",
    "guards.entropy": "Lower grpo.learning_rate, raise grpo.temperature or grpo.epsilon_high.",
    "guards.length": "Read the newest rows of samples.jsonl: what grew, what went? Lower grpo.learning_rate.",
    "guards.truncation": "Raise grpo.max_completion_tokens, or train SFT longer so that it learns to stop.",
    "guards.unchecked": "Read the newest rows of samples.jsonl: `unchecked` says what cannot be judged. Where the task "
    "wants that, bring its schema (`iacrl schema add`).",
    "guards.general": "Lower {stage}.learning_rate, raise data.replay_share, or hold GRPO near its start with "
    "grpo.beta=0.02.",
    "probe.parted": "Read the newest rows of probe.jsonl: what earns the score? Mend the rubric (rewards.weights).",
    "probe.disagree": "Read the newest rows of probe.jsonl: training calls texts valid that the second judge refuses.",
}


@dataclass(frozen=True, slots=True)
class Tripped:
    """A guard that stopped a run, as the manifest records it.

    Attributes:
        guard: Its path in the configuration.
        step: Where the run was stopped.
        since: The first step that it holds for.
        onset: Checkpoints of fewer steps are from before the trouble began; see `guard_rules.Alarm`.
        reason: What is wrong, with the figures.
    """

    guard: str
    step: int
    since: int
    onset: int
    reason: str


class Guards(TrainerCallback):
    """Judges every line of metrics by the configured rules, and checks that every gradient is finite.

    While a rule that can stop the run holds, no checkpoint is written. A gradient that is not finite is thrown away and
    never reaches the adapter. Old checkpoints are dropped here and not by the trainer, which would drop the one that a
    stop returns to.

    Args:
        config: The resolved configuration.
        run: Keeps the warnings in its manifest.
        keep: How many of the newest checkpoints to keep at least.
    """

    def __init__(self, config: Config, run: RunDirectory, keep: int) -> None:
        self.tripped: Tripped | None = None
        self._config = config
        self._run = run
        self._keep = keep
        self._open: dict[str, Alarm] = {}
        self._thrown_away = 0
        self._told: dict[str, int] = {}

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Restore the alarms that held when a resumed run was interrupted; they were reported then."""
        self._open = self._judge(state)

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
            self._tell(_NON_FINITE, step, "the loss or its gradient is not finite; this step is skipped")
        if guard.action == "stop" and self._thrown_away >= guard.patience:
            since = step - self._thrown_away + 1
            reason = f"the loss or its gradient was not finite in {self._thrown_away} steps in a row"
            self._trip(Tripped(_NON_FINITE, step, since, since, reason))

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Judge the newest line."""
        if not state.log_history or "loss" not in state.log_history[-1]:
            return  # the trainer's closing summary
        before, self._open = self._open, self._judge(state)
        previous = max((line["step"] for line in _lines(state)[:-1]), default=0)
        for name, alarm in self._open.items():
            if name not in before and self._told.get(name, 0) <= previous:  # a gradient of this line did not report it
                self._tell(name, state.global_step, alarm.reason)
        for name, alarm in self._open.items():
            if alarm.stops:
                self._trip(Tripped(name, state.global_step, alarm.since, alarm.onset, alarm.reason))
        self._steer(control)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Stop, or keep a doubtful state out of the checkpoints."""
        self._steer(control)

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Drop old checkpoints, but not the one that a stop would return to."""
        prune(self._run, self._keep, earliest_onset(_lines(state), self._config.guards, self._config.probe))

    def _judge(self, state: TrainerState) -> dict[str, Alarm]:
        return judge(_lines(state), self._config.guards, self._config.probe)

    def _trip(self, tripped: Tripped) -> None:
        """Stop the run, unless it stops already. Other rules that hold now may have begun earlier."""
        if self.tripped is None:
            others = (a.onset for a in self._open.values() if a.action == "stop" and a.guard != tripped.guard)
            self.tripped = replace(tripped, onset=min([tripped.onset, *others]))

    def _steer(self, control: TrainerControl) -> None:
        if self.tripped is not None:
            control.should_training_stop = True
        if self.tripped or self._thrown_away or any(alarm.action == "stop" for alarm in self._open.values()):
            control.should_save = False

    def _tell(self, guard: str, step: int, reason: str) -> None:
        """Print it once, and keep it for the end of the run and the report."""
        self._told[guard] = step
        warning = {"guard": guard, "step": step, "reason": reason}
        told = [*self._run.read_manifest().get("warnings", []), warning]
        self._run.update_manifest({"warnings": told})
        say(in_words(warning))


def _lines(state: TrainerState) -> list[dict[str, Any]]:
    return [line for line in state.log_history if "loss" in line]


def in_words(warning: Mapping[str, Any]) -> str:
    """Return an entry of the manifest's `warnings` as a line."""
    return f"Warning ({warning['guard']}) at step {warning['step']}: {warning['reason']}."


def repeat_warnings(run: RunDirectory) -> None:
    """Repeat the guards' warnings at the end of a run, for people who left it running overnight."""
    told = run.read_manifest().get("warnings", [])
    if told:
        say(f"The guards warned {len(told)} {'times' if len(told) > 1 else 'time'} in this run:")
    for warning in told:
        say(f"  {in_words(warning)}")


def stopped(run: RunDirectory, stage: str, tripped: Tripped) -> UserError:
    """Go back to the last good checkpoint, record what stopped the run, and return the error for it."""
    dropped = drop_doubtful(run, tripped.onset)
    checkpoint = run.latest_checkpoint()
    run.update_manifest(
        {
            "status": "stopped",
            "stopped_by": {**asdict(tripped), "checkpoint": checkpoint.name if checkpoint else None},
        }
    )
    since = f", and has since step {tripped.since}" if tripped.since < tripped.step else ""
    kept = f"Kept, from before the trouble began: {checkpoint}." if checkpoint else "No checkpoint is from before that."
    doubtful = f" Dropped, because it may have begun by then: {', '.join(dropped)}." if dropped else ""
    return UserError(
        f"{run.path}: stopped at step {tripped.step} by {tripped.guard}: {tripped.reason}{since}.\n{kept}{doubtful}\n"
        f"{_REMEDIES[tripped.guard].format(stage=stage)} Then train under another run.name, or replace this run with "
        f"--overwrite. If this is as it should be, continue with --resume, from "
        f"{checkpoint.name if checkpoint else 'the start'}, and the rule relaxed, such as "
        f"{tripped.guard}.action=warn; the same rule would stop it again."
    )
