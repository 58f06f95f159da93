"""What general chats add to training: their loss in a step of GRPO, and the held-out loss that both stages watch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import Trainer

from iacrl.runs import processes
from iacrl.training.guard_rules import GENERAL
from iacrl.training.measuring import answer_loss
from iacrl.training.replay import Chat


class Replaying:
    """A mixin for GRPO's trainer: an optimizer step also learns the answers of general chats.

    The step's loss is GRPO's plus `replay_weight` times the mean cross entropy of all answer tokens of the step's
    chats, as in PPO-ptx (Ouyang et al. 2022, 2203.02155, eq. 2). The chats are shared out over the micro-batches of all
    processes and go through the model one at a time, so they never need more memory than the completions do. The
    probabilities are those that GRPO compares, at `grpo.temperature`.

    Attributes:
        chats: The chats of each optimizer step, in the order of the steps; empty without replay.
        replay_weight: The weight of their loss.
    """

    chats: Sequence[Sequence[Chat]] = ()
    replay_weight = 0.0
    _micro_batches: int

    # Attributes of the trainer class.
    accelerator: Any
    args: Any
    state: Any
    _get_per_token_logps_and_entropies: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._replayed: list[tuple[float, int]] = []

    def compute_loss(self, model: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Add the gradients of this micro-batch's chats, then compute GRPO's loss as without them."""
        if self.chats and torch.is_grad_enabled():
            self._replay(model, self.chats[self.state.global_step])
        return super().compute_loss(model, inputs, *args, **kwargs)  # type: ignore[misc]

    def replay_figures(self) -> dict[str, float]:
        """Return the mean cross entropy of the chats' answers since the last line, in nats for a token."""
        if not self.chats:
            return {}
        losses, tokens = zip(*processes.gathered(self._replayed), strict=True)
        self._replayed.clear()
        return {"replay/loss": sum(losses) / sum(tokens)}

    def _replay(self, model: Any, chats: Sequence[Chat]) -> None:
        others = self.accelerator.num_processes
        place = (self._micro_batches - 1) * others + self.accelerator.process_index
        tokens = sum(len(chat.ids) - chat.begun for chat in chats)
        for chat in chats[place :: others * self.args.gradient_accumulation_steps]:
            answer = len(chat.ids) - chat.begun
            ids = torch.tensor([chat.ids], device=self.accelerator.device)
            # The exchange of gradients between processes takes their mean, and comes with GRPO's own loss.
            with self.accelerator.no_sync(model):
                found, *_ = self._get_per_token_logps_and_entropies(model, ids, torch.ones_like(ids), answer)
                loss = -found.sum()
                self.accelerator.backward(loss * (self.replay_weight * others / tokens))
            self._replayed.append((float(loss.detach()), answer))


@dataclass(frozen=True)
class GeneralLoss:
    """The loss on held-out general chats, for the lines of metrics that are due. It changes nothing in training.

    Attributes:
        every: Optimizer steps between two measurements; None measures nothing.
        trainer: The trainer, with its model and its lines of metrics so far.
        chats: The held-out chats.
    """

    every: int | None
    trainer: Trainer
    chats: Sequence[Chat]

    def __call__(self) -> dict[str, float]:
        """Return the figure if it is due: with the first line, then after `every` steps."""
        state = self.trainer.state
        if self.every is None or not self.chats:
            return {}
        before = [line["step"] for line in state.log_history if GENERAL in line]
        if before and state.global_step - before[-1] < self.every:
            return {}
        model = self.trainer.accelerator.unwrap_model(self.trainer.model)
        # One at a time: the logits of long chats are large.
        return {GENERAL: answer_loss(model, [(chat.ids, chat.begun) for chat in self.chats], batch_size=1)}
