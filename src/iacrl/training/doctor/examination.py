"""Everything that `iacrl doctor` reports about a configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from iacrl.config.recipes import Config
from iacrl.errors import UserError
from iacrl.runs import launch
from iacrl.training.doctor import machine_checks
from iacrl.training.doctor.fitting import CARDS, room_for_stages, settings_that_fit
from iacrl.training.doctor.machine_checks import CheckResult
from iacrl.training.doctor.model_shape import read_shape
from iacrl.training.doctor.stage_memory import StageMemory, estimate
from iacrl.training.model import check_attention
from iacrl.training.vllm_generation import check_vllm


def refusals(config: Config) -> Iterator[CheckResult]:
    """Yield the result of each of the stages' own checks of a configuration."""

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


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found.

    Attributes:
        fits: Card memory in GiB to the settings to change for it; None if nothing helps.
    """

    checks: tuple[CheckResult, ...]
    stages: Mapping[str, StageMemory]
    fits: Mapping[int, Mapping[str, Any] | None]

    @property
    def well(self) -> bool:
        """Whether both stages can run."""
        return all(check.ok is not False for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        """Return the plain form; all sizes in bytes."""
        return {
            "ok": self.well,
            "checks": [asdict(check) for check in self.checks],
            "stages": {
                name: {"peak": stage.peak, "worst": stage.worst, **asdict(stage)} for name, stage in self.stages.items()
            },
            "fits": {
                str(card): None if settings is None else {"change": settings} for card, settings in self.fits.items()
            },
        }


def examine(config: Config) -> Examination:
    """Examine everything.

    Raises:
        UserError: The model's configuration cannot be read, so nothing can be estimated.
    """
    shape = read_shape(config)
    read, tokenizer = machine_checks.tokenizer(config)
    data, longest = machine_checks.data(config, tokenizer)
    stages = estimate(config, shape, longest)
    fits = {card: settings_that_fit(config, shape, longest, card * 2**30) for card in CARDS}
    found = [
        machine_checks.device(config),
        _memory(config, stages),
        machine_checks.quantizing(config),
        machine_checks.versions(),
        machine_checks.download_disk(config, shape),
        machine_checks.run_disk(config, shape),
        read,
        data,
        *refusals(config),
        *machine_checks.second_judges(config),
    ]
    return Examination(tuple(found), stages, fits)


def _memory(config: Config, stages: Mapping[str, StageMemory]) -> CheckResult:
    needs = {name: f"{name} needs about {stage.peak / 2**30:.2f} GiB" for name, stage in stages.items()}
    memory = machine_checks.device_memory(config)
    if memory is None:
        return CheckResult("memory", None, f"{'; '.join(needs.values())}; there is no device to compare it with")
    room = room_for_stages(config, memory)
    words = "; ".join(f"{told} of {room[name] / 2**30:.2f} that it can use" for name, told in needs.items())
    return CheckResult("memory", all(stage.peak <= room[name] for name, stage in stages.items()), words)
