"""The process that starts sandboxed terraform runs. It runs as a script and imports nothing from iacrl.

It is a small process with a single thread. The sandbox is set up between fork and exec, where a process with threads
(gRPC has many) may only exec. It enters its own namespaces once: a user namespace, in which an ordinary user may
chroot, and an empty network namespace. Each run is then a fork. It changes its root to the run's directory, sets its
limits, and executes the program through a file descriptor opened before.

Requests and answers are lines of JSON on standard input and output. When the input ends (the engine closed it, or
died), every run is killed and the folder with their roots is removed.

    first answer  {"files": true}                      whether the sandbox hides the files
    request       {"id": 1, "root": "/tmp/...", "folder": "text", "argv": [...], "env": {...}, "limits": {...}}
    answer        {"id": 1, "status": 0, "timed_out": false, "cpu_s": 1.2}
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import select
import shutil
import signal
import sys
import time
from typing import Any

_CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_NEWIPC = 0x10000000, 0x40000000, 0x08000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
#: The exit status of a run that could not start; the reason is in its `stderr`.
_NOT_STARTED = 126

_libc = ctypes.CDLL(None, use_errno=True)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:  # noqa: PTH123 - pathlib would double the start time
        file.write(text)


def _isolate() -> bool:
    """Enter namespaces, as far as the system allows, and say whether files can be kept out."""
    if sys.platform.startswith("linux"):
        user, group = os.geteuid(), os.getegid()
        if _libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC) == 0:
            _write("/proc/self/setgroups", "deny")
            _write("/proc/self/uid_map", f"0 {user} 1")
            _write("/proc/self/gid_map", f"0 {group} 1")
        else:
            _libc.unshare(_CLONE_NEWNET | _CLONE_NEWIPC)
    return _can_chroot()


def _can_chroot() -> bool:
    pid = os.fork()
    if pid == 0:
        try:
            os.chroot("/")
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _start(request: dict[str, Any], program: int, walled: bool) -> int:
    """Fork and execute one run; return its process id, which is also its process group's id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.chdir(request["root"])
        for target, name in ((1, "stdout"), (2, "stderr")):
            opened = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            os.dup2(opened, target)
        os.dup2(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC), 0)
        for name, limit in request["limits"].items():
            resource.setrlimit(getattr(resource, name), (limit, limit))
        if walled:
            os.chroot(".")
        os.chdir(request["folder"])
        if sys.platform.startswith("linux"):
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        os.execve(program, request["argv"], request["env"])
    except OSError as error:
        # The program itself was opened before. Its interpreter or its libraries are outside of the root.
        hint = " (a script, or dynamically linked: name the program itself)" if error.filename == program else ""
        os.write(2, f"cannot start: {error}{hint}\n".encode())
    finally:
        os._exit(_NOT_STARTED)


def _kill(pid: int) -> None:
    """Kill a run's whole process group; the process itself too, in case it has not made its group yet."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError):
            kill(pid, signal.SIGKILL)


def _answer(message: dict[str, Any]) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")


def _reap(running: dict[int, dict[str, Any]]) -> None:
    while running:
        pid, status, usage = os.wait4(-1, os.WNOHANG)
        if pid == 0:
            return
        run = running.pop(pid)
        _kill(pid)  # whatever the run left behind in its group
        status = os.waitstatus_to_exitcode(status)
        spent = usage.ru_utime + usage.ru_stime
        _answer({"id": run["id"], "status": status, "timed_out": run["timed_out"], "cpu_s": spent})


def _expire(running: dict[int, dict[str, Any]]) -> float | None:
    """Kill the runs that are past their deadline; return the seconds until the next deadline."""
    now = time.monotonic()
    for pid, run in running.items():
        if not run["timed_out"] and run["deadline"] <= now:
            run["timed_out"] = True
            _kill(pid)
    left = [run["deadline"] - now for run in running.values() if not run["timed_out"]]
    return min(left) if left else None


def main(program_path: str, folder: str) -> None:
    """Serve until the input ends; then remove the folder."""
    program = os.open(program_path, os.O_RDONLY | os.O_CLOEXEC)
    walled = _isolate()
    _answer({"files": walled})
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    running: dict[int, dict[str, Any]] = {}
    pending = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [], _expire(running))
        if woken in ready:
            os.read(woken, 4096)
        _reap(running)
        if 0 in ready:
            data = os.read(0, 1 << 16)
            if not data:
                break
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                request = json.loads(line)
                deadline = time.monotonic() + request["limit_s"]
                pid = _start(request, program, walled)
                running[pid] = {"id": request["id"], "deadline": deadline, "timed_out": False}
    for pid in running:
        _kill(pid)
    for pid in running:
        os.waitpid(pid, 0)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
