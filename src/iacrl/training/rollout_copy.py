"""A copy of the policy for generating: its adapter merged into plain weights, renewed after each optimizer step.

With 4-bit weights, every pass of the policy dequantizes every weight, and each adapter adds small products. For a
training step that is little; for a token it is most of the time. The copy has the weights that `iacrl export` writes:
the dequantized base plus the adapter, in the type of the arithmetic. All other weights are those of the policy itself.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any

import bitsandbytes as bnb
import torch
from peft import PeftModel
from peft.tuners.tuners_utils import BaseTunerLayer
from peft.utils import ModulesToSaveWrapper
from torch import nn
from transformers import PreTrainedModel

from iacrl.config.recipes import Config
from iacrl.decoding.decoder import decode
from iacrl.decoding.sampling import Decoding
from iacrl.errors import UserError
from iacrl.runs import processes
from iacrl.runs.progress import say
from iacrl.training.generation import decodable

#: The greatest mean gap to the policy at the start, in nats for a token. 16-bit rounding makes less than 0.02; a lost
#: or doubled adapter makes tenths.
GREATEST_GAP = 0.05
#: What the gap at the start is measured on: so many prompts, and so many tokens after each.
_PROMPTS, _TOKENS = 8, 32


class RolloutCopy:
    """A model of transformers that computes what the policy computes, up to rounding.

    The trainer's own policy stays as it is. TRL's transfer to vLLM adds the adapter to the weights and takes it away
    again, which rounds 16-bit weights each time.

    Args:
        policy: The base with its adapter, `default`.

    Raises:
        UserError: An adapter is not on a linear module.
    """

    def __init__(self, policy: PeftModel) -> None:
        plain: PreTrainedModel = policy.get_base_model()
        memo = {id(held): held for held in chain(plain.parameters(), plain.buffers())}
        replaced = {}
        for name, module in plain.named_modules():
            if isinstance(module, BaseTunerLayer | ModulesToSaveWrapper | bnb.nn.Linear4bit):
                memo[id(module)] = module
                replaced[name] = module
        self.model: PreTrainedModel = copy.deepcopy(plain, memo)
        self._merged: list[tuple[nn.Module, nn.Linear]] = []
        for name, module in replaced.items():
            if any(name.startswith(f"{outer}.") for outer in replaced):
                continue  # a part of an adapter
            self.model.set_submodule(name, self._plain(name, module))
        for name, module in list(self.model.named_modules()):
            if type(module) is nn.Linear:
                self.model.set_submodule(name, _Linear(module))
        self.model.eval()
        self._step: int | None = None

    def renewed(self, step: int) -> PreTrainedModel:
        """Return the model with the policy's weights of an optimizer step; they are merged once for each."""
        if step != self._step:
            for module, linear in self._merged:
                linear.weight.data = _merged_weight(module)
            self._step = step
        return self.model

    @property
    def held(self) -> bool:
        """Whether the merged weights are in memory."""
        return self._step is not None

    def release(self) -> None:
        """Free the merged weights until they are needed again."""
        for _, linear in self._merged:
            linear.weight.data = linear.weight.data.new_empty(0)
        self._step = None

    def _plain(self, name: str, module: nn.Module) -> nn.Module:
        if isinstance(module, ModulesToSaveWrapper):
            trained: nn.Module = module.modules_to_save["default"]
            return trained
        base = module.get_base_layer() if isinstance(module, BaseTunerLayer) else module
        if not isinstance(base, nn.Linear):
            raise UserError(
                f"grpo.rollout = merged: the adapter of {name} is not on a linear module. Use grpo.rollout=policy."
            )
        linear = _Linear(base)
        linear.weight = nn.Parameter(torch.empty(0, device=base.weight.device), requires_grad=False)
        self._merged.append((module, linear))
        return linear


class _Linear(nn.Linear):
    """A linear module with the parameters of another one, which reads its weights faster for a single token.

    For 16-bit weights on a processor with AMX, torch's product of a matrix and a vector takes two thirds of the time of
    that with a matrix of one row, which puts the weights into another order first. On others it takes up to 1.5 times
    as long (an EPYC with AVX-512).
    """

    def __init__(self, other: nn.Linear) -> None:
        super().__init__(other.in_features, other.out_features, bias=False, device="meta")
        self.weight, self.bias = other.weight, other.bias

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        single = input.numel() == self.in_features
        if not (single and self.weight.device.type == "cpu" and self.weight.dtype != torch.float32 and _has_amx()):
            return super().forward(input)
        product = torch.mv(self.weight, input.flatten())
        return (product if self.bias is None else product + self.bias).view(*input.shape[:-1], -1)


@cache
def _has_amx() -> bool:
    return torch.cpu._is_amx_tile_supported()


@torch.no_grad()
def _merged_weight(module: Any) -> torch.Tensor:
    """Return what `merge_and_unload` makes of a dequantized layer (peft's `Linear.merge`)."""
    base = module.get_base_layer() if isinstance(module, BaseTunerLayer) else module
    held: Any = base.weight
    weight: torch.Tensor
    if isinstance(base, bnb.nn.Linear4bit):
        weight = bnb.functional.dequantize_4bit(held.data, held.quant_state)
    else:
        weight = held.detach().clone()
    if isinstance(module, BaseTunerLayer):
        weight += module.get_delta_weight("default").to(weight.dtype)
    return weight


def open_copy(config: Config, policy: PeftModel, prompts: Sequence[Sequence[int]]) -> tuple[RolloutCopy, float] | None:
    """Return the copy that a configuration asks for, and its gap to the policy; None if it asks for none.

    Args:
        prompts: Tokens of prompts of the run, for the measurement.

    Raises:
        UserError: The copy is not the policy, the adapter cannot be merged, or several processes share the model.
    """
    grpo = config.grpo
    if grpo.rollout != "merged":
        return None
    if processes.share_one_model():
        raise UserError(
            "grpo.rollout = merged: the processes share one model, so none can merge it. Use grpo.rollout=policy."
        )
    if grpo.vllm == "off" and decodable(policy, config.data.max_prompt_tokens + grpo.max_completion_tokens) is None:
        say("So the policy itself generates, not a merged copy.")
        return None
    made = RolloutCopy(policy)
    gap = _gap(made.renewed(0), policy, prompts[:_PROMPTS], grpo.temperature)
    if not gap <= GREATEST_GAP:
        raise UserError(
            f"grpo.rollout = merged: the merged copy is {gap:.3g} nats a token from the policy, more than "
            f"{GREATEST_GAP}. Use grpo.rollout=policy, and please report this with the model's id."
        )
    made.release()
    corrected = " Its weights are rounded to 16 bits, so the loss corrects for that." if is_rounded(config) else ""
    say(f"Rollouts: a merged copy of the policy generates, {gap:.1e} nats a token from it.{corrected}")
    return made, gap


def copy_for_gate(config: Config, policy: PreTrainedModel | PeftModel) -> PreTrainedModel | PeftModel:
    """Return a merged copy of the policy where GRPO will generate by one, else the policy itself."""
    length = config.data.max_prompt_tokens + config.grpo.max_completion_tokens
    if config.grpo.rollout != "merged" or config.model.decoder != "iacrl" or not isinstance(policy, PeftModel):
        return policy
    return policy if decodable(policy, length) is None else RolloutCopy(policy).renewed(0)


def is_rounded(config: Config) -> bool:
    """Say whether a merged copy differs by more than float32 rounding, so that the loss must be corrected."""
    return config.model.compute_dtype != "float32"


@torch.no_grad()
def _gap(model: PreTrainedModel, policy: PeftModel, prompts: Sequence[Sequence[int]], temperature: float) -> float:
    """Return the mean absolute difference of the log-probabilities of sampled tokens. No random state changes."""
    was_training = policy.training
    policy.eval()
    differences = []
    draws = torch.rand(len(prompts), _TOKENS, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    for prompt, own in zip(prompts, draws, strict=True):
        (row,) = decode(model, [prompt], Decoding(temperature), max_tokens=_TOKENS, ends=(), draws=own[None])
        ids = torch.tensor([[*prompt, *row.ids]], device=policy.device)
        logits = policy(input_ids=ids).logits[0, len(prompt) - 1 : -1].float()
        by_policy = (logits / temperature).log_softmax(-1).gather(1, ids[0, len(prompt) :, None])[:, 0]
        differences.append((by_policy - torch.tensor(row.log_probs, device=policy.device)).abs())
    policy.train(was_training)
    return float(torch.cat(differences).mean())
