"""TRL's two trainers with what iacrl adds: longest rows first, halving on out of memory, and figures of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import Any

import torch
from accelerate.utils.memory import clear_device_cache
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import Sampler
from trl import GRPOTrainer, SFTTrainer

from iacrl.decoding.decoder import decode
from iacrl.decoding.sampling import Decoding
from iacrl.errors import UserError, first_line
from iacrl.runs import processes
from iacrl.runs.progress import say
from iacrl.training.generation import Decoder, decodable
from iacrl.training.longest_first import LongestFirst
from iacrl.training.out_of_memory import Inputs, SplitOnOutOfMemory, halved, is_out_of_memory
from iacrl.training.packed_answers import PackedAnswers
from iacrl.training.replay_loss import Replaying
from iacrl.training.rollout_copy import RolloutCopy
from iacrl.training.shared_prompts import SharedPrompts, flat_share
from iacrl.training.step_times import StepTimes


class Measured:
    """A mixin for a trainer: adds figures to every line of metrics before anything reads it.

    Attributes:
        figures: Each returns figures by name; called in order for every line of a training step.
        times: Where the time of the steps goes; every line says it.
    """

    figures: Sequence[Callable[[], dict[str, float]]] = ()
    _micro_batches = 0

    # Attributes of the trainer class.
    accelerator: Any
    args: Any
    lr_scheduler: Any
    model: Any
    optimizer: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.times = StepTimes(on_gpu=self.accelerator.device.type == "cuda")

    @property
    def answering(self) -> Any:
        """The model that answers tasks between steps."""
        return self.accelerator.unwrap_model(self.model)

    def training_step(self, *args: Any, **kwargs: Any) -> Any:
        """Train on one micro-batch, timed as the part `update` of a step."""
        self.times.begin()
        with self.times.part("update"):
            parts = self.args.gradient_accumulation_steps
            self._micro_batches = self._micro_batches % parts + 1
            self.times.advance(self._micro_batches, parts, "micro-batch")
            return super().training_step(*args, **kwargs)  # type: ignore[misc]

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        """Return the schedule with its warm-up one step ahead: it begins at 0, and a step at 0 is wasted."""
        fresh = self.lr_scheduler is None
        schedule = super().create_scheduler(num_training_steps, optimizer)  # type: ignore[misc]
        warmup = self.args.get_warmup_steps(num_training_steps)
        if fresh and warmup:
            ahead: list[Callable[[int], float]] = [partial(_one_ahead, rate, warmup) for rate in schedule.lr_lambdas]
            self.lr_scheduler = LambdaLR(schedule.optimizer, ahead)
        return self.lr_scheduler

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        """Load the states of a checkpoint, with the rates of this run's schedule: those of a lengthened run differ."""
        try:
            super()._load_optimizer_and_scheduler(checkpoint)  # type: ignore[misc]
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UserError(
                f"{checkpoint}: the state of the optimizer or the schedule does not fit ({first_line(error)}). Delete "
                "that folder to go on from the checkpoint before it, or start the run again with --overwrite."
            ) from error
        if checkpoint is not None:
            schedule = self.lr_scheduler
            rates = zip(schedule.base_lrs, schedule.lr_lambdas, strict=True)
            for group, (base, factor) in zip(self.optimizer.param_groups, rates, strict=True):
                group["lr"] = base * factor(schedule.last_epoch)

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Write a line."""
        if "loss" in logs:
            with self.times.part("measuring"):
                for measure in self.figures:
                    logs.update(measure())
            logs.update(self.times.figures())
        super().log(logs, start_time)  # type: ignore[misc]


def _one_ahead(rate: Callable[[int], float], warmup: int, step: int) -> float:
    """Return the factor of a step, numbered from 0, with a warm-up that reaches 1 in its last step."""
    return (step + 1) / warmup if step < warmup else rate(step)


class WarmStartTrainer(Measured, SplitOnOutOfMemory, PackedAnswers, SFTTrainer):
    """SFT; the longest rows are in the first step."""

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        rows = self.train_dataset if train_dataset is None else train_dataset
        step = self.args.train_batch_size * self.args.gradient_accumulation_steps * self.args.world_size
        return LongestFirst([len(ids) for ids in rows["input_ids"]], step, self.args.seed, self._epoch_begun)

    def check_peak_memory(self, row: Sequence[int]) -> None:
        """Run one micro-batch of the longest row and discard the result."""

        def micro_batch(size: int) -> torch.Tensor:
            ids = torch.tensor([list(row)] * size, device=self.accelerator.device)
            inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "labels": ids}
            with self.accelerator.autocast():
                found: torch.Tensor = self.checked_model(**inputs, use_cache=False, fused_lm_head=True).log_probs
            return -found.sum()

        with torch.random.fork_rng(range(torch.cuda.device_count())):
            self.try_out(micro_batch, self.args.per_device_train_batch_size)

    def _epoch_begun(self) -> int:
        """Return the trainer's epoch: its state counts fractions of epochs, and nothing before the first step."""
        return int(self.state.epoch or 0)


class PolicyTrainer(Measured, Replaying, SplitOnOutOfMemory, SharedPrompts, GRPOTrainer):
    """GRPO; generation also goes on in smaller batches when memory runs out.

    Attributes:
        decoder: What writes completions, unless vLLM does.
        rollouts: The copy of the policy that generates, if there is one.
    """

    generation_parts = 1
    decoder: Decoder = "transformers"
    rollouts: RolloutCopy | None = None
    use_vllm: bool
    _keeps_rollouts = True
    _compared: Inputs | None = None
    _generated_at = -1

    def generate_by(self, rollouts: RolloutCopy, *, corrected: bool) -> None:
        """Generate by a copy of the policy.

        Args:
            corrected: Use TRL's correction for probabilities other than the policy's. TRL has it for vLLM alone, so
                this sets its switch for vLLM; generation itself never asks that switch here.
        """
        self.rollouts = rollouts
        self.use_vllm = corrected or self.args.use_vllm
        self._gaps: list[torch.Tensor] = []

    @property
    def answering(self) -> Any:
        """The copy, if there is one and memory allows to keep it; else the policy."""
        if self.rollouts is None or not self._keeps_rollouts:
            return super().answering
        return self.rollouts.renewed(self.state.global_step)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        """Restore what a checkpoint holds, the trained adapter included.

        Beside a reference adapter, as with `grpo.beta`, transformers before 5.23 restores the reference alone, and vLLM
        0.32 needs an earlier transformers.
        """
        super()._load_from_checkpoint(resume_from_checkpoint, model)
        policy = self.accelerator.unwrap_model(self.model)
        if len(getattr(policy, "peft_config", ())) > 1:
            policy.load_adapter(resume_from_checkpoint, policy.active_adapter, is_trainable=True)

    def rollout_figures(self) -> dict[str, float]:
        """Return the gap between the copy and the policy since the last line, in nats for a token."""
        if self.rollouts is None or not self._gaps:
            return {}
        gap = float(torch.cat(self._gaps).mean())
        self._gaps.clear()
        return {"rollout/logprob_gap": gap}

    def halve(self, size: int) -> None:
        """Make room: free the copy after each generation from now on, or else halve the micro-batches."""
        if self.rollouts is not None and self.rollouts.held:
            self._keeps_rollouts = False
            self.rollouts.release()
            clear_device_cache(garbage_collection=True)
            say("Out of memory while training: from now on the rollout copy is freed after each generation.")
            return
        super().halve(size)

    def _compute_loss(self, model: Any, inputs: Inputs) -> Any:
        """Compute the loss, and note what the log-probabilities are compared with."""
        fresh = self.rollouts is not None and self.state.global_step == self._generated_at
        self._compared = inputs if fresh and "sampling_per_token_logps" in inputs else None
        try:
            return super()._compute_loss(model, inputs)
        finally:
            self._compared = None  # general chats are scored too, and have nothing to be compared with

    def share(self, whole: Inputs, part: Inputs) -> float:
        """Return the weight of a part's loss: `dapo` and `cispo` sum over tokens, the others are means.

        The entropy bonus is a mean over tokens for every loss, so a separate weight corrects it.
        """
        name = "completion_mask"
        of_tokens = float(part[name].sum().clamp(min=1) / whole[name].sum().clamp(min=1))
        if self.loss_type in ("dapo", "cispo"):
            share = 1.0
        elif self.loss_type == "bnpo":
            share = of_tokens
        else:
            share = len(part[name]) / len(whole[name])
        self.entropy_coef = self.args.entropy_coef * of_tokens / share
        return share

    def check_peak_memory(self, prompt: Sequence[int]) -> None:
        """Run one generation and one micro-batch of the greatest possible length, and discard the result.

        The policy stops early at first and writes longer later, so memory would run out in the middle of the night.
        vLLM takes its memory when it starts, so its generation needs no check.

        Args:
            prompt: The tokens of the longest prompt.
        """
        rows, limit = self.args.per_device_train_batch_size, self.max_completion_length

        def micro_batch(size: int) -> torch.Tensor:
            ids = torch.tensor([[*prompt, *prompt[-1:] * limit]] * size, device=self.accelerator.device)
            ids[:, 0] = self.unlike_prompts(size)
            log_probs: torch.Tensor
            log_probs, *_ = self._get_per_token_logps_and_entropies(
                self.checked_model, ids, torch.ones_like(ids), limit, compute_entropy=True
            )
            return log_probs.sum()

        with torch.random.fork_rng(range(torch.cuda.device_count())):
            if not self.args.use_vllm:
                self.generation_config.min_new_tokens = limit
                self._generate_single_turn([list(prompt)] * rows * self.args.steps_per_generation, None, {}, 1)
                self.generation_config.min_new_tokens = None
            self.try_out(micro_batch, rows)

    def _get_per_token_logps_and_entropies(
        self, model: Any, input_ids: torch.Tensor, *args: Any, batch_size: int | None = None, **kwargs: Any
    ) -> Any:
        """Score completions; without gradients (old and reference policy), in batches as small as those of training."""
        compute = partial(super()._get_per_token_logps_and_entropies, model, input_ids, *args, **kwargs)
        if torch.is_grad_enabled():
            found = compute(batch_size=batch_size)
            if self._compared is not None:
                apart = (found[0].detach() - self._compared["sampling_per_token_logps"]).abs()
                self._gaps.append(apart[self._compared["completion_mask"].bool()])
            return found
        with self.times.part("log_probs"):
            return self._without_gradients(compute, batch_size or len(input_ids))

    def _without_gradients(self, compute: Any, size: int) -> Any:
        while True:
            try:
                return compute(batch_size=math.ceil(size / self.parts))
            except Exception as error:
                if self.accelerator.num_processes > 1 or not is_out_of_memory(error):
                    raise
            self.halve(size)

    def _calculate_rewards(self, *args: Any, **kwargs: Any) -> Any:
        """Score completions, timed as the part `scoring` of a step, and log the share of flat groups."""
        with self.times.part("scoring"):
            rewards = super()._calculate_rewards(*args, **kwargs)
        self._log_metric("flat_groups", flat_share(rewards, self.num_generations))
        return rewards

    def _generate_single_turn(self, *args: Any, **kwargs: Any) -> tuple[list[Any], Any]:
        """Generate, timed as the part `generation` of a step."""
        with self.times.part("generation"):
            self._generated_at = self.state.global_step
            if self.rollouts is not None:
                copied = self.rollouts.renewed(self.state.global_step)
                if self.args.use_vllm:
                    self.vllm_generation.model = copied
            completions, more = self._in_batches(*args, **kwargs)
            if self.rollouts is not None and not self._keeps_rollouts:
                self.rollouts.release()
        self.times.generated(sum(map(len, completions)))
        return completions, more

    @contextmanager
    def _tokens_told(self) -> Iterator[None]:
        """Say how many tokens the longest completions have: each forward pass of the model adds one."""
        passes = count(1)
        limit = self.max_completion_length
        hook = self.model.register_forward_hook(lambda *_: self.times.advance(next(passes), limit, "token"))
        try:
            yield
        finally:
            hook.remove()

    def _in_batches(self, prompt_ids: list[Any], *args: Any, **kwargs: Any) -> tuple[list[Any], Any]:
        """Generate for all prompts, in as many batches as memory requires.

        With iacrl's decoder each completion keeps its random numbers. Smaller batches of transformers' `generate` draw
        others: the completions are as likely, but not the same.
        """
        write = self._decoded(prompt_ids)
        if write is None:
            generate: Callable[..., tuple[list[Any], Any]] = super()._generate_single_turn

            def write(rows: slice) -> tuple[list[Any], Any]:
                with self._tokens_told():
                    return generate(prompt_ids[rows], *args, **kwargs)

        while True:
            size = math.ceil(len(prompt_ids) / self.generation_parts)
            try:
                starts = range(0, len(prompt_ids), size)
                found: list[tuple[list[Any], Any]] = [write(slice(start, start + size)) for start in starts]
                if len(found) == 1:
                    return found[0]
                log_probs = None if found[0][1] is None else [row for _, rows in found for row in rows]
                return [ids for completions, _ in found for ids in completions], log_probs
            except Exception as error:
                if self.args.use_vllm or processes.share_one_model() or not is_out_of_memory(error):
                    raise
            self.generation_parts = halved(self.generation_parts, len(prompt_ids), "generating")

    def _decoded(self, prompt_ids: list[list[int]]) -> Callable[[slice], tuple[list[Any], Any]] | None:
        """Return what writes completions for some of the prompts by iacrl's decoder; None if it cannot."""
        if self.args.use_vllm or self.decoder != "iacrl":
            return None
        limit = self.max_completion_length
        model = self.accelerator.unwrap_model(self.model) if self.rollouts is None else self.rollouts.model
        plain = decodable(model, max(map(len, prompt_ids)) + limit)
        if plain is None:
            return None
        decoding = Decoding(self.temperature, self.top_p, self.top_k, self.min_p or 0.0, self.repetition_penalty)
        ends = () if self.generation_config.min_new_tokens else self.eos_token_ids  # the check of peak memory
        draws = torch.rand(len(prompt_ids), limit, dtype=torch.float64)

        def write(rows: slice) -> tuple[list[Any], Any]:
            was_training = model.training
            model.eval()
            try:
                written = decode(
                    plain,
                    prompt_ids[rows],
                    decoding,
                    max_tokens=limit,
                    ends=ends,
                    draws=draws[rows],
                    progress=lambda done: self.times.advance((rows.start or 0) + done, len(prompt_ids), "completion"),
                )
            finally:
                model.train(was_training)
            log_probs = None if self.rollouts is None else [done.log_probs for done in written]
            return [done.ids for done in written], log_probs

        return write
