"""The names that TRL, peft and transformers use for the settings of a recipe, for hints about ours."""

from __future__ import annotations

#: Their name to the full name of our setting; `STAGE` is the section in which the name was given.
FOREIGN_NAMES: dict[str, str] = {
    "model_name_or_path": "model.id",
    "model_revision": "model.revision",
    "torch_dtype": "model.compute_dtype",
    "dtype": "model.compute_dtype",
    "attn_implementation": "model.attention",
    "load_in_4bit": "model.quantization",
    "bnb_4bit_quant_type": "model.quantization",
    "bnb_4bit_compute_dtype": "model.compute_dtype",
    "bnb_4bit_use_double_quant": "model.double_quantization",
    "r": "lora.rank",
    "lora_r": "lora.rank",
    "lora_alpha": "lora.alpha",
    "lora_dropout": "lora.dropout",
    "lora_target_modules": "lora.target_modules",
    "use_rslora": "lora.rslora",
    "use_dora": "lora.dora",
    "init_lora_weights": "lora.init",
    "lr": "STAGE.learning_rate",
    "lr_scheduler_type": "STAGE.lr_schedule",
    "warmup_ratio": "STAGE.warmup_steps",
    "optim": "STAGE.optimizer",
    "per_device_train_batch_size": "STAGE.batch_size",
    "logging_steps": "STAGE.log_every",
    "save_steps": "STAGE.save_every",
    "save_total_limit": "STAGE.keep_checkpoints",
    "max_steps": "STAGE.steps",
    "use_liger_kernel": "STAGE.liger",
    "num_train_epochs": "sft.epochs",
    "gradient_accumulation_steps": "sft.accumulation",
    "max_length": "sft.max_tokens",
    "max_seq_length": "sft.max_tokens",
    "neftune_noise_alpha": "sft.neftune_alpha",
    "num_generations": "grpo.group_size",
    "num_iterations": "grpo.iterations",
    "max_completion_length": "grpo.max_completion_tokens",
    "max_prompt_length": "data.max_prompt_tokens",
    "importance_sampling_level": "grpo.importance_level",
    "mask_truncated_completions": "grpo.mask_truncated",
    "entropy_coef": "grpo.entropy_bonus",
    "use_vllm": "grpo.vllm",
    "vllm_mode": "grpo.vllm",
    "vllm_gpu_memory_utilization": "grpo.vllm_memory",
    "vllm_server_base_url": "grpo.vllm_server",
    "reward_weights": "rewards.weights",
    "output_dir": "run.dir",
    "seed": "run.seed",
    "report_to": "run.report_to",
}


def our_name(key: str, section: str) -> str | None:
    """Return the full name of the setting that another library calls `key`; None if there is none.

    Args:
        section: Where the key was given, such as `grpo`.
    """
    ours = FOREIGN_NAMES.get(key)
    return None if ours is None else ours.replace("STAGE", section if section in ("sft", "grpo") else "grpo")
