"""The configuration in a run directory. A run may be from anybody, so code that it names runs only on request.

The data of a run (completions, figures, adapters as safetensors) are read. Code is not run: a reward file, the Python
code of a model's repository, the programs of an engine. The user's own recipe and overrides may name any of these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from iacrl.config.recipes import Config, apply_override, load_config
from iacrl.domains.registry import find_domain
from iacrl.errors import UserError
from iacrl.files import refuse_special
from iacrl.scoring.runtime import Limits

#: The settings of `data` that name files.
_FILES = {"train", "validation", "test", "weights", "replay"}


def load_config_of_run(folder: Path, overrides: Sequence[str] = (), *, trust: bool = False) -> Config:
    """Read the configuration in a run's directory and apply the user's overrides.

    Args:
        folder: The directory of a stage or of an evaluation.
        overrides: As for `load_config`.
        trust: Whether what the run names may be run.

    Raises:
        UserError: It cannot be read, or names a pipe or a device. Or it names code, and the user neither trusts the run
            nor gives the setting as an override.
    """
    path = folder / "config.yaml"
    config = load_config(str(path), overrides)
    own: dict[str, Any] = {}
    for override in overrides:
        apply_override(own, override)
    for setting in _FILES - (own.get("data") or {}).keys():
        if name := getattr(config.data, setting):
            refuse_special(Path(name))
    named = [] if trust else [f"  {setting}: {what}" for setting, what in _foreign_code(config, own)]
    if named:
        raise UserError(
            f"{path} names what would run on this machine, and a run may be from anybody:\n"
            + "\n".join(named)
            + "\nLook at it first; then repeat the command with --trust, or name your own with SETTING=VALUE."
        )
    return config if "workers" in (own.get("rewards") or {}) else _workers_of_this_machine(config)


def _workers_of_this_machine(config: Config) -> Config:
    """Return the configuration with at most as many scoring processes as this machine starts by itself."""
    workers = config.rewards.workers
    if workers is None or workers <= (most := Limits().worker_count()):
        return config
    return config.model_copy(update={"rewards": config.rewards.model_copy(update={"workers": most})})


def _foreign_code(config: Config, own: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each setting that names code with its value, unless the user has given it."""
    mine = (own.get("rewards") or {}).get("weights") or {}
    for name in config.rewards.weights:
        if name.endswith(".py") and name not in mine:
            yield "rewards.weights", name
    if config.model.trust_remote_code and "trust_remote_code" not in (own.get("model") or {}):
        yield "model.trust_remote_code", f"the Python code in the repository of {config.model.id}"
    for domain, given in config.domains.items():
        mine = (own.get("domains") or {}).get(domain) or {}
        for option in find_domain(domain).options:
            value = given.get(option.name, option.default)
            if option.of_engine and value != option.default and option.name not in mine:
                yield f"domains.{domain}.{option.name}", f"{value} ({option.description.rstrip('.')})"
