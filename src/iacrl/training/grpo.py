"""The GRPO stage: continue the SFT adapter with rewards that judge what the model wrote."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from datasets import Dataset
from transformers import TrainerState
from transformers.tokenization_utils_base import PreTrainedTokenizerBase
from trl import GRPOConfig, GRPOTrainer

from iacrl.config import Config
from iacrl.errors import UserError
from iacrl.prompt import Message, build_prompt
from iacrl.scoring.runtime import Runtime
from iacrl.tasks import Task
from iacrl.training.lineage import check_lineage, describe_lineage
from iacrl.training.model import adapter_digest, check_device, continue_adapter, load_base, load_tokenizer
from iacrl.training.progress import console
from iacrl.training.rows import grpo_tasks, read_split
from iacrl.training.run_directory import RunDirectory, stage_path
from iacrl.training.stage import Prepared, run_stage, trainer_options

RewardFunction = Callable[..., list[float | None]]


def run_grpo(
    config: Config, *, parent: Path | None = None, resume: bool = False, overwrite: bool = False
) -> RunDirectory:
    """Continue the adapter of a finished SFT run.

    Args:
        config: The resolved configuration.
        parent: The SFT run; by default the one of the same run name.
        resume: Continue an interrupted GRPO run.
        overwrite: Replace a GRPO run that stands in the same place.

    Raises:
        UserError: See the message.
        Interrupted: Ctrl-C or SIGTERM.
    """
    round_length = config.grpo.iterations * config.grpo.steps_per_generation
    source = RunDirectory(parent or stage_path(config, "sft"))
    with Runtime.of(config.rewards) as runtime:
        return run_stage(
            "grpo",
            config,
            lambda: _prepare(config, source, runtime),
            round_length=round_length,
            resume=resume,
            overwrite=overwrite,
        )


def grpo_options(config: Config, run: RunDirectory) -> GRPOConfig:
    """Return the trainer's complete settings.

    Raises:
        UserError: The completions of a step do not divide among the processes.
    """
    grpo = config.grpo
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    completions = grpo.prompts_per_step * grpo.group_size
    accumulation, rest = divmod(completions, grpo.batch_size * processes)
    if rest or not accumulation:
        raise UserError(
            f"grpo.prompts_per_step * grpo.group_size = {completions} completions a step do not divide into batches of "
            f"grpo.batch_size = {grpo.batch_size} on {processes} processes."
        )
    return GRPOConfig(
        **trainer_options(config, grpo, run),
        gradient_accumulation_steps=accumulation,
        max_steps=grpo.steps,
        num_generations=grpo.group_size,
        # TRL counts forward passes here, not optimizer steps.
        steps_per_generation=accumulation * grpo.steps_per_generation,
        max_completion_length=grpo.max_completion_tokens,
        temperature=grpo.temperature,
        top_p=grpo.top_p,
        top_k=grpo.top_k,
        repetition_penalty=1.0,
        beta=grpo.beta,
        num_iterations=grpo.iterations,
        epsilon=grpo.epsilon,
        epsilon_high=grpo.epsilon_high,
        loss_type=grpo.loss_type,
        scale_rewards=grpo.scale_rewards,
        importance_sampling_level="token",
        mask_truncated_completions=grpo.mask_truncated,
        disable_dropout=config.lora.dropout == 0.0,
        shuffle_dataset=False,  # `prompt_order` has shuffled already
        remove_unused_columns=False,
        use_vllm=False,
        log_completions=False,
    )


def build_reward(runtime: Runtime, tasks: Sequence[Task], run: RunDirectory) -> RewardFunction:
    """Return the one composed reward that the trainer calls.

    Several rewards handed over apart would be summed with an abstention counted as 0; the rubric weighs them instead,
    and the parts go to the trainer's metrics. A completion that the instrument failed on is None to the trainer, which
    leaves it out of its group's baseline and gives it no advantage.

    Args:
        runtime: How completions are scored.
        tasks: What the dataset's column `task` indexes.
        run: Where every scored completion is kept.
    """

    def rubric_score(
        prompts: list[list[Message]],
        completions: list[list[Message]],
        task: list[int],
        trainer_state: TrainerState,
        log_metric: Callable[[str, float], None],
        **_: Any,
    ) -> list[float | None]:
        texts = [messages[-1]["content"] for messages in completions]
        asked = [tasks[index] for index in task]
        batch = runtime.score_batch(texts, asked)
        step = trainer_state.global_step + 1
        run.log_samples({"step": step, **row} for row in batch.sample_rows(asked, texts))
        for name, value in batch.metrics().items():
            log_metric(name, value)
        return batch.totals

    return rubric_score


def _prepare(config: Config, parent: RunDirectory, runtime: Runtime) -> Prepared:
    check_device(config.model)
    runtime.start()
    parent_manifest = parent.read_manifest() if parent.path.exists() else None
    if parent_manifest is None or parent_manifest.get("status") != "complete":
        raise UserError(
            f"GRPO continues a finished SFT run, and {parent.path} holds none. Run `iacrl sft` with the same "
            "configuration first, or name another run with --parent."
        )
    train = read_split(config, "train")
    tokenizer = load_tokenizer(config.model)
    tasks = _short_enough(grpo_tasks(config, train), tokenizer, config)
    base = load_base(config.model)
    lineage = describe_lineage(config.model, base, tokenizer, train)
    check_lineage(lineage, parent_manifest.get("lineage", {}), str(parent.path))
    model = continue_adapter(base, parent.adapter)
    if adapter_digest(model) != parent_manifest["adapter_digest"]:
        raise UserError(
            f"{parent.adapter} is not the adapter that this run trained: its digest differs. Train it anew."
        )
    order = prompt_order(len(tasks), prompts_needed(config), config.run.seed)
    rows = [{"prompt": build_prompt(tasks[index]), "task": index} for index in order]

    def build_trainer(run: RunDirectory) -> GRPOTrainer:
        return GRPOTrainer(
            model=model,
            args=grpo_options(config, run),
            reward_funcs=build_reward(runtime, tasks, run),
            train_dataset=Dataset.from_list(rows),
            processing_class=tokenizer,
        )

    facts = {
        "lineage": lineage.to_json(),
        "parent": {"path": str(parent.path), "adapter_digest": parent_manifest["adapter_digest"]},
        "data": {"prompts": len(tasks)},
    }
    return Prepared(model, tokenizer, facts, build_trainer)


def prompts_needed(config: Config) -> int:
    """Return how many prompts a run generates for: each round of generation serves several steps and passes."""
    grpo = config.grpo
    rounds = math.ceil(grpo.steps / (grpo.iterations * grpo.steps_per_generation))
    return rounds * grpo.prompts_per_step * grpo.steps_per_generation


def prompt_order(tasks: int, needed: int, seed: int) -> list[int]:
    """Return the index of the task for each prompt of a run: every task once, shuffled, before any comes again.

    The order is laid out for the whole run at once. The trainer's own sampler shuffles from a generator that a resumed
    run starts anew, so past the first pass over the tasks it would see other prompts than an uninterrupted one.
    """
    random = Random(seed)
    order: list[int] = []
    while len(order) < needed:
        order.extend(random.sample(range(tasks), tasks))
    return order[:needed]


def _short_enough(tasks: list[Task], tokenizer: PreTrainedTokenizerBase, config: Config) -> list[Task]:
    """Leave out prompts over the limit: the trainer has no limit of its own and would run out of memory."""
    limit = config.data.max_prompt_tokens
    kept = [
        task
        for task in tasks
        if len(tokenizer.apply_chat_template(build_prompt(task), add_generation_prompt=True)["input_ids"]) <= limit
    ]
    if not kept:
        raise UserError(f"data.max_prompt_tokens = {limit}: none of the {len(tasks)} GRPO prompts is that short.")
    if len(kept) < len(tasks):
        console.print(f"GRPO: {len(tasks) - len(kept)} of {len(tasks)} prompts are over data.max_prompt_tokens.")
    return kept
