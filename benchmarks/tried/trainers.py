"""The product's trainer of GRPO with another weight for each completion, or with other completions in its batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import torch

from iacrl.tasks.prompt import Message
from iacrl.tasks.repair_turn import repair_turn
from iacrl.training.trainers import PolicyTrainer
from tried.batches import Batch, counted, joined, rows
from tried.scores import Heard

Inputs = list[dict[str, Any]]

#: Advantages of flat groups are 0 up to rounding; those of any other group are far larger.
_FLAT = 1e-2


class Weighed(PolicyTrainer):
    """Weighs completions by a function of `tried.weights`.

    Attributes:
        weigh: The function.
        drops: Completions of weight 0 are not trained on: the loss is the mean over the others' tokens.
    """

    weigh: Callable[[torch.Tensor], torch.Tensor]
    drops = False
    _scores: torch.Tensor

    def _calculate_rewards(self, *args: Any, **kwargs: Any) -> Any:
        found = super()._calculate_rewards(*args, **kwargs)
        self._scores = found[:, 0].nan_to_num(0.0)
        return found

    def _generate_and_score_completions(self, inputs: Inputs) -> Batch:
        batch: Batch = super()._generate_and_score_completions(inputs)
        weights = type(self).weigh(self._scores.view(-1, self.num_generations)).flatten()
        return counted({**batch, "advantages": weights}, weights != 0 if self.drops else None)


class Redrawn(PolicyTrainer):
    """Dynamic sampling, as in DAPO (arXiv:2503.14476): other prompts take the place of flat groups, within a budget.

    The dataset goes on after the prompts of all steps: there are the others, for each step its own.

    Attributes:
        rounds: How many times a step draws again, at most.
    """

    rounds = 1

    def _generate_and_score_completions(self, inputs: Inputs) -> Batch:
        batch: Batch = super()._generate_and_score_completions(inputs)
        size = self.num_generations
        groups = len(inputs) // size
        first = len(self.train_dataset) - (self.state.max_steps - self.state.global_step) * groups * self.rounds
        lively, flat = self._parted(batch)
        used = 0
        for _ in range(self.rounds):
            missing = groups - lively_groups(lively, size)
            if not missing:
                break
            others = [self.train_dataset[first + used + number] for number in range(missing)]
            used += missing
            again = super()._generate_and_score_completions([row for row in others for _ in range(size)])
            more, more_flat = self._parted(again)
            lively, flat = self._whole([lively, more]), self._whole([flat, more_flat])
        # Flat groups fill up what is missing, so that a step has as many completions as every other.
        return rows(self._whole([lively, flat]), range(len(inputs)))

    def _parted(self, batch: Batch) -> tuple[Batch, Batch]:
        learns = batch["advantages"].view(-1, self.num_generations).abs().amax(dim=1) > _FLAT
        each = learns.repeat_interleave(self.num_generations)
        return tuple(rows(batch, which.nonzero()[:, 0].tolist()) for which in (each, ~each))

    def _whole(self, parts: Sequence[Batch]) -> Batch:
        return joined(parts, self.processing_class.pad_token_id)


def lively_groups(batch: Batch, size: int) -> int:
    """Return the number of groups in a batch."""
    return len(batch["advantages"]) // size


class Replaying(PolicyTrainer):
    """Trains on passed completions of earlier steps too, each weighed by its probability then and now.

    What it keeps is lost when a run is interrupted; it fills again within `age` steps.

    Attributes:
        age: The age up to which a completion is reused, in steps.
        most: How many are reused at most in a step, of a step's completions.
        heard: Tells which completions pass.
    """

    age = 4
    most = 0.25
    heard: Heard
    _kept: tuple[tuple[int, Batch], ...] = ()

    def _generate_and_score_completions(self, inputs: Inputs) -> Batch:
        batch: Batch = super()._generate_and_score_completions(inputs)
        batch.setdefault("old_per_token_logps", batch.get("sampling_per_token_logps"))
        if batch["old_per_token_logps"] is None:
            raise SystemExit("Reuse needs the probabilities of sampling: set grpo.rollout=merged.")
        step = self.state.global_step
        young = [(born, row) for born, row in self._kept if step - born <= self.age]
        parts = self.args.steps_per_generation
        count = min(int(self.most * len(inputs)), len(young)) // parts * parts
        chosen = Random(self.args.seed * 1_000_003 + step).sample(young, count)
        learns = (batch["advantages"] > _FLAT).tolist()
        passed = [at for at, outcome in enumerate(self.heard.outcomes) if outcome.passed and learns[at]]
        self._kept = (*young, *((step, rows(batch, [at])) for at in passed))
        return joined([batch, *(row for _, row in chosen)], self.processing_class.pad_token_id)


class Repairing(PolicyTrainer):
    """Gives half of the groups of a step to repairs: a refused answer of the step before, and what the verdict says.

    The completions of such a group answer the same diagnostics, and compare with each other. Half of the prompts are
    not asked, so a step has as many completions as every other.

    Attributes:
        turns: The most repairs of one answer.
        heard: Tells which completions are refused, and why.
    """

    turns = 2
    heard: Heard
    _refused: tuple[dict[str, Any], ...] = ()

    def _generate_and_score_completions(self, inputs: Inputs) -> Batch:
        size = self.num_generations
        asked = [dict(inputs[at]) for at in range(0, len(inputs), size)]
        for number, row in enumerate(self._refused[: len(asked) // 2]):
            asked[number] = row
        batch: Batch = super()._generate_and_score_completions([dict(row) for row in asked for _ in range(size)])
        self._refused = tuple(
            repaired
            for number, row in enumerate(asked)
            if turns_of(row["prompt"]) < self.turns
            and (repaired := self._with_turn(row, range(number * size, (number + 1) * size))) is not None
        )
        return batch

    def _with_turn(self, row: dict[str, Any], group: Sequence[int]) -> dict[str, Any] | None:
        """Return the row that asks to repair the first refused answer of a group; None if all are valid."""
        for at in group:
            outcome = self.heard.outcomes[at]
            if outcome.kind == "judged" and not outcome.valid:
                sample = outcome.sample(self.heard.tasks[at], self.heard.texts[at])
                turn = repair_turn(sample.completion, sample.verdict.diagnostics, sample.verdict.unchecked)
                return {**row, "prompt": [*row["prompt"], *turn]}
        return None


def turns_of(prompt: Sequence[Message]) -> int:
    """Return the number of repairs that a prompt asks for."""
    return sum(message["role"] == "assistant" for message in prompt)
