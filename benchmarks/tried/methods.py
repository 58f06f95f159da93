"""The methods by name, and how one takes the place of the product's own trainer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from iacrl.config.recipes import Config
from iacrl.training import grpo
from iacrl.training.trainers import PolicyTrainer
from tried import weights
from tried.credit import Credited
from tried.scores import Heard, IsWrong, blind, flips
from tried.trainers import Redrawn, Repairing, Replaying, Weighed


def install(spec: str, seed: int) -> None:
    """Let the stage GRPO of this process train by a method.

    Args:
        spec: Its name and, after a colon, its value: `raft`, `redraw:2`, `flip:0.15`, `blind:TF110,KB101`.
        seed: Of random errors of the verdict.

    Raises:
        SystemExit: There is no such method.
    """
    name, _, value = spec.partition(":")
    is_wrong: IsWrong | None = None
    trainer: type[PolicyTrainer] = PolicyTrainer
    match name:
        case "raft":
            trainer = _made(Weighed, weigh=staticmethod(weights.best_of_group), drops=True)
        case "reinforce-rej":
            trainer = _made(Weighed, weigh=staticmethod(weights.reinforce_rej), drops=True)
        case "maxrl":
            trainer = _made(Weighed, weigh=staticmethod(weights.maxrl))
        case "redraw":
            trainer = _made(Redrawn, rounds=int(value))
            grpo.prompts_needed = _with_reserve(grpo.prompts_needed, int(value))
        case "replay":
            trainer = _made(Replaying, age=int(value))
        case "repair":
            trainer = _made(Repairing, turns=int(value))
        case "credit":
            trainer = Credited
        case "flip":
            is_wrong = flips(float(value), seed)
        case "blind":
            is_wrong = blind(value.split(","))
        case _:
            raise SystemExit(f"Unknown method {spec!r}.")
    _hear(trainer, is_wrong)


def _made(base: type[PolicyTrainer], **attributes: Any) -> type[PolicyTrainer]:
    return type(base.__name__, (base,), attributes)


def _with_reserve(needed: Callable[[Config], int], rounds: int) -> Callable[[Config], int]:
    """Return the number of prompts with those that may be drawn again: in every round as many as at first."""

    def with_reserve(config: Config) -> int:
        return needed(config) * (1 + rounds)

    return with_reserve


def _hear(trainer: type[PolicyTrainer], is_wrong: IsWrong | None) -> None:
    """Put the trainer in the place of the product's, and what it hears between the runtime and its reward."""
    build = grpo.build_reward

    def build_reward(runtime: Any, *args: Any) -> Any:
        heard = Heard(runtime, is_wrong)
        trainer.heard = heard
        return build(heard, *args)

    grpo.PolicyTrainer = trainer
    grpo.build_reward = build_reward
