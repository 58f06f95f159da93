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

#: The default rubric. Little above the small share of valid text is earned by text that does not do what was asked. The
#: last clause is worth more than all before it: while leaving one out cost less, that is what GRPO learned to do.
DEFAULT_WEIGHTS: Mapping[str, float] = {
    "syntax": 0.1,
    "schema": 0.05,
    "references": 0.05,
    "intent": 0.2,
    "complete": 0.5,
    "format": 0.05,
    "brevity": 0.05,
}
#: What a shipped reward waits for, in any rubric that says nothing else. Those that judge the form of an answer count
#: only for an answer that does everything; form alone must not pay.
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
        total: In [0, 1]; `Rubric.score` says how it is made.
        parts: Each reward's own value in [0, 1], or None where it abstained; gates have no say in it.
        verdict: What was judged and found, the intent's clauses included.
        gated: The parts whose gate did not hold, so that they counted 0.
        earned: What each part added to the total; nothing for one that was left out because it abstained.
    """

    total: float
    parts: Mapping[str, float | None]
    verdict: Judgement
    gated: frozenset[str] = frozenset()
    earned: Mapping[str, float] = field(default_factory=dict)

    @property
    def valid(self) -> bool:
        """True when the text is valid and declares something; an empty text is valid Terraform but no answer."""
        return self.verdict.valid and declares(self.verdict)

    @property
    def passed(self) -> bool:
        """True when the answer is valid and does everything that was asked."""
        return "intent" in self.verdict.layers


@dataclass(frozen=True, slots=True)
class Part:
    """One reward of a rubric.

    Attributes:
        source: How the configuration names it: a name, or the path of a file.
        reward: What it is found by that.
        weight: Its share of the score, beside the other weights. 0 keeps it for gates and metrics only.
        gate: What must hold for it to count; None: it always counts.
    """

    source: str
    reward: Reward
    weight: float
    gate: Gate | None


@dataclass(frozen=True)
class Rubric:
    """Weighted and gated rewards, and the options of the domains that are not the defaults, by the domain's name.

    Build it with `build_rubric`. Pickled, it travels as its description, and finds its rewards again where it arrives.
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
        """The gate of each reward, by the name or file that the configuration gives; None where it has none."""
        return {part.source: None if part.gate is None else str(part.gate) for part in self.parts}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what decides a score: rubrics with the same digest score every text the same.

        It covers the file that declares each reward, weights, gates, the options of the domains, and iacrl's own
        validators and schemas; for a reward of an installed package also the package's version. What a reward's file
        imports or reads beside that it cannot see.
        """
        parts = [
            [
                part.reward.name,
                part.reward.origin if part.reward.origin.startswith("package ") else "",
                hashlib.sha256(part.reward.file.read_bytes()).hexdigest(),
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
        does not hold has the value 0. A part that abstains leaves both sums. Where the task has no intent, it stays
        in the lower one: nothing shows that such a text does what was asked, and what is left must not weigh more.

        Raises:
            RewardError: A reward raised, or returned something that is not a number in [0, 1] or None.
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
        weights: Name or file of each reward to its weight.
        gates: Name or file of a reward to what must hold for it to count, as `parse_gate` reads it; beside the usual
            gates of the shipped rewards, which None as a gate takes away.
        options: Name of each domain to its options; the defaults where a domain or an option is not named.

    Raises:
        UserError: A reward is not known or fails to load, two have one name, or a gate does not fit the rewards; or
            there is no such domain or option.
    """
    rewards = {source: find_reward(source) for source in weights}
    _refuse_twins(rewards)
    if not any(weights.values()):
        raise UserError("Every weight of the rubric is 0; at least one reward must count.")
    placed: dict[str, Gate | None] = {}
    for key, text in {**usual_gates(weights), **(gates or {})}.items():
        if key not in weights and text == DEFAULT_GATES.get(key):
            continue  # from a resolved configuration, whose weights have been changed
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
    """Return the options that decide scores and are not the defaults: spelling those out makes no other rubric."""
    found = find_domain(domain)
    deciding = {option.name: option.default for option in found.options if not option.of_engine}
    return {name: value for name, value in found.resolved(given).items() if value != deciding.get(name, value)}


def usual_gates(weights: Mapping[str, float]) -> dict[str, str]:
    """Return the usual gates of those rewards that have one."""
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
