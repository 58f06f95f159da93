"""The sections of the configuration for watching a run: gates, guards and the probe.

`docs/training.md` explains each rule and what helps.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from iacrl.config.base import Count, Section, Share

Action = Annotated[Literal["stop", "warn", "ignore"], Field(description="What happens when the rule has held.")]
Patience = Annotated[int, Field(ge=1, description="Lines in a row that the rule must hold before it acts.")]
Window = Annotated[int, Field(ge=1, description="Lines of metrics that the rule looks back over.")]
Threshold = Annotated[float, Field(gt=0, description="Where the rule begins to hold; what it measures is said above.")]
PartOf = Annotated[float, Field(ge=0, le=1, description="Where the rule begins to hold, as a share.")]
Floor = Annotated[float, Field(ge=0, description="Figures below this are noise, and the rule does not look at them.")]
Ratio = Annotated[float, Field(gt=1, description="Where the rule begins to hold, as a ratio.")]


class GatesSection(Section):
    """What a warm start must show on validation tasks before GRPO continues it. Measured at GRPO's decoding."""

    action: Literal["refuse", "warn", "skip"] = Field("refuse", description="`skip` measures nothing.")
    rows: Count | None = Field(
        None,
        description="Validation tasks, in equal shares over domains and families; null: at least 16, and at most 64, "
        "so that the gate generates as much as four steps of GRPO.",
    )
    samples: Count = Field(8, description="Completions for each; with at least grpo.group_size flat groups are exact.")
    min_stopped: Share = Field(0.5, description="Least share of completions that end by themselves.")
    min_passed: Share = Field(0.01, description="Least share that pass: below, hardly a group has anything to learn.")
    max_passed: Share = Field(0.95, description="Greatest share that pass: above, nothing is left to learn.")

    @model_validator(mode="after")
    def _in_order(self) -> GatesSection:
        if self.min_passed > self.max_passed:
            raise ValueError(f"min_passed = {self.min_passed} is over max_passed = {self.max_passed}")
        return self


class Guard(Section):
    """One rule over the lines of metrics: it warns when it first holds and acts when it has held `patience` times.

    `window` and `patience` count lines of metrics, one for each `log_every` optimizer steps.
    """

    action: Action = "stop"
    patience: Patience = 5


class NonFiniteGuard(Guard):
    """A loss or gradient that is NaN or infinite. The step is skipped, so the adapter stays unchanged."""

    patience: Count = Field(3, description="Optimizer steps in a row.")


class SpikeGuard(Guard):
    """A figure is over `threshold` times the median of the `window` lines before, and over `floor`."""

    threshold: Ratio
    floor: Floor = 1.0
    window: Window = 20
    patience: Patience = 3


class LossGuard(SpikeGuard):
    """The absolute loss explodes."""

    threshold: Ratio = 4.0


class GradientGuard(SpikeGuard):
    """The norm of the gradient, before it is clipped, explodes."""

    threshold: Ratio = 10.0
    floor: Floor = 5.0


class RewardGuard(Guard):
    """The reward's mean over `window` lines falls below `threshold` times the best earlier mean."""

    threshold: PartOf = 0.5
    floor: Floor = 0.05
    window: Window = 10


class EntropyGuard(Guard):
    """The entropy's mean over `window` lines falls below `threshold` times that of the first `window` lines."""

    threshold: PartOf = 0.05
    window: Window = 10


class LengthGuard(Guard):
    """The mean length over `window` lines is `threshold` times that of the first ones, or goes below its inverse."""

    threshold: Ratio = 2.5
    window: Window = 10


class TruncationGuard(Guard):
    """More than `threshold` of the completions of `window` lines were cut off at the token limit."""

    threshold: PartOf = 0.5
    window: Window = 5


class UncheckedGuard(Guard):
    """More than `threshold` of the completions of `window` lines cannot be judged: they earn nothing, and hide."""

    action: Action = "warn"
    threshold: PartOf = 0.1
    window: Window = 5


class GeneralGuard(Guard):
    """The loss on held-out general chats (`data.replay`) is `threshold` nats a token over the first one measured."""

    action: Action = "warn"
    threshold: Threshold = 0.2
    patience: Count = Field(2, description="Measurements in a row.")
    every: Count | None = Field(25, description="Optimizer steps between two measurements; null measures nothing.")


class GuardsSection(Section):
    """The rules that stop a failing stage and keep its last good checkpoint. SFT has the first four and the last."""

    non_finite: NonFiniteGuard = NonFiniteGuard()
    loss: LossGuard = LossGuard()
    grad_norm: GradientGuard = GradientGuard()
    adapter: Guard = Field(Guard(), description="The adapter does not change from line to line. Watches SFT too.")
    reward: RewardGuard = RewardGuard()
    entropy: EntropyGuard = EntropyGuard()
    length: LengthGuard = LengthGuard()
    truncation: TruncationGuard = TruncationGuard()
    unchecked: UncheckedGuard = UncheckedGuard()
    general: GeneralGuard = GeneralGuard()


class ProbeGuard(Guard):
    """A rule over the probes; its `patience` counts probes."""

    action: Action = "warn"
    threshold: Threshold
    patience: Patience = 2


class PartedGuard(ProbeGuard):
    """Since the first probe, the training score has risen by `threshold` more than the strict pass rate."""

    threshold: Threshold = 0.25


class DisagreeGuard(ProbeGuard):
    """The second judge refuses, or cannot judge, more than `threshold` of the answers that training calls valid."""

    threshold: Threshold = 0.1


class ProbeSection(Section):
    """The hack monitor of GRPO: the same validation tasks, answered regularly and judged twice."""

    every: Count | None = Field(25, description="Optimizer steps between two probes; null probes nothing.")
    rows: Count = Field(32, description="Validation tasks, in equal shares over domains and families.")
    parted: PartedGuard = PartedGuard()
    disagree: DisagreeGuard = DisagreeGuard()
