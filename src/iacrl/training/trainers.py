"""TRL's two trainers with what iacrl adds: longest rows first, halving on out of memory, and figures of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch.utils.data import Sampler
from trl import GRPOTrainer, SFTTrainer

from iacrl.training.memory import Inputs, SplitOnOutOfMemory, halved, is_out_of_memory


class Measured:
    """Mixed into a trainer: adds figures to every line of metrics, before anything reads it.

    Attributes:
        figures: Each returns figures by name; called in order for every line of a training step.
    """

    figures: Sequence[Callable[[], dict[str, float]]] = ()

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Write a line."""
        if "loss" in logs:
            for measure in self.figures:
                logs.update(measure())
        super().log(logs, start_time)  # type: ignore[misc]


class LongestFirst(Sampler[int]):
    """The longest rows first, so that memory runs out in the first step or never; the rest shuffled anew each epoch.

    Args:
        lengths: Tokens of each row.
        first: How many of the longest rows come first, in the first epoch: those of one optimizer step.
        seed: Of the shuffling.
    """

    def __init__(self, lengths: Sequence[int], first: int, seed: int) -> None:
        self._lengths = lengths
        self._first = first
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch; the trainer does, also when it resumes."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self._seed + self._epoch)
        order: list[int] = torch.randperm(len(self), generator=generator).tolist()
        if self._epoch == 0:
            longest = sorted(order, key=lambda row: -self._lengths[row])[: self._first]
            chosen = frozenset(longest)
            order = [*longest, *(row for row in order if row not in chosen)]
        return iter(order)


class WarmStartTrainer(Measured, SplitOnOutOfMemory, SFTTrainer):
    """SFT; the longest rows stand in the first step."""

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        rows = self.train_dataset if train_dataset is None else train_dataset
        step = self.args.train_batch_size * self.args.gradient_accumulation_steps * self.args.world_size
        return LongestFirst([len(ids) for ids in rows["input_ids"]], step, self.args.seed)


class PolicyTrainer(Measured, SplitOnOutOfMemory, GRPOTrainer):
    """GRPO; generation, too, goes on in smaller batches when memory runs out."""

    generation_parts = 1

    def share(self, whole: Inputs, part: Inputs) -> float:
        """Return the weight of a part's loss: `dapo` sums over tokens, the others are means."""
        if self.loss_type == "dapo":
            return 1.0
        name = "completion_mask"
        if self.loss_type == "bnpo":
            return float(part[name].sum().clamp(min=1) / whole[name].sum().clamp(min=1))
        return len(part[name]) / len(whole[name])

    def rehearse(self, prompt: Sequence[int]) -> None:
        """Go through one generation and one micro-batch of the greatest length there can be, and forget the result.

        The policy stops early at first and writes longer later; so memory would run out in the middle of the night.

        Args:
            prompt: The tokens of the longest prompt.
        """
        rows = self.args.per_device_train_batch_size
        limit = self.max_completion_length
        self.current_gradient_accumulation_steps = self.args.gradient_accumulation_steps
        devices = range(torch.cuda.device_count())
        with torch.random.fork_rng(devices):
            self.generation_config.min_new_tokens = limit
            self._generate_single_turn([list(prompt)] * rows * self.args.steps_per_generation, None, {}, 1)
            self.generation_config.min_new_tokens = None
            ids = torch.tensor([list(prompt)] * rows, device=self.accelerator.device)
            written = ids[:, -1:].expand(rows, limit)
            inputs = {
                "prompt_ids": ids,
                "prompt_mask": torch.ones_like(ids),
                "completion_ids": written,
                "completion_mask": torch.ones_like(written),
                "advantages": torch.ones(rows, device=ids.device),
                "num_items_in_batch": torch.tensor(rows * limit, device=ids.device),
            }
            if self.beta != 0.0:
                inputs["ref_per_token_logps"] = torch.zeros(rows, limit, device=ids.device)
            self.model.train()
            self.compute_loss(self.model_wrapped, inputs)
        self.model.zero_grad()
        self._metrics["train"].clear()

    def _get_per_token_logps_and_entropies(
        self, model: Any, input_ids: torch.Tensor, *args: Any, batch_size: int | None = None, **kwargs: Any
    ) -> Any:
        """Score completions; without gradients (old and reference policy), in batches as small as those of training."""
        compute = super()._get_per_token_logps_and_entropies
        if torch.is_grad_enabled() or self.accelerator.num_processes > 1:
            return compute(model, input_ids, *args, batch_size=batch_size, **kwargs)
        size = batch_size or len(input_ids)
        while True:
            try:
                return compute(model, input_ids, *args, batch_size=math.ceil(size / self.parts), **kwargs)
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
            self.halve(size)

    def _generate_single_turn(self, prompt_ids: list[Any], *args: Any, **kwargs: Any) -> tuple[list[Any], Any]:
        """Generate for all prompts, in as many batches as memory asks for.

        Smaller batches draw other random numbers: the completions are as likely, but not the same.
        """
        generate = super()._generate_single_turn
        while True:
            size = math.ceil(len(prompt_ids) / self.generation_parts)
            try:
                batches = [prompt_ids[start : start + size] for start in range(0, len(prompt_ids), size)]
                found: list[tuple[list[Any], Any]] = [generate(batch, *args, **kwargs) for batch in batches]
                if len(found) == 1:
                    return found[0]
                return [ids for completions, _ in found for ids in completions], None
            except Exception as error:
                if self.use_vllm or self.accelerator.num_processes > 1 or not is_out_of_memory(error):
                    raise
            self.generation_parts = halved(self.generation_parts, len(prompt_ids), "generating")
