"""Which settings would fit a card: the least harmful changes first, until the estimate fits its memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import gcd
from typing import Any

from iacrl.config.recipes import Config
from iacrl.training.doctor.model_shape import ModelShape
from iacrl.training.doctor.stage_memory import CHAT, GENERAL_LOSS, Lengths, estimate

#: Memory of common cards, GiB.
CARDS = (8, 16, 24, 80)
#: The share of a card's memory that an estimate may fill; the rest is memory that torch's allocator cannot reuse.
USABLE = 0.92
_FEWEST_TOKENS, _FEWEST_PROMPTS, _SMALLEST_GROUP = 128, 2, 4

Move = Callable[[Config], Config | None]


def settings_that_fit(config: Config, shape: ModelShape, longest: Lengths | None, memory: int) -> dict[str, Any] | None:
    """Return the settings to change so that both stages fit.

    Args:
        longest: The greatest lengths in the data.
        memory: Of the card, bytes.

    Returns:
        Full names of settings to their new values, empty if nothing has to change; None if nothing helps.
    """
    changed = config
    while True:
        found = estimate(changed, shape, longest)
        free = room_for_stages(changed, memory)
        stage = max(found, key=lambda name: found[name].peak - free[name])
        if found[stage].peak <= free[stage]:
            return dict(_differences(config, changed))
        steps = _moves(stage, found[stage].worst)
        if found[stage].fixed > free[stage]:
            steps = [_quantize]
        for move in steps:
            after = move(changed)
            if after is not None:
                changed = after
                break
        else:
            return None


def room_for_stages(config: Config, memory: int) -> dict[str, int]:
    """Return how much of a device's memory each stage may fill."""
    room = int(memory * USABLE)
    vllm = int(memory * config.grpo.vllm_memory) if config.grpo.vllm == "colocate" else 0
    return {"sft": room, "grpo": room - vllm}


def _moves(stage: str, phase: str) -> list[Move]:
    if phase == "forward and backward":
        return [
            lambda config: _checkpoint(config, stage),
            lambda config: _smaller_batch(config, stage),
            _quantize,
            lambda config: _shorter(config, stage),
        ]
    if phase in (CHAT, GENERAL_LOSS):
        return [lambda config: _checkpoint(config, stage), _quantize, lambda config: _shorter(config, stage)]
    if phase == "generation":
        return [_fewer_prompts, _quantize, _smaller_group, lambda config: _shorter(config, "grpo")]
    return [_smaller_eval, _quantize, lambda config: _shorter(config, "grpo")]


def _checkpoint(config: Config, stage: str) -> Config | None:
    return None if getattr(config, stage).gradient_checkpointing else _with(config, stage, gradient_checkpointing=True)


def _smaller_batch(config: Config, stage: str) -> Config | None:
    """Take the next smaller size that divides the batch; an optimizer step still sees the same data."""
    size = getattr(config, stage).batch_size
    if size == 1:
        return None
    part = next(size // factor for factor in range(2, size + 1) if size % factor == 0)
    if stage == "grpo":
        return _with(config, "grpo", batch_size=part)
    return _with(config, "sft", batch_size=part, accumulation=config.sft.accumulation * (size // part))


def _quantize(config: Config) -> Config | None:
    if config.model.quantization == "nf4" or config.grpo.vllm != "off" or config.lora is None:
        return None
    return _with(config, "model", quantization="nf4")


def _shorter(config: Config, stage: str) -> Config | None:
    section, name = ("sft", "max_tokens") if stage == "sft" else ("grpo", "max_completion_tokens")
    tokens = getattr(getattr(config, section), name) // 2
    return _with(config, section, **{name: tokens}) if tokens >= _FEWEST_TOKENS else None


def _fewer_prompts(config: Config) -> Config | None:
    """Generate for fewer prompts at a time: in more rounds if several steps share a round, else in smaller steps."""
    grpo = config.grpo
    if grpo.steps_per_generation > 1:
        return _with(config, "grpo", steps_per_generation=1)
    prompts = grpo.prompts_per_step // 2
    if prompts < _FEWEST_PROMPTS:
        return None
    return _with(config, "grpo", prompts_per_step=prompts, batch_size=gcd(grpo.batch_size, prompts * grpo.group_size))


def _smaller_group(config: Config) -> Config | None:
    grpo = config.grpo
    size = grpo.group_size // 2
    if size < _SMALLEST_GROUP:
        return None
    return _with(config, "grpo", group_size=size, batch_size=gcd(grpo.batch_size, grpo.prompts_per_step * size))


def _smaller_eval(config: Config) -> Config | None:
    size = config.eval.batch_size
    return _with(config, "eval", batch_size=size // 2) if size > 1 else None


def _with(config: Config, section: str, **values: Any) -> Config:
    changed: Config = config.model_copy(update={section: getattr(config, section).model_copy(update=values)})
    return changed


def _differences(before: Config, after: Config) -> Iterator[tuple[str, Any]]:
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    for section, settings in new.items():
        if settings != old[section]:  # a section may be null: what is changed here is not
            yield from ((f"{section}.{name}", value) for name, value in settings.items() if old[section][name] != value)
