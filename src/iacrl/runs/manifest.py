"""The recorded circumstances of a run: versions, commit, hardware."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import iacrl
from iacrl.config.recipes import Config
from iacrl.extras import requirements_of_training
from iacrl.runs import launch


def describe_circumstances(config: Config, stage: str) -> dict[str, Any]:
    """Return the entries of a manifest that are known before a stage starts."""
    import torch

    plain = describe_start(config, stage)
    return {
        **plain,
        "versions": {**plain["versions"], **{name: version(name) for name in _libraries()}},
        "hardware": {
            "cpu": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "processes": launch.count(),
            "threads": torch.get_num_threads(),
            "gpu": torch.cuda.get_device_name(0) if config.model.device == "cuda" else None,
            "gpus": torch.cuda.device_count() if config.model.device == "cuda" else 0,
        },
    }


def describe_start(config: Config, stage: str) -> dict[str, Any]:
    """Return the entries that do not need a model in this process, nor torch."""
    return {
        "stage": stage,
        "started": now(),
        "seed": config.run.seed,
        "git": _git_commit(),
        "versions": {"iacrl": iacrl.__version__, "python": platform.python_version()},
    }


def _libraries() -> list[str]:
    """Return the packages that training needs."""
    needed = (re.match(r"[\w.-]+", one) for one in requirements_of_training())
    return [found[0] for found in needed if found is not None]


def now() -> str:
    """Return the time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _git_commit() -> dict[str, Any] | None:
    """Return commit and cleanliness of iacrl's own checkout; None if it is installed from a wheel."""
    here = Path(iacrl.__file__).resolve().parent
    try:
        top = _git(here, "rev-parse", "--show-toplevel")
        if Path(top) / "src" / "iacrl" != here:  # that of another project, with iacrl in its .venv
            return None
        return {"commit": _git(here, "rev-parse", "HEAD"), "dirty": bool(_git(here, "status", "--porcelain"))}
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()
