"""Starting a process that may do anything, and ending it with all that it started.

    host ── keeper ── worker ── what a reward starts

The keeper is the worker's parent, the leader of its session and of its process group, and does nothing but tell how the
worker ended. So what a reward does to its parent or to its group meets nothing that others need.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import traceback
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

# From <linux/prctl.h>.
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
#: The exit status where what runs in a process raised.
_FAILED = 70
#: How often marked processes are looked for at most: one that is killed may have forked meanwhile.
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Kept:
    """A process that was started.

    Attributes:
        keeper: The keeper's process, which is also the number of the group and session.
        ended: A descriptor that can be read once the process has ended.
    """

    keeper: int
    ended: int

    def status(self) -> int | None:
        """Return the exit status, once `ended` can be read; that of a signal is negative. None: its keeper is gone."""
        told = os.read(self.ended, 16)
        return int(told) if told else None

    def end(self) -> None:
        """Kill it with everything in its group, at once."""
        try:
            os.killpg(self.keeper, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # it leads no group yet, or only zombies are left (macOS)
            os.kill(self.keeper, signal.SIGKILL)
        os.waitpid(self.keeper, 0)
        os.close(self.ended)


def start(target: Callable[[], object], closed: Collection[int]) -> Kept:
    """Run a function in a process of its own.

    Args:
        target: What runs there; the process ends when it returns or raises.
        closed: Descriptors that are not for it.
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
    """Have the system send this process a signal when its parent ends, where it can (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, how)
    if os.getppid() != parent:  # it has ended meanwhile
        os.kill(os.getpid(), how)


def adopt() -> None:
    """Become the parent of every descendant that loses its own, where the system can (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def end_strays(known: Collection[int]) -> None:
    """Kill every child of this process but those that are known, and in turn what it adopts by that."""
    while strays := _children() - set(known):
        for stray in strays:
            with suppress(ProcessLookupError):
                os.kill(stray, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(stray, 0)


def end_marked(mark: str) -> None:
    """Kill every process in whose environment a mark stands, where the system shows environments (Linux)."""
    for _ in range(_ROUNDS):
        marked = [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if _is_marked(folder, mark.encode())]
        if not marked:
            return
        for pid in marked:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _is_marked(folder: Path, mark: bytes) -> bool:
    try:
        return mark in (folder / "environ").read_bytes().split(b"\0")
    except OSError:  # it has ended, or is somebody else's
        return False


def _children() -> set[int]:
    """Return the children that the main thread started or adopted; none where the system does not tell."""
    try:
        listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    except OSError:
        return set()
    return set(map(int, listed.split()))
