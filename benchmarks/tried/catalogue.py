"""The arms of `benchmarks/methods.py`: what each changes in a recipe, with as many completions as its GRPO."""

from __future__ import annotations

from dataclasses import dataclass

from arms import Arm

from iacrl.config.recipes import Config

#: What a start gate or a probe costs is no part of a method, and a poor method trains all its steps too.
QUIET = (
    "gates.action=skip",
    "probe.every=null",
    *(f"guards.{rule}.action=warn" for rule in ("loss", "grad_norm", "reward", "entropy", "length", "truncation")),
)

#: Rules that a blind verdict leaves out. On the demonstration's warm starts (seeds 0 and 1, one sampled answer to each
#: of 400 tasks) they alone refuse 5.3, 13.8 and 36.5 % of the answers.
BLIND = {5: "KB100", 15: "KB100,KB101", 30: "TF110"}


@dataclass(frozen=True, slots=True)
class Tried:
    """One arm of the comparison.

    Attributes:
        arm: Its stage, and its changes to the recipe.
        steps: Optimizer steps.
        tuned: Whether its rate is chosen by trials; otherwise it has GRPO's.
    """

    arm: Arm
    steps: int
    tuned: bool = True


def tried(config: Config, flat: float = 0.0) -> dict[str, Tried]:
    """Return every arm by its name; `grpo` is the recipe itself.

    Args:
        config: The recipe with the settings of all arms.
        flat: The share of GRPO's groups that are flat; drawing them again takes the place of steps.
    """
    grpo = config.grpo
    steps, prompts, size = grpo.steps, grpo.prompts_per_step, grpo.group_size
    repaired = ("eval.repair=2",)
    found: dict[str, Tried] = {}

    def add(name: str, *overrides: str, length: int = steps, method: str = "", tuned: bool = True) -> None:
        measured = repaired if name in ("grpo", "repair") else ()
        arm = Arm(name, "grpo", (f"grpo.steps={length}", *overrides), method=method, measured=measured)
        found[name] = Tried(arm, length, tuned)

    def passes(count: int, *overrides: str, name: str) -> None:
        add(name, f"grpo.iterations={count}", f"grpo.save_every={4 * count}", *overrides, length=steps * count)

    add("grpo")
    add("grpo-1.5x", length=round(1.5 * steps), tuned=False)
    add("grpo-2x", length=2 * steps, tuned=False)
    add("raft", method="raft")
    add("reinforce-rej", method="reinforce-rej")
    for smaller in (2, 4):
        add(f"groups-{smaller}", f"grpo.group_size={smaller}", f"grpo.prompts_per_step={prompts * size // smaller}")
    add("maxrl", method="maxrl")
    add("dr-grpo", "grpo.loss_type=dr_grpo", "grpo.scale_rewards=none")
    passes(2, name="passes-2")
    passes(4, name="passes-4")
    # With one pass the ratio of probabilities is 1, and these two are the losses `dapo` and `grpo`.
    passes(2, "grpo.loss_type=cispo", "grpo.epsilon_high=5", name="cispo-2")
    gspo = ("grpo.loss_type=grpo", "grpo.importance_level=sequence", "grpo.epsilon=3e-4", "grpo.epsilon_high=4e-4")
    passes(2, *gspo, name="gspo-2")
    fewer = max(1, round(steps / (1 + flat)))
    add("redraw", method="redraw:1", length=fewer)
    add("dapo", "grpo.mask_truncated=true", method="redraw:1", length=fewer)
    add("replay", "grpo.rollout=merged", method="replay:4")
    add("repair", method="repair:2")
    add("credit", method="credit")
    for percent in (5, 15, 30):
        add(f"flip-{percent}", method=f"flip:{percent / 100:g}", tuned=False)
        add(f"blind-{percent}", method=f"blind:{BLIND[percent]}", tuned=False)
    return found
