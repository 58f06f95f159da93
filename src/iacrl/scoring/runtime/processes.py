"""Starting a process that may do anything, and ending it with everything it started.

    host ── keeper ── worker ── what a reward starts

The keeper is the worker's parent and leads its session and process group. Its only job is to report how the worker
ended. So a reward that harms its parent or its group harms nothing that others need.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

# From <linux/prctl.h>.
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
#: The exit status of a process whose target raised.
_FAILED = 70
#: The most searches for marked processes: one that is killed may have forked meanwhile.
_ROUNDS = 100
#: Between two looks, in seconds: a killed process ends when the system next runs it.
_PAUSE_S = 0.01


@dataclass(frozen=True, slots=True)
class Kept:
    """A process that was started.

    Attributes:
        keeper: The keeper's process number, also that of the group and session.
        ended: A descriptor that can be read once the process has ended.
    """

    keeper: int
    ended: int

    def status(self) -> int | None:
        """Return the exit status once `ended` can be read, negative for a signal; None if the keeper is gone."""
        told = os.read(self.ended, 16)
        return int(told) if told else None

    def end(self) -> None:
        """Kill it and everything in its group, at once."""
        try:
            os.killpg(self.keeper, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # it does not lead a group yet, or only zombies are left (macOS)
            os.kill(self.keeper, signal.SIGKILL)
        os.waitpid(self.keeper, 0)
        os.close(self.ended)


def start(target: Callable[[], object], closed: Collection[int]) -> Kept:
    """Run a function in a separate process.

    Args:
        target: What runs there; the process ends when it returns or raises.
        closed: Descriptors that it must not inherit.
    """
    host = os.getpid()
    ended, telling = os.pipe()
    keeper = os.fork()
    if keeper == 0:
        try:
            os.setsid()
            for number in (signal.SIGTERM, signal.SIGCONT):
                signal.signal(number, signal.SIG_DFL)
            for descriptor in (*closed, ended):
                os.close(descriptor)
            die_with_parent(host, signal.SIGKILL)
            _keep(target, telling)
        except BaseException:  # noqa: BLE001 - nothing of the host may go on in its copy
            traceback.print_exc()
        finally:
            os._exit(_FAILED)
    os.close(telling)
    return Kept(keeper, ended)


def _keep(target: Callable[[], object], telling: int) -> NoReturn:
    keeper = os.getpid()
    worker = os.fork()
    if worker == 0:
        os.close(telling)
        die_with_parent(keeper, signal.SIGKILL)
        target()
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
    os.write(telling, str(status).encode())
    os._exit(0)


def die_with_parent(parent: int, how: signal.Signals) -> None:
    """Ask the system to send this process a signal when its parent ends, if it can (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, how)
    if os.getppid() != parent:  # it has ended meanwhile
        os.kill(os.getpid(), how)


def adopt() -> None:
    """Become the parent of every descendant that loses its own, if the system supports it (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def end_strays(known: Collection[int]) -> None:
    """Kill every child of this process except the known ones, then the children that it adopts by that."""
    while strays := _children() - set(known):
        for stray in strays:
            with suppress(ProcessLookupError):
                os.kill(stray, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(stray, 0)


def end_marked(mark: str) -> None:
    """Kill every process whose environment contains a mark, if the system shows environments (Linux)."""
    for _ in range(_ROUNDS):
        marked = [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if _is_marked(folder, mark.encode())]
        if not marked:
            return
        for pid in marked:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_PAUSE_S)


def _is_marked(folder: Path, mark: bytes) -> bool:
    try:
        return mark in (folder / "environ").read_bytes().split(b"\0")
    except OSError:  # it has ended or belongs to another user
        return False


def _children() -> set[int]:
    """Return the children that the main thread started or adopted; none if the system does not list them."""
    try:
        listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    except OSError:
        return set()
    return set(map(int, listed.split()))
