"""Gates: conditions for a part of the rubric to count."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from iacrl.errors import UserError, did_you_mean
from iacrl.scoring.judgement import JUDGED_LAYERS, JudgedLayer, Judgement

_LAYER = re.compile(r"layer\s+(\S+)")
#: A reward's name, or its file, whose path may have spaces.
_REWARD = re.compile(r"(\S+?|.+?\.py)(?:\s*>=\s*(\S+))?")


@dataclass(frozen=True, slots=True)
class LayerGate:
    """Holds if the text passed this layer and every layer below it."""

    layer: JudgedLayer

    def __str__(self) -> str:
        return f"layer {self.layer}"

    def holds(self, parts: Mapping[str, float | None], verdict: Judgement) -> bool:
        """Say whether it holds for one text."""
        return self.layer in verdict.layers


@dataclass(frozen=True, slots=True)
class RewardGate:
    """Holds if another reward of the rubric gives at least this much, never if that reward abstains."""

    reward: str
    at_least: float = 1.0

    def __str__(self) -> str:
        return f"{self.reward} >= {self.at_least:g}"

    def holds(self, parts: Mapping[str, float | None], verdict: Judgement) -> bool:
        """Say whether it holds for one text, given the value of each reward."""
        value = parts[self.reward]
        return value is not None and value >= self.at_least


Gate = LayerGate | RewardGate


def parse_gate(text: str) -> Gate:
    """Read a gate: `layer schema`, `complete` (its value is 1) or `intent >= 0.5`.

    Raises:
        UserError: It is none of these; the message says what was expected.
    """
    if found := _LAYER.fullmatch(text.strip()):
        for layer in JUDGED_LAYERS:
            if layer == found[1]:
                return LayerGate(layer)
        raise UserError(
            f"Gate {text!r}: unknown layer {found[1]!r}.{did_you_mean(found[1], JUDGED_LAYERS)} "
            f"Layers: {', '.join(JUDGED_LAYERS)}."
        )
    if found := _REWARD.fullmatch(text.strip()):
        at_least = _threshold(found[2])
        if at_least is not None:
            return RewardGate(found[1], at_least)
    raise UserError(
        f"Gate {text!r}: write `layer NAME`, the name of a reward that must give 1, or `NAME >= T` with T above 0 and "
        "at most 1."
    )


def _threshold(text: str | None) -> float | None:
    try:
        value = 1.0 if text is None else float(text)
    except ValueError:
        return None
    return value if 0 < value <= 1 else None
