"""The rules that watch a run, as pure functions of its lines of metrics.

The trainer keeps its lines in every checkpoint, so a rule has no state of its own: a resumed run judges the same lines
as an uninterrupted one. Each rule looks at the newest line and what came before, and says what is wrong, or None.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import fmean, median
from typing import Any

from iacrl.watching import (
    DisagreeGuard,
    EntropyGuard,
    Guard,
    GuardsSection,
    LengthGuard,
    PartedGuard,
    ProbeSection,
    RewardGuard,
    SpikeGuard,
    TruncationGuard,
)

Lines = Sequence[Mapping[str, Any]]
Rule = Callable[[Lines], str | None]

#: TRL's names of two figures.
LENGTH = "completions/mean_length"
TRUNCATED = "completions/clipped_ratio"


@dataclass(frozen=True, slots=True)
class Alarm:
    """A rule that holds at the newest line.

    Attributes:
        guard: Its path in the configuration, such as `guards.entropy`.
        action: `warn` or `stop`.
        reason: What is wrong, with the figures.
        since: The step of the first line in a row that it holds for.
        count: How many lines in a row that is, at most the patience.
        patience: At how many the action is taken.
    """

    guard: str
    action: str
    reason: str
    since: int
    count: int
    patience: int

    @property
    def stops(self) -> bool:
        """True when the run must stop now."""
        return self.action == "stop" and self.count >= self.patience


def judge(lines: Lines, guards: GuardsSection, probe: ProbeSection) -> dict[str, Alarm | None]:
    """Return, for each rule that the newest line can be judged by, its alarm or None.

    A rule looks only at the lines that carry its figure: with several optimizer steps to a round of generation, or
    between two probes, not every line does.

    Args:
        lines: All lines of metrics of the run, oldest first, each with its `step`.
        guards: The rules for every line.
        probe: The rules for the lines that carry a probe.
    """
    found: dict[str, Alarm | None] = {}
    for name, guard, figure, rule in _rules(guards, probe):
        carrying = [line for line in lines if _figure(line, figure) is not None]
        if guard.action != "ignore" and carrying and carrying[-1] is lines[-1]:
            found[name] = _alarm(name, guard, rule, carrying)
    return found


def _alarm(name: str, guard: Guard, rule: Rule, lines: Lines) -> Alarm | None:
    reason = rule(lines)
    if reason is None:
        return None
    count = 1
    while count < guard.patience and count < len(lines) and rule(lines[:-count]) is not None:
        count += 1
    return Alarm(name, guard.action, reason, int(lines[-count]["step"]), count, guard.patience)


def _rules(guards: GuardsSection, probe: ProbeSection) -> Iterator[tuple[str, Guard, str, Rule]]:
    """Yield each rule with its name, its settings, and the figure that a line must carry to be judged by it."""
    yield "guards.loss", guards.loss, "loss", partial(spike, guards.loss, "loss", "the loss")
    yield (
        "guards.grad_norm",
        guards.grad_norm,
        "grad_norm",
        partial(spike, guards.grad_norm, "grad_norm", "the gradient"),
    )
    yield "guards.adapter", guards.adapter, "adapter_norm", unchanged
    yield "guards.reward", guards.reward, "reward", partial(reward_collapse, guards.reward)
    yield "guards.entropy", guards.entropy, "reward", partial(entropy_collapse, guards.entropy)  # SFT has it too
    yield "guards.length", guards.length, LENGTH, partial(length_drift, guards.length)
    yield "guards.truncation", guards.truncation, TRUNCATED, partial(truncation, guards.truncation)
    yield "probe.parted", probe.parted, "probe/score", partial(parted, probe.parted)
    yield "probe.disagree", probe.disagree, "probe/score", partial(disagree, probe.disagree)


def spike(guard: SpikeGuard, name: str, words: str, lines: Lines) -> str | None:
    """A figure's size is over `threshold` times the median of the window before, and over the floor.

    Half a window of lines must stand before it: the first steps are no measure.
    """
    *before, newest = (float(line[name]) for line in lines[-guard.window - 1 :])
    if len(before) < max(1, guard.window // 2):
        return None
    usual = median(abs(value) for value in before)
    if abs(newest) <= max(guard.floor, guard.threshold * usual):
        return None
    return f"{words} is {newest:.3g}; in the {len(before)} lines before its median was {usual:.3g}"


def unchanged(lines: Lines) -> str | None:
    """The adapter's norm is that of the line before, to the last bit."""
    if len(lines) < 2 or lines[-2]["adapter_norm"] != lines[-1]["adapter_norm"]:
        return None
    return f"the adapter did not change since step {lines[-2]['step']}"


def reward_collapse(guard: RewardGuard, lines: Lines) -> str | None:
    """The mean reward over the window fell under a share of the best such mean before."""
    means = _moving_means(lines, "reward", guard.window)
    if len(means) < 2:
        return None
    best, newest = max(means[:-1]), means[-1]
    if best < guard.floor or newest >= guard.threshold * best:
        return None
    return f"the reward over {guard.window} lines fell to {newest:.3g}; its best was {best:.3g}"


def entropy_collapse(guard: EntropyGuard, lines: Lines) -> str | None:
    """The mean entropy over the window fell under a share of that of the first window."""
    means = _moving_means(lines, "entropy", guard.window)
    if len(means) < 2 or means[-1] >= guard.threshold * means[0]:
        return None
    return f"the entropy over {guard.window} lines fell to {means[-1]:.3g} nats; at the start it was {means[0]:.3g}"


def length_drift(guard: LengthGuard, lines: Lines) -> str | None:
    """The mean length over the window left that of the first window, up or down."""
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


def parted(guard: PartedGuard, probes: Lines) -> str | None:
    """Since the first probe, the training score rose by more than the strict pass rate did."""
    first, newest = probes[0], probes[-1]
    score = newest["probe/score"] - first["probe/score"]
    strict = newest["probe/passed"] - first["probe/passed"]
    if score - strict <= guard.threshold:
        return None
    return f"on the probe the training score moved by {score:+.2f}, the strict pass rate by {strict:+.2f}"


def disagree(guard: DisagreeGuard, probes: Lines) -> str | None:
    """The engine refuses too many answers of the probe that training calls valid."""
    share = probes[-1]["probe/refused"]
    if share <= guard.threshold:
        return None
    return f"the engine refuses {share:.0%} of the probe's answers that training calls valid"


def _figure(line: Mapping[str, Any], name: str) -> float | None:
    value = line.get(name)
    return float(value) if value is not None and math.isfinite(value) else None


def _moving_means(lines: Lines, name: str, window: int) -> list[float]:
    """Return the mean of each full window of lines."""
    values = [value for line in lines if (value := _figure(line, name)) is not None]
    return [fmean(values[end - window : end]) for end in range(window, len(values) + 1)]
