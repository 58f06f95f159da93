"""Credit where the verdict points: the tokens of a fault weigh double in a bad answer, and nothing in a good one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from iacrl.scoring.runtime.outcome import Outcome
from iacrl.training.trainers import PolicyTrainer
from tried.batches import Batch
from tried.scores import Heard

#: What a token inside a fault weighs in an answer below the mean of its group.
INSIDE = 2.0


class Credited(PolicyTrainer):
    """Spreads the advantage of a completion over its tokens.

    Attributes:
        heard: Tells where the faults of the completions are.
    """

    heard: Heard

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> Batch:
        batch: Batch = super()._generate_and_score_completions(inputs)
        advantages = batch["advantages"][:, None].repeat(1, batch["completion_ids"].shape[1])
        for row, (outcome, text) in enumerate(zip(self.heard.outcomes, self.heard.texts, strict=True)):
            tokens = batch["completion_ids"][row][batch["completion_mask"][row].bool()].tolist()
            ends = [len(self.processing_class.decode(tokens[: at + 1])) for at in range(len(tokens))]
            inside = torch.tensor(within(ends, faults(outcome, text)), dtype=torch.bool)
            weight = INSIDE if float(advantages[row, 0]) < 0 else 0.0
            advantages[row, : len(tokens)][inside] *= weight
        return {**batch, "advantages": advantages}


def faults(outcome: Outcome, completion: str) -> list[tuple[int, int]]:
    """Return where the errors and the clauses that are not met are: begin and end of each, in the completion.

    Args:
        completion: The raw text of the model; ranges count in the code that was extracted from it.
    """
    found = outcome.found
    text = found.get("text", "")
    start = completion.find(text)
    if not text or start < 0:
        return []
    errors = [one for one in found["verdict"]["diagnostics"] if one["severity"] == "error"]
    unmet = [one for one in found["intent"] or () if not one["met"]]
    lines = [0]
    for line in text.split("\n"):
        lines.append(lines[-1] + len(line) + 1)

    def at(place: dict[str, int]) -> int:
        return start + lines[min(place["line"], len(lines) - 1) - 1] + place["column"] - 1

    ranges = [one["range"] for one in (*errors, *unmet) if one["range"] is not None]
    return [(at(one["start"]), max(at(one["end"]), at(one["start"]) + 1)) for one in ranges]


def within(ends: Sequence[int], spans: Sequence[tuple[int, int]]) -> list[bool]:
    """Say of each token whether it overlaps a span.

    Args:
        ends: Where each token ends, in characters; each begins where the one before ends.
    """
    begins = [0, *ends[:-1]]
    return [any(begin < last and end > first for first, last in spans) for begin, end in zip(begins, ends, strict=True)]
