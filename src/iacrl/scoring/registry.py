"""Finding rewards: by the name of a file in `rewards/`, or by the path of a file of the user's own."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import iacrl.rewards
from iacrl.errors import UserError, did_you_mean
from iacrl.tasks.task import Task
from iacrl.validators.verdict import Verdict

RewardFunction = Callable[[Task, Verdict], float | None]


@dataclass(frozen=True, slots=True)
class Reward:
    """A reward function with its name and its description (the docstring).

    Calling it returns a number in [0, 1], or None where the reward has nothing to say about this task.
    """

    name: str
    description: str
    function: RewardFunction

    def __call__(self, task: Task, verdict: Verdict) -> float | None:
        """Return the value for one task and verdict."""
        return self.function(task, verdict)


def reward(function: RewardFunction) -> Reward:
    """Declare a function `(task, verdict) -> float | None` as a reward; its docstring is its description.

    Raises:
        UserError: The function has no docstring.
    """
    name = function.__name__
    description = (function.__doc__ or "").strip()
    if not description:
        raise UserError(f"Reward {name!r} has no docstring. Its first line is what `iacrl reward list` shows.")
    return Reward(name, description, function)


def reward_names() -> list[str]:
    """Return the names of the shipped rewards."""
    return sorted(module.name for module in pkgutil.iter_modules(iacrl.rewards.__path__))


def find_reward(name: str) -> Reward:
    """Return the reward with this name, or the one in this Python file.

    Raises:
        UserError: There is none, it fails to load, or its module declares none or several.
    """
    if name.endswith(".py"):
        return _only_reward(name, _load_file(Path(name)))
    if name not in reward_names():
        raise UserError(
            f"Unknown reward {name!r}.{did_you_mean(name, reward_names())} Known: {', '.join(reward_names())}. "
            "A reward of your own is named by the path of its file, ending in .py."
        )
    return _only_reward(name, vars(importlib.import_module(f"iacrl.rewards.{name}")))


def _load_file(path: Path) -> dict[str, object]:
    if not path.is_file():
        raise UserError(f"Reward {path}: there is no such file.")
    spec = importlib.util.spec_from_file_location(f"iacrl_reward_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise UserError(f"Reward {path}: not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"Reward {path} fails to load: {type(error).__name__}: {error}") from error
    return vars(module)


def _only_reward(name: str, namespace: dict[str, object]) -> Reward:
    found = [value for value in namespace.values() if isinstance(value, Reward)]
    if len(found) != 1:
        raise UserError(f"Reward {name!r}: expected one function under @iacrl.reward in its file, found {len(found)}.")
    return found[0]
