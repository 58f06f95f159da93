"""What the stages would refuse, asked of the very functions that they ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from iacrl.config.recipes import Config
from iacrl.errors import UserError
from iacrl.runs import launch
from iacrl.training.doctor.machine_checks import CheckResult
from iacrl.training.model import check_attention
from iacrl.training.vllm_generation import check_vllm


def refusals(config: Config) -> Iterator[CheckResult]:
    """Yield what each of the stages' own checks says of a configuration."""

    def attention() -> str:
        check_attention(config.model)
        return config.model.attention

    def generation() -> str:
        check_vllm(config)
        return "by transformers" if config.grpo.vllm == "off" else f"by vLLM ({config.grpo.vllm})"

    def batches() -> str:
        parts = launch.micro_batches(config)
        return f"a step of GRPO is {parts} micro-batches of {config.grpo.batch_size} on {launch.count()} processes"

    def sharding() -> str:
        launch.check_sharding(config)
        return "nothing is asked of this launch that it cannot share out"

    def rewards() -> str:
        return ", ".join(config.rubric().weights)

    checks: dict[str, Callable[[], str]] = {
        "attention": attention,
        "generation": generation,
        "batches": batches,
        "launch": sharding,
        "rewards": rewards,
    }
    for name, ask in checks.items():
        try:
            yield CheckResult(name, True, ask())
        except UserError as error:
            yield CheckResult(name, False, str(error))
