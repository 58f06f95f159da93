"""The peak memory of each stage on one device, item by item, from shapes alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from iacrl.config.recipes import Config
from iacrl.config.sections import GrpoSection, SftSection, StageSection
from iacrl.runs import launch
from iacrl.training.doctor.activations import Read, held_in_reading, held_in_training
from iacrl.training.doctor.model_shape import ModelShape, nf4_bytes
from iacrl.training.packed_scores import CPU_LOGITS, may_pack

#: TRL's fused head (`trl/kernels/chunked_logprob.py`) computes logits in tiles of this many tokens and words.
_TILE_TOKENS, _TILE_WORDS = 4096, 32768
#: Copies of a tile's logits that its plain torch operations make on a CPU, without Triton; counted.
_CPU_COPIES = 7
#: Copies in fp32 of the logits of the tokens that are scored together from packed rows on a CPU; counted.
_TOKEN_COPIES = 3
#: Copies of the last token's logits in fp32 during sampling: as computed, scaled, filtered, as probabilities.
_DRAWING_COPIES = 4
#: Reserved on a GPU for its context and the workspaces of its libraries. An allowance, not counted.
CUDA_ALLOWANCE = 600 * 2**20
#: The interpreter with torch, transformers, trl, peft, bitsandbytes and datasets, and the tasks of a run. Measured on
#: Linux: 540 MiB after the imports, 610 MiB with the shipped tasks. On a GPU's machine it is not the GPU's memory.
PROCESS_ALLOWANCE = 620 * 2**20

#: The phases of `data.replay`: learning one general chat, and measuring one that is held out.
CHAT, GENERAL_LOSS = "a general chat", "loss on general chats"


@dataclass(frozen=True, slots=True)
class StageMemory:
    """Memory of one stage, in bytes.

    Attributes:
        always: What is held from start to end.
        phases: Phase of a step to what it holds in addition; phases follow one another.
    """

    always: Mapping[str, int]
    phases: Mapping[str, Mapping[str, int]]

    @property
    def fixed(self) -> int:
        """The memory that is always held."""
        return sum(self.always.values())

    @property
    def worst(self) -> str:
        """The phase that holds the most."""
        return max(self.phases, key=lambda name: sum(self.phases[name].values()))

    @property
    def peak(self) -> int:
        """The peak memory."""
        return self.fixed + sum(self.phases[self.worst].values())


@dataclass(frozen=True, slots=True)
class Lengths:
    """The greatest lengths in the data, in tokens.

    Attributes:
        row: A prompt with its answer.
        answer: The answer of that row; None if it is not known.
        chat: A general chat.
    """

    prompt: int
    row: int
    chat: int = 0
    answer: int | None = None


def estimate(config: Config, shape: ModelShape, longest: Lengths | None = None) -> dict[str, StageMemory]:
    """Return the memory of both stages on each device.

    Args:
        longest: The greatest lengths in the data; without it, the configuration's limits count.
    """
    prompt, row = config.data.max_prompt_tokens, config.sft.max_tokens
    chats = {"sft": row, "grpo": prompt + config.grpo.max_completion_tokens}  # longer ones are left out
    answer = None
    if longest is not None:
        prompt, row, answer = min(prompt, longest.prompt), min(row, longest.row), longest.answer
        chats = {stage: min(limit, longest.chat) for stage, limit in chats.items()}
    return {
        "sft": _sft(config, shape, Lengths(prompt, row, chats["sft"], answer)),
        "grpo": _grpo(config, shape, Lengths(prompt, row, chats["grpo"])),
    }


def completions_of_a_round(config: Config) -> int:
    """Return how many completions one process generates at a time."""
    grpo = config.grpo
    round_of_all = grpo.prompts_per_step * grpo.group_size * grpo.steps_per_generation
    return math.ceil(round_of_all / launch.count())


def adapter_bytes(shape: ModelShape) -> int:
    """Return the bytes of the trained weights in fp32, in memory and on disk."""
    return 4 * sum(shape.adapter)


def optimizer_bytes(shape: ModelShape, optimizer: str) -> int:
    """Return the bytes of Adam's two moments; in 8 bits with one scale for 256 values, small tensors in 32 bits."""
    if optimizer.startswith("adamw_torch"):
        return 2 * adapter_bytes(shape)
    return sum(2 * size + 8 * math.ceil(size / 256) if size >= 4096 else 8 * size for size in shape.adapter)


def _sft(config: Config, shape: ModelShape, lengths: Lengths) -> StageMemory:
    several = config.sft.accumulation > 1
    read, batch = _answered(config, shape, lengths), config.sft.batch_size
    phases = {"forward and backward": _training(config, shape, config.sft, read, batch, several=several)}
    phases |= _general_loss(config, shape, lengths.chat)
    if config.gates.action != "skip":
        phases["gate (generation)"] = _measuring(config, shape, config.gate_rows(), config.gates.samples, lengths)
    return StageMemory(_always(config, shape, config.sft), phases)


def _grpo(config: Config, shape: ModelShape, lengths: Lengths) -> StageMemory:
    grpo = config.grpo
    always = _always(config, shape, grpo)
    if grpo.beta > 0:
        always[f"reference {'model' if config.lora is None else 'adapter'}, fp32"] = adapter_bytes(shape)
    if grpo.rollout == "merged":
        name = f"rollout copy of the linear weights, {config.model.compute_dtype}"
        always[name] = _width(config) * sum(shape.quantizable)
    phases = {}
    if grpo.vllm == "off":
        phases["generation"] = _generating(
            config, shape, completions_of_a_round(config), grpo.group_size, lengths.prompt
        )
    # The completions then add to the gradients of general chats, which go through the model before them.
    several = _replays(config) or grpo.prompts_per_step * grpo.group_size > grpo.batch_size * launch.count()
    read, batch = _completed(config, shape, lengths.prompt)
    phases["forward and backward"] = _training(config, shape, grpo, read, batch, several=several)
    if _replays(config):
        phases[CHAT] = _training(config, shape, grpo, Read(lengths.chat), 1, several=True)
    phases |= _general_loss(config, shape, lengths.chat)
    measured = {}
    if config.gates.action != "skip":  # if the SFT run's gate was measured differently
        measured["gate (generation)"] = config.gate_rows(), config.gates.samples
    if config.probe.every is not None:
        measured["probe (generation)"] = config.probe.rows, 1
    phases |= {name: _measuring(config, shape, tasks, each, lengths) for name, (tasks, each) in measured.items()}
    return StageMemory(always, phases)


def _always(config: Config, shape: ModelShape, section: StageSection) -> dict[str, int]:
    model, width = config.model, _width(config)
    weights: dict[str, int] = {}
    if config.lora is None:
        pass  # all weights are trained, and counted below
    elif model.quantization == "nf4":
        double = "double quantization" if model.double_quantization else "no double quantization"
        weights = {
            f"linear weights, NF4 ({double})": nf4_bytes(shape.quantizable, double=model.double_quantization),
            f"embeddings, head, norms, biases, {model.compute_dtype}": width * shape.kept,
        }
    else:
        weights = {f"all weights, {model.compute_dtype}": width * shape.parameters}
    found = {
        **weights,
        f"{'all weights' if config.lora is None else 'adapter'}, fp32": adapter_bytes(shape),
        f"optimizer state ({section.optimizer})": optimizer_bytes(shape, section.optimizer),
    }
    if model.device == "cpu":
        found["the process: interpreter, libraries, tasks (allowance)"] = PROCESS_ALLOWANCE
    if model.device == "cuda":
        found["CUDA context and workspaces (allowance)"] = CUDA_ALLOWANCE
    return found


def _answered(config: Config, shape: ModelShape, lengths: Lengths) -> Read:
    """Return the longest row of SFT."""
    chat = lengths.chat if _replays(config) else 0
    row = max(lengths.row, chat)
    if not _packs(config, shape, config.sft):
        return Read(row)
    # Of a chat, or without the data, all but the first token may be learnt.
    answer = row - 1 if lengths.answer is None or chat > lengths.row else lengths.answer
    return Read(row - answer, 1, answer)


def _completed(config: Config, shape: ModelShape, prompt: int) -> tuple[Read, int]:
    """Return the largest part of a micro-batch of GRPO that shares a prompt, and how many such parts it has."""
    grpo = config.grpo
    if not _packs(config, shape, grpo):
        return Read(prompt + grpo.max_completion_tokens), grpo.batch_size
    together = grpo.loss_type != "bnpo" and not grpo.entropy_bonus and grpo.steps_per_generation == 1
    unlike = math.ceil(grpo.batch_size / grpo.group_size) if together else grpo.batch_size
    return Read(prompt, math.ceil(grpo.batch_size / unlike), grpo.max_completion_tokens), unlike


def _packs(config: Config, shape: ModelShape, section: SftSection | GrpoSection) -> bool:
    return shape.decodable and launch.count() == 1 and may_pack(config, section)


def _training(
    config: Config, shape: ModelShape, section: StageSection, read: Read, batch: int, *, several: bool
) -> dict[str, int]:
    """One micro-batch; with `several` in a step, a later one adds to earlier gradients."""
    width = _width(config)
    checkpointing = section.gradient_checkpointing
    held = held_in_training(config, shape, batch=batch, read=read, checkpointing=checkpointing, later=several)
    tokens = batch * read.scored
    logits = {
        "logits, a part at a time": _head(config, shape, tokens, packed=read.completions > 0),
        "gradient of the hidden state": tokens * shape.hidden * (4 + width),
    }
    # The head's backward pass ends before that of the layers, with the adapter's gradients, begins.
    # So only the larger one counts.
    working = held.peak - held.kept
    at_head = sum(logits.values())
    rest = {"gradients and one layer at work": working} if working > at_head else logits
    if several:  # a copy to restore when memory runs out: `iacrl.training.out_of_memory`
        rest["gradients of the micro-batches before, and a copy of them"] = 2 * adapter_bytes(shape)
    found = {
        f"activations kept{', one for each layer' if section.gradient_checkpointing else ''}": held.kept,
        **rest,
    }
    if config.model.quantization == "nf4":
        found["one weight, dequantized"] = width * max(shape.quantizable, default=0)
    return found


def _head(config: Config, shape: ModelShape, tokens: int, *, packed: bool) -> int:
    """The part of the logits that the head makes at a time, with its copies."""
    if packed and config.model.device == "cpu":
        return min(tokens * shape.vocabulary, CPU_LOGITS) * _TOKEN_COPIES * 4
    rows = min(tokens, _TILE_TOKENS)
    copies = _CPU_COPIES if config.model.device == "cpu" else 0
    return rows * (_TILE_WORDS * _width(config) + copies * min(shape.vocabulary, _TILE_WORDS) * 4)


def _replays(config: Config) -> bool:
    return config.data.replay is not None and config.data.replay_share > 0


def _general_loss(config: Config, shape: ModelShape, length: int) -> dict[str, dict[str, int]]:
    """Reading one held-out general chat of the greatest length, with all its logits, also in fp32 as it is scored."""
    if config.data.replay is None or config.guards.general.every is None:
        return {}
    return {
        GENERAL_LOSS: {
            "logits of a chat": length * shape.vocabulary * (_width(config) + 2 * 4),
            "reading it": held_in_reading(config, batch=1, length=length),
        }
    }


def _measuring(config: Config, shape: ModelShape, tasks: int, samples: int, lengths: Lengths) -> dict[str, int]:
    """Generation of this many completions of each task, in batches as in an evaluation."""
    return _generating(config, shape, min(config.eval.batch_size, tasks * samples), samples, lengths.prompt)


def _generating(config: Config, shape: ModelShape, batch: int, group: int, prompt: int) -> dict[str, int]:
    """Generation of `batch` completions together, `group` for each prompt, up to the greatest possible lengths."""
    limit, width = config.grpo.max_completion_tokens, _width(config)
    cache = batch * (prompt + limit) * shape.cache_per_token * width
    logits = batch * shape.vocabulary * 4 * _DRAWING_COPIES
    if config.model.decoder == "iacrl" and shape.decodable:
        # The cache has its whole size from the beginning. One layer's keys are copied for the rows of each prompt.
        unlike = math.ceil(batch / group)
        reading = held_in_reading(config, batch=unlike, length=prompt)
        reading += batch * prompt * shape.cache_per_token * width // (2 * shape.layers)
        return {
            f"keys and values ({batch} x {prompt + limit})": cache,
            f"reading {unlike} unlike prompts, or the last token's logits": max(reading, logits),
        }
    # The keys and values of the completions come after the prompts have been read. Each token copies them again, the
    # keys of one layer at a time.
    reading = held_in_reading(config, batch=batch, length=prompt)
    later = batch * limit * shape.cache_per_token * width
    return {
        f"keys and values ({batch} x {prompt + limit})": cache,
        "last token's logits": logits,
        "reading the prompts, or the keys of a layer as they grow": max(reading - later, cache // (2 * shape.layers)),
    }


def _width(config: Config) -> int:
    dtype: torch.dtype = getattr(torch, config.model.compute_dtype)
    return dtype.itemsize
