"""Everything that `iacrl doctor` tells of a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from iacrl.config.loading import Config
from iacrl.training.doctor import checks
from iacrl.training.doctor.checks import Check
from iacrl.training.doctor.fitting import CARDS, room_for_stages, settings_that_fit
from iacrl.training.doctor.memory import Estimate, estimate
from iacrl.training.doctor.refusals import refusals
from iacrl.training.doctor.shapes import read_shape


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found.

    Attributes:
        checks: What was looked at, in order.
        stages: The estimate of each stage.
        fits: Memory of a card in GiB to the settings to change for it; None where nothing helps.
    """

    checks: tuple[Check, ...]
    stages: Mapping[str, Estimate]
    fits: Mapping[int, Mapping[str, Any] | None]

    @property
    def well(self) -> bool:
        """Whether nothing stands in the way of both stages."""
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
    """Look at everything.

    Raises:
        UserError: The model's configuration cannot be read, so nothing can be estimated.
    """
    shape = read_shape(config)
    read, tokenizer = checks.tokenizer(config)
    data, longest = checks.data(config, tokenizer)
    stages = estimate(config, shape, longest)
    fits = {card: settings_that_fit(config, shape, longest, card * 2**30) for card in CARDS}
    found = [
        checks.device(config),
        _memory(config, stages),
        checks.quantizing(config),
        checks.versions(),
        checks.download_disk(config, shape),
        checks.run_disk(config, shape),
        read,
        data,
        *refusals(config),
        *checks.second_judges(config),
    ]
    return Examination(tuple(found), stages, fits)


def _memory(config: Config, stages: Mapping[str, Estimate]) -> Check:
    needs = {name: f"{name} needs about {stage.peak / 2**30:.2f} GiB" for name, stage in stages.items()}
    memory = checks.device_memory(config)
    if memory is None:
        return Check("memory", None, f"{'; '.join(needs.values())}; there is no device to hold it against")
    room = room_for_stages(config, memory)
    words = "; ".join(f"{told} of {room[name] / 2**30:.2f} that it can use" for name, told in needs.items())
    return Check("memory", all(stage.peak <= room[name] for name, stage in stages.items()), words)
