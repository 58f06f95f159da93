"""The GRPO stage: continue the SFT adapter with rewards that judge the model's completions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from peft import PeftModel
from transformers import PreTrainedModel, TrainerState
from transformers.tokenization_utils_base import PreTrainedTokenizerBase
from trl import GRPOConfig

from iacrl.config.recipes import Config
from iacrl.errors import UserError
from iacrl.runs import launch, processes
from iacrl.runs.directory import RunDirectory, run_at, stage_path
from iacrl.runs.progress import say
from iacrl.runs.splits import read_split
from iacrl.scoring.runtime import Runtime
from iacrl.tasks import Task
from iacrl.tasks.prompt import Message, build_prompt
from iacrl.tasks.task_files import digest_tasks
from iacrl.training.callbacks import PeakMemoryCheck
from iacrl.training.lineage import (
    check_adapter,
    check_lineage,
    check_same_kind,
    check_trained,
    describe_lineage,
    finished_parent,
    gold_seen,
)
from iacrl.training.model import check_device, continue_adapter, load_base, load_whole, target_modules
from iacrl.training.packed_scores import may_pack
from iacrl.training.probe import HackMonitor, announce, probe_tasks
from iacrl.training.replay import Replay, chats_of_steps, read_replay
from iacrl.training.replay_loss import GeneralLoss
from iacrl.training.reward_record import check_same_reward, describe_reward
from iacrl.training.rollout_copy import is_rounded, open_copy
from iacrl.training.rows import grpo_tasks, prompt_order, prompt_rows, weights_of, without_weight_0
from iacrl.training.stage import Prepared, run_stage, trainer_options
from iacrl.training.start_gate import check_gate, measure_gate, still_measures
from iacrl.training.tokenizer import load_tokenizer
from iacrl.training.trainers import PolicyTrainer
from iacrl.training.validation import Validation
from iacrl.training.vllm_generation import check_vllm, vllm_options

RewardFunction = Callable[..., list[float | None]]


def run_grpo(
    config: Config,
    *,
    parent: Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    accept_reward: bool = False,
) -> RunDirectory:
    """Continue what a finished SFT run trained.

    Args:
        parent: The SFT run, or a checkpoint of any run; by default the SFT run of the same name.
        resume, overwrite: See `run_stage`.
        accept_reward: Resume even if the reward has changed since the run was started.

    Raises:
        UserError: See the message.
        Interrupted: Ctrl-C or SIGTERM.
    """
    round_length = config.grpo.iterations * config.grpo.steps_per_generation
    place = parent or stage_path(config, "sft")
    source = run_at(place) or RunDirectory(place)
    with config.runtime() as runtime:
        return run_stage(
            "grpo",
            config,
            lambda: _prepare(config, source, runtime, resume=resume, accept_reward=accept_reward),
            round_length=round_length,
            resume=resume,
            overwrite=overwrite,
        )


def grpo_options(config: Config, run: RunDirectory) -> GRPOConfig:
    """Return the trainer's complete settings.

    Raises:
        UserError: The completions of a step cannot be divided equally among the processes.
    """
    grpo = config.grpo
    accumulation = launch.micro_batches(config)
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
        min_p=grpo.min_p or None,
        repetition_penalty=grpo.repetition_penalty,
        beta=grpo.beta,
        num_iterations=grpo.iterations,
        epsilon=grpo.epsilon,
        epsilon_high=grpo.epsilon_high,
        loss_type=grpo.loss_type,
        scale_rewards=grpo.scale_rewards,
        importance_sampling_level=grpo.importance_level,
        entropy_coef=grpo.entropy_bonus,
        mask_truncated_completions=grpo.mask_truncated,
        disable_dropout=config.lora is None or config.lora.dropout == 0.0,
        shuffle_dataset=False,  # iacrl sets the order of the prompts: `iacrl.training.rows`
        remove_unused_columns=False,
        **vllm_options(config),
        log_completions=False,
    )


def build_reward(runtime: Runtime, tasks: Sequence[Task], run: RunDirectory) -> RewardFunction:
    """Return the one composed reward that the trainer calls.

    The trainer would sum separate rewards and count an abstention as 0. So the rubric weighs them instead, and the
    parts go to the trainer's metrics. If scoring fails on a completion, the trainer gets None: it leaves the completion
    out of its group's baseline and gives it no advantage.

    Args:
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
        rows = batch.rows(asked, texts, step=trainer_state.global_step + 1)
        run.log_samples(processes.gathered(rows))
        for name, value in batch.metrics().items():
            log_metric(name, value)
        return batch.totals

    return rubric_score


def _prepare(config: Config, parent: RunDirectory, runtime: Runtime, *, resume: bool, accept_reward: bool) -> Prepared:
    check_device(config.model)
    check_vllm(config)
    runtime.start()
    parent_manifest = finished_parent(
        parent, "Run `iacrl sft` with the same configuration first, or name another run with --parent."
    )
    train = read_split(config, "train")
    weights = weights_of(config, train)
    train = without_weight_0(train, weights)
    tokenizer = load_tokenizer(config.model)
    seen = gold_seen(parent, parent_manifest)
    tasks = _short_enough(grpo_tasks(config, train, seen), tokenizer, config)
    base = load_base(config.model)
    lineage = describe_lineage(config, base, tokenizer, train)
    check_lineage(lineage, parent_manifest["lineage"], str(parent.path))
    model, parent_digest = _continued(base, parent, config)
    gate = None
    if not resume:
        gate = parent_manifest.get("gate") if parent.checkpoint is None else None
        if not still_measures(gate, config):
            gate = measure_gate(config, model, tokenizer, runtime)
        check_gate(config, gate, str(parent.checkpoint or parent.path))
    weighed = None if weights is None else weights.of(tasks)
    order = prompt_order(len(tasks), prompts_needed(config), config.run.seed, weighed)
    replay = _replay(config, tokenizer)
    chats = [] if replay is None else chats_of_steps(config, replay)
    data = {
        "prompts": len(tasks),
        "digest": digest_tasks(tasks),
        "gold": sorted(seen),
        "weights": None if weights is None else weights.digest,
        "replay": None if replay is None else {**replay.facts, "rows_of_a_step": len(chats[0]) if chats else 0},
    }
    reward = describe_reward(config.rubric())
    if resume and not accept_reward:
        check_same_reward(RunDirectory(stage_path(config, "grpo")), reward)
    probed = probe_tasks(config)
    rollouts = open_copy(config, model, [prompt_ids(task, tokenizer) for task in tasks[:8]])

    def build_trainer(run: RunDirectory) -> PolicyTrainer:
        trainer = PolicyTrainer(
            model=model,
            args=grpo_options(config, run),
            reward_funcs=build_reward(runtime, tasks, run),
            train_dataset=prompt_rows(tasks, order),
            processing_class=tokenizer,
        )
        trainer.decoder = config.model.decoder
        trainer.packs = may_pack(config, config.grpo)
        if rollouts is not None:
            trainer.generate_by(rollouts[0], corrected=is_rounded(config))
        monitor = HackMonitor(config, run, trainer, tokenizer, probed, runtime)
        trainer.figures = [trainer.rollout_figures, trainer.replay_figures, monitor]
        if replay is not None:
            trainer.chats, trainer.replay_weight = chats, config.data.replay_share
            general = GeneralLoss(config.guards.general.every, trainer, replay.held_out)
            trainer.figures = [*trainer.figures, general]
        trainer.add_callback(Validation(config, config.grpo, run, trainer, tokenizer, runtime))
        if config.model.device == "cuda":
            trainer.add_callback(PeakMemoryCheck(trainer, longest_prompt(tasks, tokenizer)))
        return trainer

    facts = {
        "lineage": lineage.to_json(),
        "parent": {"path": str(parent.checkpoint or parent.path), "adapter_digest": parent_digest},
        "data": data,
        "reward": reward,
        "gate": gate,
        "probe": announce(probed) if probed else None,
        "rollout": {"by": "policy"} if rollouts is None else {"by": "merged", "logprob_gap": rollouts[1]},
    }
    return Prepared(model, tokenizer, facts, build_trainer)


def _replay(config: Config, tokenizer: PreTrainedTokenizerBase) -> Replay | None:
    """Return the general chats; those longer than the longest completion with its prompt are left out.

    Raises:
        UserError: See `read_replay`; or the processes share one model, and so cannot run it on other rows each.
    """
    replay = read_replay(config, tokenizer, config.data.max_prompt_tokens + config.grpo.max_completion_tokens)
    if replay is not None and config.data.replay_share and processes.share_one_model():
        raise UserError(
            "data.replay: GRPO cannot learn general chats where the processes share one model (FSDP, DeepSpeed). Start "
            "it by torchrun, or only measure them with data.replay_share=0."
        )
    return replay


def _continued(base: PreTrainedModel, parent: RunDirectory, config: Config) -> tuple[PreTrainedModel | PeftModel, str]:
    """Return what the parent trained, with its digest: its adapter on the base, or its whole model."""
    check_same_kind(parent, config)
    if config.lora is None:
        digest = check_trained(parent)
        return load_whole(config.model, parent.trained), digest
    targets = target_modules(base, config.lora)
    model = continue_adapter(base, parent.trained)
    digest = check_trained(parent)
    check_adapter(model, targets, config.lora, parent)
    return model, digest


def prompts_needed(config: Config) -> int:
    """Return the number of prompts that a run generates for: each round serves several steps and passes."""
    grpo = config.grpo
    rounds = math.ceil(grpo.steps / (grpo.iterations * grpo.steps_per_generation))
    return rounds * grpo.prompts_per_step * grpo.steps_per_generation


def longest_prompt(tasks: Sequence[Task], tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """Return the tokens of the longest prompt."""
    return max((prompt_ids(task, tokenizer) for task in tasks), key=len)


def prompt_ids(task: Task, tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """Return the tokens of a task's prompt, from which generation starts."""
    ids: list[int] = tokenizer.apply_chat_template(build_prompt(task), add_generation_prompt=True)["input_ids"]
    return ids


def _short_enough(tasks: list[Task], tokenizer: PreTrainedTokenizerBase, config: Config) -> list[Task]:
    """Leave out prompts over the limit: the trainer does not have a limit and would run out of memory."""
    limit = config.data.max_prompt_tokens
    kept = [task for task in tasks if len(prompt_ids(task, tokenizer)) <= limit]
    if not kept:
        raise UserError(f"data.max_prompt_tokens = {limit}: none of the {len(tasks)} GRPO prompts is that short.")
    if len(kept) < len(tasks):
        say(f"GRPO: {len(tasks) - len(kept)} of {len(tasks)} prompts are over data.max_prompt_tokens.")
    return kept
