"""Which process of a run this is, of how many, and how they share work.

`torchrun` and `accelerate launch` set this in the environment. The module is separate from `processes`,
because code that only asks which process may print and write must not load torch.
"""

from __future__ import annotations

import os

from iacrl.config.recipes import Config
from iacrl.errors import UserError


def count() -> int:
    """Return how many processes train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_first() -> bool:
    """Say whether this process writes to the run directory; a single process does."""
    return int(os.environ.get("RANK", "0")) == 0


def local_device() -> int:
    """Return the number of this process's GPU on its machine."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def check_sharding(config: Config) -> None:
    """Refuse settings that cannot be sharded if `accelerate launch` asks for FSDP.

    FSDP cuts each weight into shards. The 8-bit optimizers of bitsandbytes cannot read shards: their first step fails.
    4-bit weights can be cut only if they are packed into a floating type (`bnb_4bit_quant_storage`), which iacrl does
    not do. Otherwise accelerate leaves them whole on every GPU, which saves nothing.

    Raises:
        UserError: The base is quantized, or an optimizer keeps its state in 8 bits; the message lists the choices.
    """
    if os.environ.get("ACCELERATE_USE_FSDP", "false").lower() not in ("1", "true", "yes", "on", "y", "t"):
        return
    wrong = []
    if config.model.quantization != "none":
        wrong.append(
            f"model.quantization = {config.model.quantization}: 4-bit weights are not cut into shards. Set "
            "model.quantization=none, or keep 4 bits and start by torchrun, where every GPU holds the whole base."
        )
    for stage, section in (("sft", config.sft), ("grpo", config.grpo)):
        if section.optimizer.endswith("_8bit"):
            wrong.append(
                f"{stage}.optimizer = {section.optimizer}: it cannot read shards. Set {stage}.optimizer=adamw_torch, "
                "or start by torchrun."
            )
    if wrong:
        raise UserError(
            "\n  ".join(["FSDP, which this launch asks for, cannot be combined with these settings:", *wrong])
        )


def micro_batches(config: Config) -> int:
    """Return the number of micro-batches of each process in a GRPO step.

    Raises:
        UserError: The completions of a step cannot be divided equally among the processes.
    """
    grpo = config.grpo
    completions = grpo.prompts_per_step * grpo.group_size
    found, rest = divmod(completions, grpo.batch_size * count())
    if rest or not found:
        raise UserError(
            f"grpo.prompts_per_step * grpo.group_size = {completions} completions a step do not divide into batches of "
            f"grpo.batch_size = {grpo.batch_size} on {count()} processes."
        )
    return found
