"""The packages of each extra in pyproject.toml: what everything beyond validating and scoring needs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import requires
from importlib.util import find_spec
from pathlib import Path

from iacrl.errors import UserError

#: The modules that training and local models import first. Each imports the rest of its package.
TRAIN = ("torch", "transformers", "peft", "bitsandbytes", "trl", "datasets")
#: The modules that rates, tables and endpoints import.
EVAL = ("scipy", "rich", "httpx2", "tenacity")
#: The extras that training needs.
_TRAINING = ("eval", "train")


def require(what: str, extra: str, modules: Iterable[str]) -> None:
    """Check that the modules for a request can be imported.

    Args:
        what: What was asked for, such as "iacrl sft". It begins the message.
        extra: The extra that installs it.
        modules: The modules that it needs.

    Raises:
        UserError: A module is missing. The message names the command that installs it.
    """
    missing = [name for name in modules if not is_here(name)]
    if missing:
        raise UserError(f"{what} needs {_listed(missing)}: pip install 'iacrl[{extra}]'")


def is_here(module: str) -> bool:
    """Say whether a module can be imported."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # a package above it is missing
        return False


def requirements_of_training() -> list[str]:
    """Return the requirements of training, each as pip writes it (`trl>=1.16,<2`).

    A checkout's pyproject.toml is newer than what the installation recorded.
    """
    project = Path(__file__).parents[2] / "pyproject.toml"
    if project.is_file():
        told = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
        lines = [*told["dependencies"], *(line for extra in _TRAINING for line in told["optional-dependencies"][extra])]
    else:
        lines = [line.partition(";")[0].strip() for line in requires("iacrl") or () if _is_for_training(line)]
    return [line for line in lines if not line.startswith("iacrl[")]


def _is_for_training(line: str) -> bool:
    extra = re.search(r"""extra == ['"]([\w-]+)""", line)
    return extra is None or extra[1] in _TRAINING


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
