"""Generation by vLLM in a GRPO step: in the training process (colocate), or on a server with its own GPUs."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from iacrl.config.recipes import Config
from iacrl.errors import UserError


def check_vllm(config: Config) -> None:
    """Refuse a configuration that generates by vLLM if vLLM is not installed, or cannot get the weights.

    Raises:
        UserError: It is not, or TRL (1.16) cannot send it the weights of this device.
    """
    if config.grpo.vllm != "off" and find_spec("vllm") is None:
        raise UserError(
            f"grpo.vllm = {config.grpo.vllm}: vLLM is not installed. Install it with pip install 'trl[vllm]', or "
            "generate in the training process itself with grpo.vllm=off."
        )
    if config.grpo.vllm != "off" and config.model.device != "cuda":
        why = (
            "TRL sends the weights to the server by NCCL, which needs a GPU in the training process too"
            if config.grpo.vllm == "server"
            else "vLLM's build for CPUs packs the weights that it loads, and cannot take new weights afterwards"
        )
        raise UserError(
            f"grpo.vllm = {config.grpo.vllm}: {why}. Set model.device=cuda, or generate in the training process itself "
            "with grpo.vllm=off."
        )


def vllm_options(config: Config) -> dict[str, Any]:
    """Return the trainer's settings for vLLM, every relevant one explicit."""
    grpo = config.grpo
    correction = {
        # The probabilities of vLLM, or of a merged copy, differ slightly; uncorrected, the gradient is biased.
        "vllm_importance_sampling_correction": True,
        "vllm_importance_sampling_mode": "sequence_mask",
        "vllm_importance_sampling_clip_max": 3.0,
    }
    if grpo.vllm == "off":
        return {"use_vllm": False, **correction}
    place: dict[str, Any] = {
        "vllm_server_base_url": grpo.vllm_server,
        "vllm_server_timeout": grpo.vllm_server_timeout_s,
        "vllm_group_port": grpo.vllm_group_port,
    }
    if grpo.vllm == "colocate":
        place = {
            "vllm_gpu_memory_utilization": grpo.vllm_memory,
            "vllm_max_model_length": config.data.max_prompt_tokens + grpo.max_completion_tokens,
            "vllm_tensor_parallel_size": grpo.vllm_tensor_parallel,
            "vllm_enable_sleep_mode": grpo.vllm_sleep,
        }
    return {
        "use_vllm": True,
        "vllm_mode": grpo.vllm,
        **correction,
        "trust_remote_code": config.model.trust_remote_code,
        **place,
    }
