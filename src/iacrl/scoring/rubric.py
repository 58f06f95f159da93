"""The rubric: from a completion to the one score that training and evaluation see."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from iacrl.domains.base import NO_OPTIONS, Options
from iacrl.domains.registry import find_domain
from iacrl.errors import UserError, did_you_mean
from iacrl.scoring.gates import Gate, RewardGate, parse_gate
from iacrl.scoring.judge import judge
from iacrl.scoring.judgement import Judgement
from iacrl.scoring.registry import Reward, find_reward
from iacrl.scoring.substance import declares
from iacrl.scoring.version import judging_version
from iacrl.tasks.task import Task

#: The default rubric. Valid text earns a small share; text that does not do what was asked earns little more. The last
#: clause is worth more than all before it. When leaving one out cost less, GRPO learned to leave one out.
DEFAULT_WEIGHTS: Mapping[str, float] = {
    "syntax": 0.1,
    "schema": 0.05,
    "references": 0.05,
    "intent": 0.2,
    "complete": 0.5,
    "format": 0.05,
    "brevity": 0.05,
}
#: The gates of shipped rewards in a rubric that sets no others. Rewards for form count only for a complete answer: form
#: alone must not pay.
DEFAULT_GATES: Mapping[str, str] = {
    "schema": "layer syntax",
    "references": "layer schema",
    "intent": "layer references",
    "complete": "layer references",
    "format": "layer intent",
    "brevity": "layer intent",
    "security": "layer intent",
    "style": "layer intent",
}


@dataclass(frozen=True, slots=True)
class Score:
    """What one completion earned.

    Attributes:
        total: In [0, 1]; see `Rubric.score` for the formula.
        parts: Each reward's own value in [0, 1], or None if it abstained; gates do not change it.
        verdict: The judgement, including the intent's clauses.
        gated: The parts whose gate did not hold; they counted 0.
        earned: What each part added to the total; a part that was left out because it abstained has no entry.
    """

    total: float
    parts: Mapping[str, float | None]
    verdict: Judgement
    gated: frozenset[str] = frozenset()
    earned: Mapping[str, float] = field(default_factory=dict)

    @property
    def valid(self) -> bool:
        """True when the text is valid and declares something. An empty text is valid Terraform but not an answer."""
        return self.verdict.valid and declares(self.verdict)

    @property
    def passed(self) -> bool:
        """True when the answer is valid and does everything that was asked."""
        return "intent" in self.verdict.layers


@dataclass(frozen=True, slots=True)
class Part:
    """One reward of a rubric.

    Attributes:
        source: Its name in the configuration: a name, or the path of a file.
        reward: The reward of that name.
        weight: Its share of the score, relative to the other weights. With 0 it serves gates and metrics only.
        gate: The condition for it to count; None: it always counts.
    """

    source: str
    reward: Reward
    weight: float
    gate: Gate | None


@dataclass(frozen=True)
class Rubric:
    """Weighted and gated rewards, and the domains' options that are not defaults, by the domain's name.

    Build it with `build_rubric`. Its pickle holds only its description; loading it finds the rewards again.
    """

    parts: tuple[Part, ...]
    options: Mapping[str, Options] = field(default_factory=dict)

    def __reduce__(self) -> tuple[Callable[..., Rubric], tuple[Any, ...]]:
        return build_rubric, (self.weights, self.gates, self.options)

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each reward, by the name or file that the configuration gives."""
        return {part.source: part.weight for part in self.parts}

    @property
    def gates(self) -> dict[str, str | None]:
        """The gate of each reward, by the name or file that the configuration gives; None without one."""
        return {part.source: None if part.gate is None else str(part.gate) for part in self.parts}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what decides a score: rubrics with the same digest give every text the same score.

        It covers the file that declares each reward, weights, gates, the options of the domains, and iacrl's own
        validators and schemas. For a reward of an installed package it covers the package's version too. It does not
        cover what a reward's file imports or reads.
        """
        parts = [
            [
                part.reward.name,
                part.reward.origin if part.reward.origin.startswith("package ") else "",
                part.reward.file_digest,
                part.weight,
                str(part.gate),
            ]
            for part in self.parts
        ]
        described = [parts, self.options, judging_version()]
        return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()

    def score(self, completion: str, task: Task) -> Score:
        """Judge one raw completion for one task.

        The total is the sum of weight times value over the parts, divided by the sum of the weights. A part whose gate
        does not hold has the value 0. A part that abstains leaves both sums. If the task has no intent, it stays in the
        divisor: nothing shows that such a text does what was asked, so the other parts must not weigh more.

        Raises:
            RewardError: A reward raised, or did not return None or a number in [0, 1].
        """
        verdict = judge(completion, task, self.options.get(task.domain, NO_OPTIONS))
        values = {part.reward.name: part.reward(task, verdict) for part in self.parts}
        gated = {
            part.reward.name for part in self.parts if part.gate is not None and not part.gate.holds(values, verdict)
        }
        counted: dict[str, float] = {}
        weights: list[float] = []
        for part in self.parts:
            name = part.reward.name
            value = 0.0 if name in gated else values[name]
            if value is not None:
                counted[name] = part.weight * value
            if value is not None or task.intent is None:
                weights.append(part.weight)
        whole = math.fsum(weights) or 1.0
        total = math.fsum(counted.values()) / whole
        earned = {name: value / whole for name, value in counted.items()}
        return Score(total, values, verdict, frozenset(gated), earned)


def build_rubric(
    weights: Mapping[str, float] = DEFAULT_WEIGHTS,
    gates: Mapping[str, str | None] | None = None,
    options: Mapping[str, Options] | None = None,
) -> Rubric:
    """Return the rubric of these rewards.

    Args:
        weights: The weight of each reward, by its name or file.
        gates: The gate of a reward, by its name or file, in the form that `parse_gate` reads. They are added to the
            usual gates of the shipped rewards; None removes one.
        options: The options of each domain, by its name; missing ones take their defaults.

    Raises:
        UserError: A reward, domain or option is unknown, a reward fails to load, two rewards have one name, or a gate
            does not fit the rewards.
    """
    rewards = {source: find_reward(source) for source in weights}
    _refuse_twins(rewards)
    if not any(weights.values()):
        raise UserError("Every weight of the rubric is 0; at least one reward must count.")
    placed: dict[str, Gate | None] = {}
    for key, text in {**usual_gates(weights), **(gates or {})}.items():
        if key not in weights and text == DEFAULT_GATES.get(key):
            continue  # from a resolved configuration with changed weights
        source = _source_of(key, rewards, f"Gate of {key!r}")
        gate = None if text is None else parse_gate(text)
        if isinstance(gate, RewardGate):
            waited = _source_of(gate.reward, rewards, f"Gate {text!r} of {key!r}")
            if waited == source:
                raise UserError(f"Gate {text!r} of {key!r}: a reward cannot wait for itself.")
            gate = RewardGate(rewards[waited].name, gate.at_least)
        placed[source] = gate
    parts = tuple(Part(source, reward, weights[source], placed.get(source)) for source, reward in rewards.items())
    changed = {name: _changed(name, given) for name, given in (options or {}).items()}
    return Rubric(parts, {name: given for name, given in changed.items() if given})


def _changed(domain: str, given: Options) -> Options:
    """Return the options that decide scores and are not defaults: a default that is written out changes nothing."""
    found = find_domain(domain)
    deciding = {option.name: option.default for option in found.options if not option.of_engine}
    return {name: value for name, value in found.resolved(given).items() if value != deciding.get(name, value)}


def usual_gates(weights: Mapping[str, float]) -> dict[str, str]:
    """Return the usual gates of these rewards, for those that have one."""
    return {name: gate for name, gate in DEFAULT_GATES.items() if name in weights}


def score(completion: str, task: Task) -> Score:
    """Judge one raw completion for one task by the default rubric."""
    return default_rubric().score(completion, task)


@cache
def default_rubric() -> Rubric:
    """Return the default rubric, which `iacrl.score` uses."""
    return build_rubric()


def _refuse_twins(rewards: Mapping[str, Reward]) -> None:
    sources: dict[str, str] = {}
    for source, reward in rewards.items():
        if reward.name in sources:
            raise UserError(
                f"Two rewards of the rubric are called {reward.name!r}: {sources[reward.name]} and {source}. "
                "Rename the function of one."
            )
        sources[reward.name] = source


def _source_of(name: str, rewards: Mapping[str, Reward], place: str) -> str:
    """Return the key in `rewards` of the reward that a gate names, by that key or by the reward's own name."""
    for source, reward in rewards.items():
        if name in (source, reward.name):
            return source
    known = [reward.name for reward in rewards.values()]
    raise UserError(
        f"{place}: {name!r} is not among the weights.{did_you_mean(name, known)} Give it one; 0 keeps a reward for "
        f"gates only. Weighted: {', '.join(known)}."
    )
