"""What an evaluation found: rates by model, decoding and domain, and each stage's paired gain over the one before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from iacrl.evaluation.metrics import Estimate, estimate, paired_difference

#: The domain column that joins all domains.
ALL = "all"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One task's result: shares of its samples, each in [0, 1].

    Attributes:
        task: The task's id.
        domain: The task's domain.
        passed: Valid and everything asked for done.
        valid: Valid, and declares something.
        stopped: Ended by itself, within the token limit.
    """

    task: str
    domain: str
    passed: float
    valid: float
    stopped: float


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of one model with one decoding on one domain."""

    model: str
    decoding: str
    domain: str
    passed: Estimate
    valid: Estimate
    stopped: float

    def to_json(self) -> dict[str, Any]:
        """Return the plain form that stands in `results.json`."""
        return {
            "model": self.model,
            "decoding": self.decoding,
            "domain": self.domain,
            "pass@1": self.passed.to_json(),
            "valid@1": self.valid.to_json(),
            "stopped": self.stopped,
        }


@dataclass(frozen=True, slots=True)
class Gain:
    """How much more often `after` passes than `before`, paired task by task."""

    after: str
    before: str
    decoding: str
    difference: Estimate

    def to_json(self) -> dict[str, Any]:
        """Return the plain form that stands in `results.json`."""
        return {
            "after": self.after,
            "before": self.before,
            "decoding": self.decoding,
            "pass@1": self.difference.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Results:
    """Every rate and every gain of one evaluation."""

    rates: tuple[Rates, ...]
    gains: tuple[Gain, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the content of `results.json`."""
        return {"rates": [rate.to_json() for rate in self.rates], "gains": [gain.to_json() for gain in self.gains]}


def summarize(outcomes: dict[tuple[str, str], Sequence[Outcome]]) -> Results:
    """Return rates and gains.

    Args:
        outcomes: `(model, decoding)` to the outcomes on the same tasks in the same order; models in their order.
    """
    rates = [rate for (model, decoding), found in outcomes.items() for rate in _rates(model, decoding, found)]
    models = list(dict.fromkeys(model for model, _ in outcomes))
    decodings = list(dict.fromkeys(decoding for _, decoding in outcomes))
    gains = [
        Gain(
            after,
            before,
            decoding,
            paired_difference(
                [found.passed for found in outcomes[after, decoding]],
                [found.passed for found in outcomes[before, decoding]],
            ),
        )
        for before, after in pairwise(models)
        for decoding in decodings
    ]
    return Results(tuple(rates), tuple(gains))


def _rates(model: str, decoding: str, outcomes: Sequence[Outcome]) -> Iterator[Rates]:
    domains = list(dict.fromkeys(found.domain for found in outcomes))
    for domain in [*domains, ALL] if len(domains) > 1 else domains:
        chosen = [found for found in outcomes if domain in (found.domain, ALL)]
        yield Rates(
            model,
            decoding,
            domain,
            estimate([found.passed for found in chosen]),
            estimate([found.valid for found in chosen]),
            sum(found.stopped for found in chosen) / len(chosen),
        )
