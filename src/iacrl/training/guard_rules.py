"""The rules that watch a run, as pure functions of its lines of metrics.

The trainer keeps its lines in every checkpoint, so a rule does not need state: a resumed run judges the same lines as
an uninterrupted one. Each rule looks at the newest line and the lines before it. It returns what is wrong, or None.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import fmean, median
from typing import Any

from iacrl.config.monitoring import (
    DisagreeGuard,
    EntropyGuard,
    GeneralGuard,
    Guard,
    GuardsSection,
    LengthGuard,
    PartedGuard,
    ProbeSection,
    RewardGuard,
    SpikeGuard,
    TruncationGuard,
    UncheckedGuard,
)

Lines = Sequence[Mapping[str, Any]]
Rule = Callable[[Lines], str | None]

#: TRL's names of two figures.
LENGTH = "completions/mean_length"
TRUNCATED = "completions/clipped_ratio"
#: The runtime's name for the share that cannot be judged.
UNCHECKED = "scoring/unchecked"
#: The loss on held-out general chats.
GENERAL = "general/loss"

#: The figures that must be finite if a line has them, with their descriptions.
_MUST_BE_FINITE = {"loss": "the loss", "grad_norm": "the gradient's norm", "adapter_norm": "the adapter's norm"}


@dataclass(frozen=True, slots=True)
class Alarm:
    """A rule that holds at the newest line with its figure.

    Attributes:
        guard: Its path in the configuration, such as `guards.entropy`.
        action: `warn` or `stop`.
        reason: What is wrong, with the figures.
        since: The step of the first of the consecutive lines that it holds for.
        count: How many consecutive lines that is; for `warn`, at most the patience.
        patience: The number of lines at which the action is taken.
        onset: The step of the last line before the first window that it held for; 0 if there is none. A line shows the
            policy before its last optimizer step, so only checkpoints of fewer steps are beyond doubt.
    """

    guard: str
    action: str
    reason: str
    since: int
    count: int
    patience: int
    onset: int

    @property
    def stops(self) -> bool:
        """True when the run must stop now."""
        return self.action == "stop" and self.count >= self.patience


def judge(lines: Lines, guards: GuardsSection, probe: ProbeSection) -> dict[str, Alarm]:
    """Return the alarm of each rule that holds.

    A rule looks only at the lines with its figure. Not every line has it: several optimizer steps may share a round of
    generation, and probes are rare. Until the next such line, the result for the newest one holds.

    Args:
        lines: All lines of metrics of the run, oldest first, each with its `step`.
        guards: The rules for every line.
        probe: The rules for the lines with a probe.
    """
    alarms = (_alarm(watch, carrying) for watch, carrying in _watches(lines, guards, probe))
    return {alarm.guard: alarm for alarm in alarms if alarm is not None}


def earliest_onset(lines: Lines, guards: GuardsSection, probe: ProbeSection) -> int:
    """Return the earliest onset that a rule may yet report, if it first holds at the next line and later stops the run.

    Until a rule holds, checkpoints of fewer steps than this are permanently beyond doubt.
    """
    onsets = (
        _onset(carrying, len(carrying), watch.reach)
        for watch, carrying in _watches(lines, guards, probe)
        if watch.guard.action == "stop"
    )
    return min(onsets, default=0)


def _alarm(watch: _Watch, lines: Lines) -> Alarm | None:
    reason = watch.rule(lines)
    if reason is None:
        return None
    guard, count = watch.guard, 1
    most = len(lines) if guard.action == "stop" else min(guard.patience, len(lines))
    while count < most and watch.rule(lines[:-count]) is not None:
        count += 1
    first = len(lines) - count
    onset = _onset(lines, first, watch.reach)
    return Alarm(watch.name, guard.action, reason, int(lines[first]["step"]), count, guard.patience, onset)


def _onset(lines: Lines, first: int, reach: int) -> int:
    """Return the step of the line before the window that ends with line number `first`; 0 if there is none."""
    return int(lines[first - reach]["step"]) if first >= reach else 0


@dataclass(frozen=True, slots=True)
class _Watch:
    """A rule with its settings.

    Attributes:
        name: Its path in the configuration.
        guard: Its settings.
        figure: The figure that a line needs to be judged by it; None for any line.
        reach: How many of the newest lines it looks at.
        rule: Returns what is wrong, or None.
    """

    name: str
    guard: Guard
    figure: str | None
    reach: int
    rule: Rule


def _watches(lines: Lines, guards: GuardsSection, probe: ProbeSection) -> Iterator[tuple[_Watch, Lines]]:
    """Yield each rule that is not ignored and its lines, if there are any."""
    for watch in (
        _Watch("guards.non_finite", guards.non_finite, None, 1, non_finite),
        _Watch("guards.loss", guards.loss, "loss", 1, partial(spike, guards.loss, "loss", "the loss")),
        _Watch(
            "guards.grad_norm",
            guards.grad_norm,
            "grad_norm",
            1,
            partial(spike, guards.grad_norm, "grad_norm", "the gradient"),
        ),
        _Watch("guards.adapter", guards.adapter, "adapter_norm", 1, unchanged),
        _Watch("guards.reward", guards.reward, "reward", guards.reward.window, partial(reward_collapse, guards.reward)),
        _Watch(
            "guards.entropy",
            guards.entropy,
            "reward",  # SFT has an entropy too
            guards.entropy.window,
            partial(entropy_collapse, guards.entropy),
        ),
        _Watch("guards.length", guards.length, LENGTH, guards.length.window, partial(length_drift, guards.length)),
        _Watch(
            "guards.truncation",
            guards.truncation,
            TRUNCATED,
            guards.truncation.window,
            partial(truncation, guards.truncation),
        ),
        _Watch(
            "guards.unchecked",
            guards.unchecked,
            UNCHECKED,
            guards.unchecked.window,
            partial(unjudged, guards.unchecked),
        ),
        _Watch("guards.general", guards.general, GENERAL, 1, partial(forgetting, guards.general)),
        _Watch("probe.parted", probe.parted, "probe/score", 1, partial(parted, probe.parted)),
        _Watch("probe.disagree", probe.disagree, "probe/score", 1, partial(disagree, probe.disagree)),
    ):
        carrying = [line for line in lines if watch.figure is None or _figure(line, watch.figure) is not None]
        if watch.guard.action != "ignore" and carrying:
            yield watch, carrying


def non_finite(lines: Lines) -> str | None:
    """A figure of the newest line is NaN or infinite. In sharded training only this shows a bad gradient."""
    found = [words for name, words in _MUST_BE_FINITE.items() if _is_not_finite(lines[-1].get(name))]
    return f"{' and '.join(found)} is not finite" if found else None


def spike(guard: SpikeGuard, name: str, words: str, lines: Lines) -> str | None:
    """A figure's absolute value is over `threshold` times the median of the window before, and over the floor.

    At least half a window of lines must come before it: the first steps are not a measure.
    """
    *before, newest = (float(line[name]) for line in lines[-guard.window - 1 :])
    if len(before) < max(1, guard.window // 2):
        return None
    usual = median(abs(value) for value in before)
    if abs(newest) <= max(guard.floor, guard.threshold * usual):
        return None
    return f"{words} is {newest:.3g}; in the {len(before)} lines before its median was {usual:.3g}"


def unchanged(lines: Lines) -> str | None:
    """The adapter's norm equals that of the line before, to the last bit, although the step was not skipped."""
    if len(lines) < 2 or lines[-2]["adapter_norm"] != lines[-1]["adapter_norm"]:
        return None
    if _is_not_finite(lines[-1].get("grad_norm")):
        return None
    return f"the adapter did not change since step {lines[-2]['step']}"


def reward_collapse(guard: RewardGuard, lines: Lines) -> str | None:
    """The mean reward over the window fell below a share of the best earlier mean."""
    means = _moving_means(lines, "reward", guard.window)
    if len(means) < 2:
        return None
    best, newest = max(means[:-1]), means[-1]
    if best < guard.floor or newest >= guard.threshold * best:
        return None
    return f"the reward over {guard.window} lines fell to {newest:.3g}; its best was {best:.3g}"


def entropy_collapse(guard: EntropyGuard, lines: Lines) -> str | None:
    """The mean entropy over the window fell below a share of that of the first window."""
    means = _moving_means(lines, "entropy", guard.window)
    if len(means) < 2 or means[-1] >= guard.threshold * means[0]:
        return None
    return f"the entropy over {guard.window} lines fell to {means[-1]:.3g} nats; at the start it was {means[0]:.3g}"


def length_drift(guard: LengthGuard, lines: Lines) -> str | None:
    """The mean length over the window is too far above or below that of the first window."""
    means = _moving_means(lines, LENGTH, guard.window)
    if len(means) < 2 or means[0] / guard.threshold <= means[-1] <= means[0] * guard.threshold:
        return None
    return f"completions over {guard.window} lines have {means[-1]:.0f} tokens; at the start they had {means[0]:.0f}"


def truncation(guard: TruncationGuard, lines: Lines) -> str | None:
    """Too many completions of the window reached the token limit."""
    means = _moving_means(lines, TRUNCATED, guard.window)
    if not means or means[-1] <= guard.threshold:
        return None
    return f"{means[-1]:.0%} of the completions of {guard.window} lines were cut off at the token limit"


def unjudged(guard: UncheckedGuard, lines: Lines) -> str | None:
    """Too many completions of the window cannot be judged."""
    means = _moving_means(lines, UNCHECKED, guard.window)
    if not means or means[-1] <= guard.threshold:
        return None
    return f"{means[-1]:.0%} of the completions of {guard.window} lines cannot be judged"


def forgetting(guard: GeneralGuard, lines: Lines) -> str | None:
    """The loss on held-out general chats has risen since the first measurement."""
    first, newest = lines[0][GENERAL], lines[-1][GENERAL]
    if newest - first <= guard.threshold:
        return None
    return f"the loss on held-out general chats rose to {newest:.3g} nats a token; at the start it was {first:.3g}"


def parted(guard: PartedGuard, probes: Lines) -> str | None:
    """Since the first probe, the training score rose by more than the strict pass rate did."""
    first, newest = probes[0], probes[-1]
    score = newest["probe/score"] - first["probe/score"]
    strict = newest["probe/passed"] - first["probe/passed"]
    if score - strict <= guard.threshold:
        return None
    return f"on the probe the training score moved by {score:+.2f}, the strict pass rate by {strict:+.2f}"


def disagree(guard: DisagreeGuard, probes: Lines) -> str | None:
    """The second judge refuses too many answers of the probe that training calls valid."""
    share = probes[-1]["probe/refused"]
    if share <= guard.threshold:
        return None
    return f"the second judge refuses or cannot judge {share:.0%} of the probe's answers that training calls valid"


def _figure(line: Mapping[str, Any], name: str) -> float | None:
    value = line.get(name)
    return float(value) if value is not None and math.isfinite(value) else None


def _is_not_finite(value: float | None) -> bool:
    return value is not None and not math.isfinite(value)


def _moving_means(lines: Lines, name: str, window: int) -> list[float]:
    """Return the mean of each full window of lines."""
    values = [value for line in lines if (value := _figure(line, name)) is not None]
    return [fmean(values[end - window : end]) for end in range(window, len(values) + 1)]
