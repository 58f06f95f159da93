"""The space of a sweep: settings of a recipe, each with a range or a list of choices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from iacrl.config.recipes import Config, load_config
from iacrl.errors import UserError
from iacrl.files import read_text
from iacrl.yaml_text import read_yaml

if TYPE_CHECKING:
    from optuna.trial import Trial

_FORM = "a list of choices, or a range {low: 1e-4, high: 1e-2, log: true}; whole numbers may have a `step`"


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`; whole ones if both are. `log`: equally often in each order of magnitude."""

    low: float
    high: float
    log: bool = False
    step: int = 1

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are meant."""
        return isinstance(self.low, int) and isinstance(self.high, int)


#: Setting to what it may be.
Space = Mapping[str, Range | tuple[Any, ...]]


def read_space(path: Path) -> Space:
    """Read a space: `section.key` to a list or a range.

    Raises:
        UserError: The file cannot be read, or an entry has another form.
    """
    raw = read_yaml(read_text(path), str(path))
    if not isinstance(raw, dict) or not raw:
        raise UserError(f"{path}: expected settings such as `sft.learning_rate:`, each with {_FORM}.")
    return {str(name): _read(value, f"{path}: {name}") for name, value in raw.items()}


def _read(value: Any, place: str) -> Range | tuple[Any, ...]:
    if isinstance(value, list) and len(value) > 1 and all(isinstance(one, str | int | float | bool) for one in value):
        return tuple(value)
    if not isinstance(value, dict) or not {"low", "high"} <= value.keys() <= {"low", "high", "log", "step"}:
        raise UserError(f"{place}: expected {_FORM}.")
    low, high = _number(value["low"], place), _number(value["high"], place)
    log, step = value.get("log", False), value.get("step", 1)
    found = Range(low, high, log is True, step if isinstance(step, int) else 0)
    if not low < high or not isinstance(log, bool) or (log and low <= 0):
        raise UserError(f"{place}: `low` must be below `high`, and above 0 with `log: true`.")
    if found.step < 1 or (found.step > 1 and (log or not found.whole or (high - low) % found.step)):
        raise UserError(f"{place}: `step` divides whole numbers from `low` to `high` into equal parts, without `log`.")
    return found


def _number(value: Any, place: str) -> float:
    try:
        if isinstance(value, bool):
            raise ValueError
        return value if isinstance(value, int) else float(value)  # YAML reads 1e-4 as a text
    except (TypeError, ValueError):
        raise UserError(f"{place}: {value!r} is not a number.") from None


def check_space(config_name: str, overrides: tuple[str, ...], space: Space) -> None:
    """Check that the recipe takes each end and each choice of the space.

    Raises:
        UserError: It does not; the message is that of the recipe.
    """
    for name, given in space.items():
        for value in (given.low, given.high) if isinstance(given, Range) else given:
            load_config(config_name, (*overrides, override(name, value)))


def suggest(trial: Trial, space: Space) -> dict[str, Any]:
    """Return the values that a trial tries."""
    return {name: _suggest(trial, name, given) for name, given in space.items()}


def _suggest(trial: Trial, name: str, given: Range | tuple[Any, ...]) -> Any:
    if isinstance(given, tuple):
        return trial.suggest_categorical(name, given)
    if given.whole:
        return trial.suggest_int(name, int(given.low), int(given.high), step=given.step, log=given.log)
    return trial.suggest_float(name, given.low, given.high, log=given.log)


def holds(given: Range | tuple[Any, ...], value: Any) -> bool:
    """Say whether a setting's range or choices hold a value."""
    if isinstance(given, tuple):
        return any(type(one) is type(value) and one == value for one in given)
    return isinstance(value, int | float) and given.low <= value <= given.high


def override(name: str, value: Any) -> str:
    """Return a setting as an override of a recipe."""
    return f"{name}={yaml.safe_dump(value, default_flow_style=True).removesuffix('...' + chr(10)).strip()}"


def stages_of(space: Space, stage: str) -> tuple[str, ...]:
    """Return the stages that a trial trains: GRPO alone if no setting changes the SFT run that it continues."""
    alone = stage == "sft" or all(name.startswith(("grpo.", "rewards.", "probe.", "guards.")) for name in space)
    return (stage,) if alone else ("sft", "grpo")


def plain_space(space: Space) -> dict[str, Any]:
    """Return the space as plain data, to recognize it again."""
    return dict(_plain(space))


def _plain(space: Space) -> Iterator[tuple[str, Any]]:
    for name, given in space.items():
        yield name, list(given) if isinstance(given, tuple) else [given.low, given.high, given.log, given.step]


def require_measurements(config: Config, stage: str) -> None:
    """Check that the stage measures itself on validation tasks, by which trials are compared and pruned.

    Raises:
        UserError: It does not.
    """
    if getattr(config, stage).eval_every is None:
        raise UserError(
            f"A sweep compares trials by the validation of training, and {stage}.eval_every is null. Set it, such as "
            f"{stage}.eval_every=12."
        )
