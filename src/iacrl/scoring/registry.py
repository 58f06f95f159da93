"""Rewards: how to declare one, and how they are found.

A reward is found by the name of a file in `rewards/`, by the path of a user's file, or by the name of a package's entry
point in the group `iacrl.rewards`.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import inspect
import numbers
import pkgutil
import reprlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import iacrl.rewards
from iacrl.errors import UserError, did_you_mean
from iacrl.scoring.judgement import Judgement
from iacrl.scoring.loading import in_short, load_file, load_module, place_of
from iacrl.tasks.task import Task

RewardFunction = Callable[[Task, Judgement], float | None]

#: The group in which an installed package declares its rewards: `name = "package.module:function"`.
ENTRY_POINTS = "iacrl.rewards"


class RewardError(UserError):
    """A reward broke on a text: it raised, or did not return None or a number in [0, 1].

    Attributes:
        reward: Its name.
        reason: What happened, and where.
    """

    def __init__(self, reward: str, reason: str) -> None:
        super().__init__(reward, reason)
        self.reward = reward
        self.reason = reason

    def __str__(self) -> str:
        return f"Reward {self.reward!r} {self.reason}"


@dataclass(frozen=True, slots=True)
class Reward:
    """A reward function with its name and its description (the docstring).

    Attributes:
        name: Its name in a rubric and its metrics.
        description: The docstring; `iacrl reward list` shows its first line.
        function: Returns the value.
        origin: `shipped`, the path of a file, or the package that declares it.
    """

    name: str
    description: str
    function: RewardFunction
    origin: str = ""

    @property
    def file(self) -> Path:
        """The file that declares it."""
        return Path(self.function.__code__.co_filename)

    @property
    def file_digest(self) -> str:
        """SHA-256 of the file that declares it."""
        return hashlib.sha256(self.file.read_bytes()).hexdigest()

    def __call__(self, task: Task, verdict: Judgement) -> float | None:
        """Return the value for one task and verdict: a number in [0, 1], or None if it abstains.

        Raises:
            RewardError: The function raised, or returned another value.
        """
        try:
            value = self.function(task, verdict)
        except MemoryError:
            raise  # the fault of the machine or of the text, not of the reward
        except (Exception, SystemExit) as error:
            raise RewardError(self.name, f"raised {in_short(error)} ({place_of(error, self.file)})") from error
        if value is None:
            return None
        number = _number(value)
        if number is None or not 0 <= number <= 1:
            raise RewardError(self.name, f"returned {_shown(value)}; it must return a number in [0, 1] or None.")
        return number


def _number(value: object) -> float | None:
    """Return a number of any type as a float: Python's, numpy's, a tensor's. None if it is not a number."""
    try:
        is_number = isinstance(value, numbers.Real) or getattr(value, "ndim", None) == 0  # numpy's bool is not a Real
        if not is_number or isinstance(value, str | bytes):  # numpy strings have dimensions too
            return None
        return float(value)  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 - the value's own code, such as of a tensor on a device that is gone
        return None


def _shown(value: object) -> str:
    try:
        return reprlib.repr(value)
    except ValueError:  # an int with more digits than Python prints
        return f"a very large {type(value).__name__}"


def reward(function: RewardFunction) -> Reward:
    """Declare a function `(task, verdict) -> float | None` as a reward; its docstring is its description.

    Raises:
        UserError: The function has no docstring, or does not take a task and a verdict.
    """
    name = function.__name__
    try:
        inspect.signature(function).bind(None, None)
    except TypeError as error:
        raise UserError(f"Reward {name!r} must take (task, verdict), as `{name}(task, verdict)`: {error}.") from None
    description = (function.__doc__ or "").strip()
    if not description:
        raise UserError(f"Reward {name!r} has no docstring. Its first line is what `iacrl reward list` shows.")
    return Reward(name, description, function)


def reward_names() -> list[str]:
    """Return the names of the shipped rewards and of the rewards of installed packages."""
    return sorted({*shipped_names(), *_entry_points()})


def shipped_names() -> list[str]:
    """Return the names of the shipped rewards."""
    return sorted(module.name for module in pkgutil.iter_modules(iacrl.rewards.__path__))


def find_reward(name: str) -> Reward:
    """Return the reward with this name, or the one in this Python file.

    Raises:
        UserError: There is none, it fails to load, its module declares none or several, or the name is ambiguous.
    """
    if name.endswith(".py"):
        path = Path(name)
        return replace(_only_reward(f"Reward {name}", load_file(path)), origin=str(path))
    installed = _entry_points().get(name, [])
    places = ["iacrl itself"] * (name in shipped_names()) + [_package_of(point) for point in installed]
    if len(places) > 1:
        raise UserError(
            f"Reward {name!r} is declared {len(places)} times: by {' and by '.join(places)}. Uninstall or rename one."
        )
    if installed:
        return _installed_reward(installed[0])
    if not places:
        raise UserError(
            f"Unknown reward {name!r}.{did_you_mean(name, reward_names())} Known: {', '.join(reward_names())}. "
            "A reward of your own is named by the path of its file, ending in .py."
        )
    found = _only_reward(f"Reward {name!r}", load_module(f"iacrl.rewards.{name}", f"Reward {name!r}"))
    return replace(found, origin="shipped")


def _entry_points() -> dict[str, list[importlib.metadata.EntryPoint]]:
    found: dict[str, list[importlib.metadata.EntryPoint]] = {}
    for point in importlib.metadata.entry_points(group=ENTRY_POINTS):
        # A package may be on the path twice, as an editable install and as its sources. It counts once.
        if all(point.value != other.value for other in found.get(point.name, [])):
            found.setdefault(point.name, []).append(point)
    return found


def _installed_reward(point: importlib.metadata.EntryPoint) -> Reward:
    title = f"Reward {point.name!r} of {_package_of(point)}"
    found = load_module(point.module, title).get(point.attr)
    if not isinstance(found, Reward):
        raise UserError(
            f"{title}: {point.value} is {'not there' if found is None else type(found).__name__}; expected a function "
            "under @iacrl.reward."
        )
    return replace(found, name=point.name, origin=_package_of(point))


def _package_of(point: importlib.metadata.EntryPoint) -> str:
    return f"package {point.dist.name} {point.dist.version}" if point.dist else f"entry point {point.value}"


def _only_reward(title: str, namespace: dict[str, object]) -> Reward:
    found = [value for value in namespace.values() if isinstance(value, Reward)]
    if len(found) != 1:
        raise UserError(f"{title}: expected one function under @iacrl.reward in its file, found {len(found)}.")
    return found[0]
